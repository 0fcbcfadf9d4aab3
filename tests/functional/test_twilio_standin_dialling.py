"""Calls in which the app dials, enqueues or records."""

from __future__ import annotations

import asyncio

import pytest

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from tests.functional.twilio_standin_app import (
    PHONE,
    answer_steps,
    eventually,
    fields_of,
    place_call,
    post,
    running,
    twiml,
)

OPERATOR = "+15005550009"
VOICE = "/api/voice/"
TEXTS = "/api/sms/incoming"
MENU = twiml('<Gather numDigits="1" action="menu"><Say>Press one.</Say></Gather><Redirect>menu</Redirect>')


@pytest.mark.parametrize("callee", ["busy", "no-answer", "failed"])
async def test_a_dial_that_nobody_answers_says_so_to_its_action(callee: str) -> None:
    """DialCallStatus is what the dialled phone did."""
    async with running() as (app, standin):
        answer_steps(app, incoming=f'<Dial action="dialed" timeout="20">{OPERATOR}</Dial>', dialed="<Hangup/>")
        sentences = await place_call(standin, callee=callee)
        assert fields_of(app, "dialed", "DialCallStatus", "DialBridged") == (callee, "false")
        assert f"{OPERATOR}: {callee.replace('-', ' ')}" in sentences


async def test_a_dial_that_is_answered_connects_the_two() -> None:
    """The other leg is a separate call, with the caller's number and a duration."""
    async with running() as (app, standin):
        answer_steps(app, incoming=f'<Dial action="dialed">{OPERATOR}</Dial>', dialed="<Hangup/>")
        sentences = await place_call(standin)
        status, sid, seconds = fields_of(app, "dialed", "DialCallStatus", "DialCallSid", "DialCallDuration")
        assert (status, seconds) == ("completed", "10")
        leg = standin.account.calls[sid]
        assert (leg.to, leg.sender, leg.direction, leg.status) == (OPERATOR, PHONE, "outbound-dial", "completed")
        assert f"is connected to {OPERATOR}, for 10 s" in sentences


async def test_the_handset_decides_when_the_call_does_not() -> None:
    """A handset that is set to busy is busy for every caller."""
    async with running() as (app, standin):
        await post(standin, "/standin/handsets", {"number": OPERATOR, "called": "busy"})
        answer_steps(app, incoming=f'<Dial action="dialed">{OPERATOR}</Dial>', dialed="<Hangup/>")
        await place_call(standin)
        assert fields_of(app, "dialed", "DialCallStatus") == ("busy",)


async def test_of_several_phones_the_first_to_answer_is_connected() -> None:
    """The others stop ringing, canceled."""
    async with running() as (app, standin):
        standin.handsets.by_number["+15005550007"] = Handset(called="no-answer")
        numbers = "".join(f"<Number>+1500555000{last}</Number>" for last in (7, 8, 9))
        answer_steps(app, incoming=f'<Dial action="dialed">{numbers}</Dial>', dialed="<Hangup/>")
        await place_call(standin)
        legs = {leg.to: leg.status for leg in standin.account.calls.values() if leg.parent_call_sid}
        assert legs == {"+15005550007": "canceled", "+15005550008": "completed", "+15005550009": "canceled"}


async def test_a_whisper_is_played_to_the_callee_alone() -> None:
    """The Number's URL is requested on the callee's leg before the two are connected."""
    async with running() as (app, standin):
        answer_steps(
            app, incoming=f'<Dial><Number url="whisper">{OPERATOR}</Number></Dial>', whisper="<Say>A call.</Say>"
        )
        sentences = await place_call(standin)
        assert fields_of(app, "whisper", "To", "Direction") == (OPERATOR, "outbound-dial")
        assert sentences[2:4] == [f"{OPERATOR}: says: A call.", f"is connected to {OPERATOR}, for 10 s"]


