"""The answers to webhooks when everything works, and the events that they publish."""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

import pytest

from ops import app_probe
from switchboard.errors import NotReached, StorageUnavailable
from tests import payloads, published
from tests.fakes import BLOCKED, CALLER, OPERATOR, ORIGIN, FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import Answer, post, serving
from tests.memory import MemoryOptOuts
from tests.voice_calls import read, said, verbs

STATES = [name for name in payloads.NAMES if payloads.read(name).path.startswith("/api/status/")]

VOICEMAIL = payloads.read("voicemail_completed")


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices()
    with serving(current):
        yield current


def event_of(answer: Answer) -> dict[str, object]:
    """The only event."""
    (event,) = answer.events
    return published.read(event)


@pytest.mark.parametrize("name", payloads.NAMES)
async def test_each_webhook_is_answered(name: str) -> None:
    """TwiML for calls and texts; 204 without a body for a status."""
    payload = payloads.read(name)
    answer = await post(payload.path, payload.form)
    if payload.path.startswith("/api/status/"):
        assert (answer.status, answer.text) == (204, "")
    else:
        assert (answer.status, answer.mimetype) == (200, "text/xml")
        assert read(answer.text) is not None


async def test_a_blocked_caller_is_rejected() -> None:
    """By the file's list."""
    payload = payloads.read("incoming_call", From=BLOCKED)
    assert "<Reject" in (await post(payload.path, payload.form)).text


async def test_a_choice_leads_on() -> None:
    """Key 1 dials the operator of the settings, by the file's `${OPERATOR_NUMBER}`."""
    payload = payloads.read("gather_digits")
    assert f">{OPERATOR}</Number>" in (await post(payload.path, payload.form)).text


async def test_a_recording_is_reported_at_the_public_origin() -> None:
    """An absolute URL, by PUBLIC_BASE_URL."""
    payload = payloads.read("gather_speech")
    answer = await post(payload.path, payload.form)
    url = f"{ORIGIN}/api/status/recording?kind=voicemail&amp;name=Main#rc=3&amp;rp=all"
    assert f'recordingStatusCallback="{url}"' in answer.text


async def test_a_voicemail_is_one_event_with_the_parties_of_its_call() -> None:
    """From and To are not in the callback: they are fetched by the CallSid. Twilio's retry has the same id."""
    first, again = [event_of(await post(VOICEMAIL.path, VOICEMAIL.form)) for _ in range(2)]
    assert first["id"] == again["id"] == f"voicemail.received:{VOICEMAIL.form['RecordingSid']}"
    assert (first["type"], first["from"], first["to"]) == ("switchboard.voicemail.received", CALLER, "+15005550001")
    assert (first["number"], first["url"], first["duration"]) == ("Main", VOICEMAIL.form["RecordingUrl"], 17)


async def test_a_voicemail_without_its_parties_is_5xx() -> None:
    """Twilio repeats the callback: nobody else reports the message."""
    with serving(FakeServices(twilio=FakeTwilioClient(NotReached("no connection")))):
        answer = await post(VOICEMAIL.path, VOICEMAIL.form)
    assert (answer.status, answer.events) == (500, ())


async def test_another_recording_is_no_voicemail() -> None:
    """And needs no request to Twilio."""
    payload = payloads.read("recording_completed")
    with serving(FakeServices(twilio=FakeTwilioClient(NotReached("no connection")))):
        assert event_of(await post(payload.path, payload.form))["type"] == "switchboard.recording.status"


async def test_a_caller_who_waits_is_an_event_before_the_answer() -> None:
    """Once: the documents after the first sound report nothing."""
    payload = payloads.read("hold")
    event = event_of(await post(payload.path, payload.form))
    assert (event["type"], event["id"]) == ("switchboard.queue.waiting", f"queue.waiting:{payload.form['CallSid']}:1")
    assert (event["queue"], event["number"], event["from"]) == ("support", "Main", CALLER)
    assert (await post(payload.path + "&again=1", payload.form)).events == ()


async def test_the_webhook_of_doctor_publishes_nothing() -> None:
    """Nor rings an agent: it is signed, and no caller waits."""
    answer = await post(app_probe.TARGET, app_probe.FORM)
    assert (answer.status, answer.events) == (200, ())


@pytest.mark.parametrize(("name", "result"), [("enqueue_left", "leave"), ("enqueue_bridged", "bridged")])
async def test_a_caller_who_left_the_queue_is_an_event(name: str, result: str) -> None:
    """With Twilio's QueueResult and the seconds waited."""
    payload = payloads.read(name)
    event = event_of(await post(payload.path, payload.form))
    assert (event["type"], event["result"]) == ("switchboard.queue.left", result)
    assert event["duration"] == int(payload.form["QueueTime"])


