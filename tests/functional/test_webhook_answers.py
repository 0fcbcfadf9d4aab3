"""What Twilio is answered when all is well, and what is told on `events`."""

from collections.abc import Iterator

import pytest

from switchboard.prompts import ENGLISH, PORTUGUESE
from tests import payloads, published
from tests.fakes import BLOCKED, ENVIRONMENT, OPERATOR, ORIGIN, FakeServices
from tests.flow import CALLER, read, said, verbs
from tests.functions import Answer, post, serving

STATES = [name for name in payloads.NAMES if payloads.read(name).path.startswith("/api/status/")]


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """A worker whose edges are fakes."""
    current = FakeServices()
    with serving(current):
        yield current


def told(answer: Answer) -> dict[str, object]:
    """The one event."""
    (event,) = answer.events
    return published.read(event)


@pytest.mark.parametrize("name", payloads.NAMES)
async def test_what_twilio_posts_is_answered(name: str) -> None:
    """TwiML to calls and texts; to a status nothing at all, with 204."""
    payload = payloads.read(name)
    answer = await post(payload.path, payload.form)
    if payload.path.startswith("/api/status/"):
        assert (answer.status, answer.text) == (204, "")
    else:
        assert (answer.status, answer.mimetype) == (200, "text/xml")
        assert read(answer.text) is not None


async def test_a_blocked_caller_is_rejected() -> None:
    """By the settings' list."""
    payload = payloads.read("incoming_call", From=BLOCKED)
    assert "<Reject" in (await post(payload.path, payload.form)).text


async def test_a_choice_leads_on() -> None:
    """Key 1 dials the operator of the settings."""
    payload = payloads.read("gather_digits")
    assert f"<Number>{OPERATOR}</Number>" in (await post(payload.path, payload.form)).text


async def test_callers_hear_the_language_of_the_settings() -> None:
    """VOICE_LANGUAGE."""
    with serving(FakeServices({**ENVIRONMENT, "VOICE_LANGUAGE": "pt"})):
        payload = payloads.read("incoming_call")
        assert said((await post(payload.path, payload.form)).text)[0] == PORTUGUESE.welcome


async def test_a_recording_is_told_where_the_public_is() -> None:
    """An absolute URL, by PUBLIC_BASE_URL."""
    payload = payloads.read("gather_speech")
    answer = await post(payload.path, payload.form)
    assert f'recordingStatusCallback="{ORIGIN}/api/status/recording#rc=3&amp;rp=all"' in answer.text


async def test_a_text_is_told_and_answered() -> None:
    """The event has all that Twilio said; the sender gets the keyword's answer."""
    payload = payloads.read("incoming_keyword")
    answer = await post(payload.path, payload.form)
    event = told(answer)
    assert (event["type"], event["from"], event["body"]) == ("switchboard.sms.received", CALLER, " hours ")
    assert said(answer.text) == [ENGLISH.keywords["HOURS"]]


async def test_a_picture_is_told_with_its_place() -> None:
    """Each with its type."""
    payload = payloads.read("incoming_mms")
    media = told(await post(payload.path, payload.form))["media"]
    assert media == [
        {"url": payload.form["MediaUrl0"], "content_type": "image/jpeg"},
        {"url": payload.form["MediaUrl1"], "content_type": "application/pdf"},
    ]


async def test_a_stop_is_told_and_met_with_silence() -> None:
    """Twilio answers it; your systems hear of it."""
    payload = payloads.read("incoming_stop")
    answer = await post(payload.path, payload.form)
    assert told(answer)["opt_out"] == "STOP"
    assert verbs(answer.text) == []


@pytest.mark.parametrize("name", STATES)
async def test_a_state_of_what_is_not_ours_is_told_by_a_stable_id(name: str) -> None:
    """Calls that came in, and another program's texts. Kind, SID and state: Twilio's retry has the same id."""
    payload = payloads.read(name)
    path = payload.path.partition("?")[0]
    first, again = [told(await post(path, payload.form)) for _ in range(2)]
    kind = str(first["type"]).removeprefix("switchboard.")
    assert first["id"] == again["id"] == f"{kind}:{first['sid']}:{first['state']}"


async def test_a_text_has_a_stable_id() -> None:
    """Another text with the same words has another."""
    payload = payloads.read("incoming_text")
    other = payload.form | {"MessageSid": "SM" + "9" * 32}
    ids = [told(await post(payload.path, form))["id"] for form in (payload.form, payload.form, other)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("name", "retryable"), [("text_undelivered", True), ("text_failed", False), ("text_delivered", None)]
)
async def test_a_failure_says_whether_it_may_go_well_later(name: str, retryable: bool | None) -> None:
    """By Twilio's error code; where nothing failed there is nothing to say."""
    payload = payloads.read(name)
    assert told(await post("/api/status/sms", payload.form)).get("retryable") is retryable


@pytest.mark.parametrize("word", ["teleported", "DELIVERED", "?", "x" * 200])
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("text_sent", "MessageStatus"),
        ("call_completed", "CallStatus"),
        ("recording_completed", "RecordingStatus"),
    ],
)
async def test_any_word_for_a_state_is_taken(name: str, parameter: str, word: str) -> None:
    """Twilio adds states: each is told as it came."""
    payload = payloads.read(name, **{parameter: word})
    answer = await post(payload.path.partition("?")[0], payload.form)
    assert (answer.status, told(answer)["state"]) == (204, word)
