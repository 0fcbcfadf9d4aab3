"""The callbacks of a voicemail: message and transcription are published, or the callback is retried."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import AccountFault, NotReached, OutcomeUnknown, StorageUnavailable
from tests import published
from tests.fakes import FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import Answer, answer_to, post, serving, webhook

CALL = "CA" + "1" * 32
RECORDING = "RE" + "1" * 32
CALLER, CALLED = "+15005550010", "+15005550001"
CALLBACK = "/api/status/recording?kind=voicemail&Email=a%2Bb%40example.com"
RECORDED = {
    "CallSid": CALL,
    "RecordingSid": RECORDING,
    "RecordingUrl": "https://api.example.com/RE1",
    "RecordingStatus": "completed",
    "RecordingDuration": "12",
}
TRANSCRIBED = {
    "CallSid": CALL,
    "RecordingSid": RECORDING,
    "RecordingUrl": "https://api.example.com/RE1",
    "TranscriptionStatus": "completed",
    "TranscriptionText": "Call me.",
    "From": CALLER,
    "To": CALLED,
}


def the_call(**changed: str) -> TwilioResource:
    """The call as Twilio's REST API has it."""
    fields = {"sid": CALL, "status": "completed", "direction": "inbound", "sender": CALLER, "recipient": CALLED}
    return TwilioResource(**(fields | changed), created=None)  # type: ignore[arg-type]


@pytest.fixture
def twilio() -> FakeTwilioClient:
    """Twilio's REST API, which knows the call."""
    known = FakeTwilioClient()
    known.list.append(the_call())
    return known


@pytest.fixture(autouse=True)
def worker(twilio: FakeTwilioClient) -> Iterator[FakeServices]:
    """A worker whose edges are fakes."""
    current = FakeServices(twilio=twilio)
    with serving(current):
        yield current


ATTRIBUTES = ("specversion", "source", "time", "subject", "datacontenttype", "parameters")


def event_of(answer: Answer) -> dict[str, Any]:
    """The id, type and data of the one event of an accepted callback."""
    assert (answer.status, answer.text) == (204, "")
    (event,) = answer.events
    return {name: value for name, value in published.read(event).items() if name not in ATTRIBUTES}


async def test_a_recorded_message_is_published_with_its_caller() -> None:
    """A recording's callback has no number, so the call is fetched by its SID."""
    assert event_of(await post(CALLBACK, RECORDED)) == {
        "id": f"voicemail.received:{RECORDING}",
        "type": "switchboard.voicemail.received",
        "sid": RECORDING,
        "call_sid": CALL,
        "from": CALLER,
        "to": CALLED,
        "url": "https://api.example.com/RE1",
        "duration": 12,
        "email": "a+b@example.com",
    }


async def test_its_transcription_is_an_event_of_its_own() -> None:
    """With the same recording, so that a consumer puts the two together; it has its own numbers."""
    event = event_of(await post(CALLBACK, TRANSCRIBED))
    assert (event["id"], event["state"]) == (f"voicemail.transcribed:{RECORDING}", "completed")
    assert (event["sid"], event["transcription"], event["email"]) == (RECORDING, "Call me.", "a+b@example.com")
    assert (event["from"], event["to"], event["url"]) == (CALLER, CALLED, RECORDED["RecordingUrl"])
    assert "duration" not in event


async def test_a_transcription_that_failed_says_so() -> None:
    """A consumer that waits for the text need not wait any longer."""
    event = event_of(await post(CALLBACK, {**TRANSCRIBED, "TranscriptionStatus": "Failed", "TranscriptionText": ""}))
    assert (event["type"], event["state"]) == ("switchboard.voicemail.transcribed", "failed")
    assert "transcription" not in event


async def test_a_transcription_under_way_is_no_news() -> None:
    """204, and nothing published."""
    answer = await post(CALLBACK, {**TRANSCRIBED, "TranscriptionStatus": "in-progress"})
    assert (answer.status, answer.events) == (204, ())