@pytest.mark.parametrize("name", ["hold", "enqueue_left"])
async def test_a_queue_event_that_fails_leaves_the_answer_as_it_is(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A caller is on the line. The log has one line, without a number."""
    payload = payloads.read(name)
    good = await post(payload.path, payload.form)
    with serving(FakeServices(queues=FakeQueues(StorageUnavailable("queue storage did not answer")))):
        answer = await post(payload.path, payload.form)
    assert (answer.status, answer.text) == (200, good.text)
    (line,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert line.startswith("event=queue_event_failed id=queue.")
    assert CALLER not in line


async def test_a_text_is_published_and_answered() -> None:
    """The event has all of Twilio's fields; the sender gets the keyword's answer."""
    payload = payloads.read("incoming_keyword")
    answer = await post(payload.path, payload.form)
    event = event_of(answer)
    assert (event["type"], event["from"], event["body"]) == ("switchboard.sms.received", CALLER, " hours ")
    assert said(answer.text) == ["We are open on weekdays from 9 to 18."]


async def test_media_are_published_with_their_urls() -> None:
    """And their types."""
    payload = payloads.read("incoming_mms")
    media = event_of(await post(payload.path, payload.form))["media"]
    assert media == [
        {"url": payload.form["MediaUrl0"], "content_type": "image/jpeg"},
        {"url": payload.form["MediaUrl1"], "content_type": "application/pdf"},
    ]


async def test_a_stop_is_published_and_answered_with_nothing() -> None:
    """Twilio answers it itself."""
    payload = payloads.read("incoming_stop")
    answer = await post(payload.path, payload.form)
    assert event_of(answer)["opt_out"] == "STOP"
    assert verbs(answer.text) == []


@pytest.mark.parametrize("name", STATES)
async def test_a_status_without_a_delivery_has_a_stable_id(name: str) -> None:
    """Incoming calls, and texts of other programs. Kind, SID and status: a repeated webhook has the same id."""
    payload = payloads.read(name)
    path = payload.path.partition("?")[0]
    first, again = [event_of(await post(path, payload.form)) for _ in range(2)]
    kind = str(first["type"]).removeprefix("switchboard.")
    assert first["id"] == again["id"] == f"{kind}:{first['sid']}:{first['state']}"


async def test_a_text_has_a_stable_id() -> None:
    """Another text with the same body has another id."""
    payload = payloads.read("incoming_text")
    other = payload.form | {"MessageSid": "SM" + "9" * 32}
    ids = [event_of(await post(payload.path, form))["id"] for form in (payload.form, payload.form, other)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("name", "retryable"), [("text_undelivered", True), ("text_failed", False), ("text_delivered", None)]
)
async def test_a_failure_says_whether_it_is_retryable(name: str, retryable: bool | None) -> None:
    """By Twilio's error code; absent without a failure."""
    payload = payloads.read(name)
    assert event_of(await post("/api/status/sms", payload.form)).get("retryable") is retryable


@pytest.mark.parametrize("word", ["teleported", "DELIVERED", "?", "x" * 200])
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("text_sent", "MessageStatus"),
        ("call_completed", "CallStatus"),
        ("recording_completed", "RecordingStatus"),
    ],
)
async def test_an_unknown_status_is_published(name: str, parameter: str, word: str) -> None:
    """Twilio adds statuses."""
    payload = payloads.read(name, **{parameter: word})
    answer = await post(payload.path.partition("?")[0], payload.form)
    assert (answer.status, event_of(answer)["state"]) == (204, word)


class SlowQueues(FakeQueues):
    """Storage that does not answer."""

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Wait for a minute."""
        await asyncio.sleep(60)


@pytest.mark.parametrize("name", ["hold", "enqueue_left"])
async def test_a_queue_event_delays_the_answer_by_two_seconds_at_most(name: str) -> None:
    """Twilio itself waits 15 s, and the caller hears nothing meanwhile."""
    payload = payloads.read(name)
    begun = time.monotonic()
    with serving(FakeServices(queues=SlowQueues())):
        answer = await post(payload.path, payload.form)
    assert answer.status == 200
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(("word", "stopped_before"), [("Cancel", False), ("Yes", True)])
async def test_a_tap_on_a_whatsapp_button_changes_no_opt_out(
    worker: FakeServices, word: str, stopped_before: bool
) -> None:
    """It answers a question of the business, and is published as a text like any other."""
    sender = "whatsapp:+15005550010"
    if stopped_before:
        payload = payloads.read("incoming_text", From=sender, Body="stop")
        assert not said((await post(payload.path, payload.form)).text)
    before = set(cast("MemoryOptOuts", worker.opt_outs).stopped)
    assert bool(before) is stopped_before
    payload = payloads.read("incoming_text", From=sender, Body=word)
    tap = payload.form | {"MessageType": "button", "ButtonPayload": f"{word.lower()}_42", "ButtonText": word}
    answer = await post(payload.path, tap)
    assert event_of(answer)["body"] == word
    assert cast("MemoryOptOuts", worker.opt_outs).stopped == before


async def test_the_same_text_again_and_again_is_published_and_not_answered() -> None:
    """By one worker, which keeps the recent texts."""
    answers = []
    for number in range(5):
        payload = payloads.read("incoming_text", Body="I am a robot.", MessageSid=f"SM{number:032x}")
        answer = await post(payload.path, payload.form)
        assert len(answer.events) == 1
        answers.append(len(said(answer.text)))
    assert answers == [1, 1, 0, 0, 0]
