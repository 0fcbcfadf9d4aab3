"""The answers to webhooks when everything works, and the events that they publish."""

from collections.abc import Iterator
from typing import cast

import pytest

from switchboard.prompts import ENGLISH, PORTUGUESE
from tests import payloads, published
from tests.fakes import BLOCKED, ENVIRONMENT, OPERATOR, ORIGIN, FakeServices
from tests.flow import CALLER, read, sentences, verbs
from tests.functions import Answer, post, serving
from tests.memory import MemoryOptOuts

STATES = [name for name in payloads.NAMES if payloads.read(name).path.startswith("/api/status/")]


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
    """By the list of the settings."""
    payload = payloads.read("incoming_call", From=BLOCKED)
    assert "<Reject" in (await post(payload.path, payload.form)).text


async def test_a_choice_is_executed() -> None:
    """Key 1 dials the operator of the settings."""
    payload = payloads.read("gather_digits")
    assert f"<Number>{OPERATOR}</Number>" in (await post(payload.path, payload.form)).text


async def test_callers_hear_the_language_of_the_settings() -> None:
    """VOICE_LANGUAGE."""
    with serving(FakeServices({**ENVIRONMENT, "VOICE_LANGUAGE": "pt"})):
        payload = payloads.read("incoming_call")
        assert sentences((await post(payload.path, payload.form)).text)[0] == PORTUGUESE.welcome


async def test_the_recording_callback_has_the_public_origin() -> None:
    """An absolute URL with PUBLIC_BASE_URL."""
    payload = payloads.read("gather_speech")
    answer = await post(payload.path, payload.form)
    assert f'recordingStatusCallback="{ORIGIN}/api/status/recording#rc=3&amp;rp=all"' in answer.text


async def test_a_text_is_published_and_answered() -> None:
    """The event has all of Twilio's fields; the sender gets the keyword's answer."""
    payload = payloads.read("incoming_keyword")
    answer = await post(payload.path, payload.form)
    event = event_of(answer)
    assert (event["type"], event["from"], event["body"]) == ("switchboard.sms.received", CALLER, " hours ")
    assert sentences(answer.text) == [ENGLISH.keywords["HOURS"]]


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


@pytest.mark.parametrize(("word", "stopped_before"), [("Cancel", False), ("Yes", True)])
async def test_a_tap_on_a_whatsapp_button_changes_no_opt_out(
    worker: FakeServices, word: str, stopped_before: bool
) -> None:
    """It answers a question of the business, and is published as a text like any other."""
    sender = "whatsapp:+15005550010"
    if stopped_before:
        payload = payloads.read("incoming_text", From=sender, Body="stop")
        assert not sentences((await post(payload.path, payload.form)).text)
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
        answers.append(len(sentences(answer.text)))
    assert answers == [1, 1, 0, 0, 0]
