"""Calls of the stand-in's REST API, through Twilio's own library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from tests.functional.twilio_standin_app import NUMBER, PHONE, eventually, rest, running, twiml

HELLO = twiml("<Say>Hello.</Say>")
EVENTS = ["initiated", "ringing", "answered", "completed"]
SLOW = Pace(step=0.01, ring=0.01, longest_wait=30)
RINGING = Pace(step=0.01, ring=30)


def refusal(act: Callable[[], Any]) -> int | None:
    """Twilio's code in what the library raises."""
    with pytest.raises(TwilioRestException) as refused:
        act()
    return int(refused.value.code)


async def test_a_call_asks_for_its_instructions_when_it_is_answered() -> None:
    """The Url is requested with a signature and the call's parameters, and its answer is performed."""
    async with running() as (app, standin):
        app.answers["/call"] = HELLO
        call = await asyncio.to_thread(rest(standin).calls.create, to=PHONE, from_=NUMBER, url=f"{app.url}/call?a=1")
        assert (call.status, call.to, call.direction) == ("queued", PHONE, "outbound-api")
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "completed")
        (request,) = app.requests
        assert (request.signed, request.path, request.method) == (True, "/call?a=1", "POST")
        assert request.fields["CallSid"] == call.sid
        assert request.fields["CallStatus"] == "in-progress"
        assert (request.fields["Direction"], request.fields["Called"]) == ("outbound-api", PHONE)


@pytest.mark.parametrize("to", ["client:alice", "sip:bob@pbx.example.com"])
async def test_a_browser_client_or_sip_phone_can_be_called(to: str) -> None:
    """With a script it answers as a handset does."""
    async with running() as (app, standin):
        standin.handsets.by_number[to] = Handset()
        app.answers["/call"] = HELLO
        call = await asyncio.to_thread(rest(standin).calls.create, to=to, from_=NUMBER, url=f"{app.url}/call")
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "completed")
        assert app.requests[0].fields["To"] == to


async def test_a_calls_events_come_in_order() -> None:
    """Each with its number in the sequence, and the last with the call's length."""
    async with running() as (app, standin):
        await asyncio.to_thread(
            rest(standin).calls.create,
            to=PHONE,
            from_=NUMBER,
            twiml=HELLO,
            status_callback=f"{app.url}/cb?id=1#rc=3",
            status_callback_event=EVENTS,
        )
        await eventually(lambda: len(app.requests) == 4)
        reported = [(request.fields["SequenceNumber"], request.fields["CallStatus"]) for request in app.requests]
        assert reported == [("0", "initiated"), ("1", "ringing"), ("2", "in-progress"), ("3", "completed")]
        assert {request.fields["CallbackSource"] for request in app.requests} == {"call-progress-events"}
        assert app.requests[-1].fields["CallDuration"] == "1"
        assert all(request.signed and request.fields["Timestamp"] for request in app.requests)


@pytest.mark.parametrize("ending", ["busy", "no-answer", "failed"])
async def test_an_unanswered_call_ends_as_the_handset_has_it(ending: str) -> None:
    """Without an event named, only the end is reported; no instructions are requested."""
    async with running() as (app, standin):
        standin.handsets.by_number[PHONE] = Handset(called=ending)
        await asyncio.to_thread(
            rest(standin).calls.create, to=PHONE, from_=NUMBER, url=f"{app.url}/call", status_callback=f"{app.url}/cb"
        )
        await eventually(lambda: len(app.requests) == 1)
        assert (app.requests[0].path, app.requests[0].fields["CallStatus"]) == ("/cb", ending)
        assert app.requests[0].fields["CallDuration"] == "0"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "", "from_": NUMBER, "twiml": HELLO}, 21201),
        ({"to": "0912", "from_": NUMBER, "twiml": HELLO}, 21211),
        ({"to": PHONE, "from_": "", "twiml": HELLO}, 21213),
        ({"to": PHONE, "from_": "me", "twiml": HELLO}, 21212),
        ({"to": PHONE, "from_": "+15005550002", "twiml": HELLO}, 21210),
        ({"to": PHONE, "from_": NUMBER}, 21205),
        ({"to": PHONE, "from_": NUMBER, "url": "nowhere"}, 21205),
        ({"to": PHONE, "from_": NUMBER, "twiml": HELLO, "method": "PUT", "url": "https://e.com"}, 21209),
        ({"to": PHONE, "from_": NUMBER, "twiml": HELLO, "timeout": 601}, 21208),
        ({"to": PHONE, "from_": NUMBER, "twiml": HELLO, "status_callback_event": ["rung"]}, 21626),
    ],
)
async def test_a_call_that_twilio_refuses_has_its_code(fields: dict[str, Any], code: int) -> None:
    """The code that Twilio gives for that fault, and no call is kept."""
    async with running() as (_, standin):
        client = rest(standin)
        assert await asyncio.to_thread(refusal, lambda: client.calls.create(**fields)) == code
        assert standin.account.calls == {}


async def test_a_ringing_call_can_be_canceled() -> None:
    """It ends as canceled, and no instructions are requested."""
    async with running(pace=RINGING) as (app, standin):
        client = rest(standin)
        call = await asyncio.to_thread(
            client.calls.create, to=PHONE, from_=NUMBER, url=f"{app.url}/call", status_callback=f"{app.url}/cb"
        )
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "ringing")
        ended = await asyncio.to_thread(client.calls(str(call.sid)).update, status="canceled")
        assert ended.status == "canceled"
        await eventually(lambda: len(app.requests) == 1)
        assert (app.requests[0].path, app.requests[0].fields["CallStatus"]) == ("/cb", "canceled")