async def test_a_callee_who_declines_at_the_whisper_is_not_connected() -> None:
    """A document that hangs up on the callee's leg leaves the caller alone."""
    async with running() as (app, standin):
        incoming = f'<Dial action="dialed"><Number url="whisper">{OPERATOR}</Number></Dial>'
        answer_steps(app, incoming=incoming, whisper="<Gather/><Hangup/>", dialed="<Hangup/>")
        await place_call(standin)
        assert fields_of(app, "dialed", "DialCallStatus", "DialBridged") == ("completed", "false")


async def test_a_number_in_a_dial_has_a_callback_of_its_own() -> None:
    """Each subscribed event of the callee's leg."""
    async with running() as (app, standin):
        number = f'<Number statusCallback="/leg" statusCallbackEvent="ringing answered completed">{OPERATOR}</Number>'
        answer_steps(app, incoming=f"<Dial>{number}</Dial>")
        await place_call(standin)
        assert [request.fields["CallStatus"] for request in app.to("/leg")] == ["ringing", "in-progress", "completed"]


async def test_a_recorded_message_is_reported_twice() -> None:
    """To the action within the call, and to the recording's callback."""
    async with running() as (app, standin):
        record = '<Record action="recorded" finishOnKey="#" recordingStatusCallback="/api/status/recording#rc=3"/>'
        answer_steps(app, incoming=record, recorded="<Hangup/>")
        sentences = await place_call(standin, message_seconds=12)
        assert fields_of(app, "recorded", "RecordingDuration", "Digits") == ("12", "#")
        await eventually(lambda: bool(app.to("/api/status/recording")))
        (callback,) = app.to("/api/status/recording")
        assert (callback.signed, callback.fields["RecordingStatus"]) == (True, "completed")
        assert callback.fields["RecordingSid"] == fields_of(app, "recorded", "RecordingSid")[0]
        assert sentences[0] == "beeps and records for up to 3600 s; a message of 12 s"


async def test_silence_is_no_recording() -> None:
    """The document continues, and `absent` is reported to a subscriber."""
    async with running() as (app, standin):
        events = 'recordingStatusCallback="/rec" recordingStatusCallbackEvent="completed absent"'
        answer_steps(app, incoming=f'<Record action="recorded" {events}/><Say>Nothing.</Say>')
        sentences = await place_call(standin, message_seconds=0)
        assert sentences[-1] == "says: Nothing."
        await eventually(lambda: bool(app.to("/rec")))
        assert app.to("/rec")[0].fields["RecordingStatus"] == "absent"


HOLD = '<Enqueue action="dialed" waitUrl="hold">support</Enqueue><Say>After.</Say>'


async def test_a_waiting_callers_hold_document_is_repeated() -> None:
    """Each time with the place in the queue, and how long the wait has been."""
    async with running() as (app, standin):
        answer_steps(app, incoming=HOLD, hold='<Pause length="25"/>', dialed="<Hangup/>")
        await place_call(standin, patience=60)
        assert [request.fields["QueueTime"] for request in app.to(VOICE + "hold")] == ["0", "25", "50"]
        assert {request.fields["QueuePosition"] for request in app.to(VOICE + "hold")} == {"1"}
        assert fields_of(app, "dialed", "QueueResult", "QueueTime", "CallStatus") == ("hangup", "75", "completed")


async def test_a_hold_document_can_let_the_caller_go() -> None:
    """<Leave> continues at the Enqueue's action."""
    async with running() as (app, standin):
        answer_steps(app, incoming=HOLD, hold="<Leave/>", dialed="<Say>Nobody is free.</Say>")
        sentences = await place_call(standin)
        assert fields_of(app, "dialed", "QueueResult") == ("leave",)
        assert sentences[-1] == "says: Nobody is free."


async def test_an_agent_may_come_for_the_caller() -> None:
    """`agent_comes` bridges the caller after the first round of the hold document."""
    async with running() as (app, standin):
        answer_steps(app, incoming=HOLD, hold="<Say>Wait.</Say>", dialed="<Hangup/>")
        await place_call(standin, agent_comes=True)
        assert fields_of(app, "dialed", "QueueResult") == ("bridged",)