async def test_a_voicemail_without_an_email_is_published_all_the_same() -> None:
    """`Email` is optional in the Twimlet's URL."""
    assert "email" not in event_of(await post("/api/status/recording?kind=voicemail", RECORDED))


async def test_a_repeated_callback_has_the_same_id() -> None:
    """A consumer drops the second."""
    first, second = [event_of(await post(CALLBACK, RECORDED)) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize("status", ["absent", "failed", "in-progress"])
async def test_a_recording_that_holds_no_message_is_a_recordings_status(status: str) -> None:
    """There is nothing to listen to."""
    event = event_of(await post(CALLBACK, {**RECORDED, "RecordingStatus": status}))
    assert (event["type"], event["state"]) == ("switchboard.recording.status", status)


async def test_another_recording_is_a_recordings_status() -> None:
    """Without `kind=voicemail` no call is fetched."""
    assert event_of(await post("/api/status/recording", RECORDED))["type"] == "switchboard.recording.status"


@pytest.mark.parametrize("caller", ["client:alice", "sip:bob@pbx.example.com", "+266696687"])
async def test_a_caller_without_a_number_is_published_as_twilio_writes_it(
    caller: str, twilio: FakeTwilioClient
) -> None:
    """Whatever the call's resource has."""
    twilio.list[:] = [the_call(sender=caller)]
    assert event_of(await post(CALLBACK, RECORDED))["from"] == caller


@pytest.mark.parametrize("error", [NotReached("no"), OutcomeUnknown("no"), AccountFault("no", code=20003)])
async def test_a_call_that_cannot_be_fetched_makes_twilio_repeat_the_callback(
    error: Exception, twilio: FakeTwilioClient, caplog: pytest.LogCaptureFixture
) -> None:
    """5xx, and nothing published: a voicemail without its caller is half of it."""
    twilio.error = error
    answer = await post(CALLBACK, RECORDED)
    assert (answer.status, answer.events) == (500, ())
    twilio.error = None
    assert event_of(await post(CALLBACK, RECORDED))["from"] == CALLER
    assert CALLER not in caplog.text


async def test_a_voicemail_of_a_call_that_twilio_does_not_know_has_no_parties(twilio: FakeTwilioClient) -> None:
    """404 stays 404: the message is published without caller and called number, instead of never."""
    twilio.list[:] = []
    event = event_of(await post(CALLBACK, RECORDED))
    assert (event["sid"], event.get("from"), event.get("to")) == (RECORDING, None, None)


@pytest.mark.parametrize("form", [RECORDED, TRANSCRIBED], ids=["recording", "transcription"])
@pytest.mark.parametrize(
    "queues", [FakeQueues(StorageUnavailable("away")), FakeQueues(OSError(CALLER)), FakeQueues(TimeoutError())]
)
async def test_what_cannot_be_published_makes_twilio_repeat_the_callback(
    form: dict[str, str],
    queues: FakeQueues,
    twilio: FakeTwilioClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Storage fails or does not answer in time: 5xx, and no number in the log."""
    with serving(FakeServices(queues=queues, twilio=twilio)):
        answer = await post(CALLBACK, form)
    assert answer.status == 500
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line.startswith("event=webhook_failed function=status_recording error=")
    assert "5005550010" not in line


@pytest.mark.parametrize("missing", ["RecordingSid", "CallSid"])
@pytest.mark.parametrize("form", [RECORDED, TRANSCRIBED], ids=["recording", "transcription"])
async def test_a_callback_without_its_sid_is_incomplete(form: dict[str, str], missing: str) -> None:
    """400: a repetition would not have it either."""
    left = {name: value for name, value in form.items() if name != missing}
    assert (await post(CALLBACK, left)).status == 400


async def test_what_twilio_did_not_sign_is_refused() -> None:
    """The Email in the URL is part of what is signed."""
    signed = webhook(CALLBACK, RECORDED)
    other = CALLBACK.replace("example.com", "evil.test")
    forged = webhook(other, RECORDED, signature=signed.headers["X-Twilio-Signature"])
    answer = await answer_to("/api/status/recording", forged)
    assert (answer.status, answer.events) == (403, ())