async def test_a_call_in_progress_can_be_ended() -> None:
    """It is completed at once, and its end is reported once."""
    async with running(pace=SLOW) as (app, standin):
        client = rest(standin)
        call = await asyncio.to_thread(
            client.calls.create,
            to=PHONE,
            from_=NUMBER,
            twiml=twiml('<Pause length="60"/>'),
            status_callback=f"{app.url}/cb",
        )
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "in-progress")
        context = client.calls(str(call.sid))
        assert (await asyncio.to_thread(context.update, status="completed")).status == "completed"
        await eventually(lambda: len(app.requests) == 1)
        assert await asyncio.to_thread(refusal, lambda: context.update(status="completed")) == 21220


async def test_a_call_in_progress_can_be_given_other_instructions() -> None:
    """What it was doing breaks off, and the new TwiML is performed."""
    async with running(pace=SLOW) as (app, standin):
        app.answers["/other"] = twiml("<Hangup/>")
        client = rest(standin)
        call = await asyncio.to_thread(client.calls.create, to=PHONE, from_=NUMBER, twiml=twiml('<Pause length="60"/>'))
        await eventually(lambda: standin.account.calls[str(call.sid)].elapsed == 60)
        await asyncio.to_thread(client.calls(str(call.sid)).update, url=f"{app.url}/other")
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "completed")
        assert [request.path for request in app.requests] == ["/other"]


async def test_an_ended_call_accepts_no_instructions() -> None:
    """21220, as from Twilio."""
    async with running() as (_, standin):
        client = rest(standin)
        call = await asyncio.to_thread(client.calls.create, to=PHONE, from_=NUMBER, twiml=HELLO)
        await eventually(lambda: standin.account.calls[str(call.sid)].status == "completed")
        assert await asyncio.to_thread(refusal, lambda: client.calls(str(call.sid)).update(twiml=HELLO)) == 21220


async def test_a_call_falls_back_when_its_instructions_fail() -> None:
    """The FallbackUrl is requested with the error's code and URL."""
    async with running() as (app, standin):
        app.answers["/fallback"] = HELLO
        await asyncio.to_thread(
            rest(standin).calls.create,
            to=PHONE,
            from_=NUMBER,
            url=f"{app.url}/broken",
            fallback_url=f"{app.url}/fallback",
        )
        await eventually(lambda: len(app.to("/fallback")) == 1)
        fields = app.to("/fallback")[0].fields
        assert (fields["ErrorCode"], fields["ErrorUrl"]) == ("12300", f"{app.url}/broken")


async def test_a_recorded_call_tells_of_its_recording() -> None:
    """Its URL can be followed, to a sound of the call's length."""
    async with running() as (app, standin):
        await asyncio.to_thread(
            rest(standin).calls.create,
            to=PHONE,
            from_=NUMBER,
            twiml=twiml('<Pause length="2"/>'),
            record=True,
            recording_status_callback=f"{app.url}/recording",
        )
        await eventually(lambda: len(app.requests) == 1)
        fields = app.requests[0].fields
        assert (fields["RecordingStatus"], fields["RecordingDuration"]) == ("completed", "2")
        assert fields["RecordingUrl"].startswith(standin.url)
        assert fields["RecordingSid"] in standin.account.recordings


async def test_calls_are_listed_newest_first_by_number_and_status() -> None:
    """Filters name one number or one state."""
    async with running() as (_, standin):
        standin.handsets.by_number["+15005550007"] = Handset(called="busy")
        client = rest(standin)
        for to in (PHONE, "+15005550007"):
            await asyncio.to_thread(client.calls.create, to=to, from_=NUMBER, twiml=HELLO)
        await eventually(lambda: all(call.ended for call in standin.account.calls.values()))
        listed = await asyncio.to_thread(client.calls.list)
        assert [call.to for call in listed] == ["+15005550007", PHONE]
        assert [call.to for call in await asyncio.to_thread(client.calls.list, to=PHONE)] == [PHONE]
        assert [call.to for call in await asyncio.to_thread(client.calls.list, status="busy")] == ["+15005550007"]


async def test_a_call_between_one_number_is_listed_by_it() -> None:
    """A filter on From is not satisfied by To, nor the other way round."""
    async with running() as (_, standin):
        client = rest(standin)
        await asyncio.to_thread(client.calls.create, to=PHONE, from_=NUMBER, twiml=HELLO)
        assert await asyncio.to_thread(client.calls.list, from_=PHONE) == []
        assert await asyncio.to_thread(client.calls.list, to=NUMBER) == []


async def test_a_call_can_be_forgotten_once_it_is_over() -> None:
    """Before that it is refused; after it the call is 20404."""
    async with running(pace=RINGING) as (_, standin):
        client = rest(standin)
        call = await asyncio.to_thread(client.calls.create, to=PHONE, from_=NUMBER, twiml=HELLO)
        context = client.calls(str(call.sid))
        assert await asyncio.to_thread(refusal, context.delete) == 20009
        await asyncio.to_thread(context.update, status="completed")
        assert await asyncio.to_thread(context.delete)
        assert await asyncio.to_thread(refusal, context.fetch) == 20404


async def test_a_handsets_script_presses_keys() -> None:
    """A handset's keys answer the Gathers of a call to it."""
    async with running() as (app, standin):
        standin.handsets.by_number[PHONE] = Handset(press=("7",))
        document = twiml(f'<Gather numDigits="1" action="{app.url}/pressed"/>')
        await asyncio.to_thread(rest(standin).calls.create, to=PHONE, from_=NUMBER, twiml=document)
        await eventually(lambda: len(app.to("/pressed")) == 1)
        assert app.to("/pressed")[0].fields["Digits"] == "7"