async def test_who_dials_the_queue_is_connected_to_who_waits_in_it() -> None:
    """Two calls at once are connected, as both actions report; the caller first hears the announcement."""
    async with running(pace=Pace(step=0.01, ring=0.01, longest_wait=0.1)) as (app, standin):
        answer_steps(app, incoming=HOLD, hold='<Pause length="1"/>', dialed="<Hangup/>", soon="<Say>Soon.</Say>")
        waiting = asyncio.create_task(place_call(standin))
        await eventually(lambda: bool(app.to(VOICE + "hold")))
        answer_steps(app, incoming='<Dial action="agent"><Queue url="soon">support</Queue></Dial>', agent="<Hangup/>")
        sentences = await place_call(standin, **{"from": OPERATOR})
        assert f"is connected to {PHONE}, for 10 s" in sentences
        assert "says: Soon." in await waiting
        (agents_leg,) = (call.sid for call in standin.account.calls.values() if call.sender == OPERATOR)
        assert fields_of(app, "soon", "From", "DequeingCallSid") == (PHONE, agents_leg)
        assert fields_of(app, "agent", "DialCallStatus") == ("completed",)
        assert fields_of(app, "dialed", "QueueResult") == ("bridged",)


async def test_a_queue_that_nobody_was_put_in_cannot_be_dialled() -> None:
    """DialCallStatus says failed."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Dial action="agent"><Queue>support</Queue></Dial>', agent="<Hangup/>")
        await place_call(standin)
        assert fields_of(app, "agent", "DialCallStatus") == ("failed",)


async def test_a_conference_is_joined() -> None:
    """Its action gets `answered`."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Dial action="left"><Conference>Room</Conference></Dial>', left="<Hangup/>")
        sentences = await place_call(standin)
        assert fields_of(app, "left", "DialCallStatus") == ("answered",)
        assert "is in the conference Room with 0 others, for 10 s" in sentences


async def test_a_full_queue_accepts_no_caller() -> None:
    """`queue-full`, and the call continues at the action."""
    async with running() as (app, standin):
        full = '<Enqueue action="dialed" maxQueueSize="0">support</Enqueue>'
        answer_steps(app, incoming=full, dialed="<Hangup/>")
        await place_call(standin)
        assert fields_of(app, "dialed", "QueueResult", "QueueTime") == ("queue-full", "0")


async def test_phones_that_ring_one_after_the_other_are_tried_in_turn() -> None:
    """`sequential`: the second rings when the first was not answered."""
    async with running() as (app, standin):
        standin.handsets.by_number["+15005550007"] = Handset(called="no-answer")
        numbers = "<Number>+15005550007</Number><Number>+15005550008</Number>"
        answer_steps(app, incoming=f'<Dial sequential="true" action="dialed">{numbers}</Dial>', dialed="<Hangup/>")
        await place_call(standin)
        legs = {leg.to: leg.status for leg in standin.account.calls.values() if leg.parent_call_sid}
        assert legs == {"+15005550007": "no-answer", "+15005550008": "completed"}
        assert fields_of(app, "dialed", "DialCallStatus") == ("completed",)


async def test_a_conferences_hold_music_is_requested() -> None:
    """While nobody else is there."""
    async with running() as (app, standin):
        room = '<Dial><Conference waitUrl="music">Room</Conference></Dial>'
        answer_steps(app, incoming=room, music="<Play>a.mp3</Play>")
        sentences = await place_call(standin)
        assert f"plays: {app.url}/api/voice/a.mp3" in sentences
        (request,) = app.to(VOICE + "music")
        assert (request.signed, request.fields["FriendlyName"]) == (True, "Room")


async def test_a_message_that_says_something_is_transcribed() -> None:
    """The next sentence of the script is what it says; without one the transcription fails."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Record action="recorded" transcribeCallback="/text"/>', recorded="<Hangup/>")
        await place_call(standin, say=["Call me back"])
        await place_call(standin)
        await eventually(lambda: len(app.to("/text")) == 2)
        words = [
            (request.fields["TranscriptionStatus"], request.fields["TranscriptionText"]) for request in app.to("/text")
        ]
        assert words == [("completed", "Call me back"), ("failed", "")]
