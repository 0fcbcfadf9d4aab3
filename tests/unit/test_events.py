"""Events: a stable id, the fields that apply, and JSON that every queue accepts."""

import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from switchboard.clock import timestamp
from switchboard.delivery import delivery_events
from switchboard.events import Event
from switchboard.form import Form
from switchboard.queues import QueueMessage, encode
from switchboard.text import short_digest
from switchboard.twimlets import voicemail as voicemail_twimlet
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.webhooks import IncomingMessage, Media, RecordingUpdate, StatusUpdate

MESSAGE = IncomingMessage(
    sid="SM1",
    sender="+15005550010",
    recipient="+15005550001",
    messaging_service_sid="",
    body="olá",
    media=(Media("https://example.com/a", "image/png"),),
    opt_out="",
)
UPDATE = StatusUpdate(
    sid="SM1",
    status="sent",
    callback_id="r",
    sender="+15005550001",
    recipient="+15005550010",
    direction="",
    error_code=0,
    duration=0,
)
RECORDING = RecordingUpdate(sid="RE1", call_sid="CA1", status="absent", url="", duration=0)


def refusal(reason: str) -> Event:
    """The event of a refused command."""
    return delivery_events.message_refused(QueueMessage("sms-outbox", "m1", b""), "t1", reason)


def voicemail(recording_sid: str) -> Event:
    """The event of a recorded message."""
    form = Form(
        RecordingSid=[recording_sid],
        RecordingUrl=["https://api.example.com/RE1"],
        From=["+15005550010"],
        CallSid=["CA1"],
    )
    answer = voicemail_twimlet.answer(Parameters(Form(Transcribe=["false"]), form))
    assert isinstance(answer, Answer)
    assert answer.event
    return answer.event


@pytest.mark.parametrize(
    ("event", "identity"),
    [
        (MESSAGE.to_event(), "sms.received:SM1"),
        (UPDATE.to_text_event(retryable=None), "sms.status:SM1:sent"),
        (UPDATE.to_call_event(), "call.status:SM1:sent"),
        (RECORDING.to_event(), "recording.status:RE1:absent"),
        (voicemail("RE1"), "voicemail.received:RE1"),
        (voicemail(""), f"voicemail.received:{short_digest('https://api.example.com/RE1')}"),
        (refusal("x"), "command.ended:m1:refused"),
    ],
)
def test_an_event_id_is_stable(event: Event, identity: str) -> None:
    """Without time or randomness, so that a repeated event has the same id."""
    assert event.id == identity
    assert event.id.startswith(event.kind)


def test_the_json_has_the_names_of_the_guide() -> None:
    """`from` and `to`, and no field that does not apply."""
    decoded = json.loads(encode(MESSAGE.to_event()))
    assert decoded.pop("time")
    assert decoded == {
        "id": "sms.received:SM1",
        "kind": "sms.received",
        "sid": "SM1",
        "from": "+15005550010",
        "to": "+15005550001",
        "body": "olá",
        "media": [{"url": "https://example.com/a", "content_type": "image/png"}],
    }


def test_a_duration_of_zero_is_written() -> None:
    """0 is a duration; an absent field means unknown."""
    assert json.loads(encode(UPDATE.to_call_event()))["duration"] == 0


def test_a_text_has_no_duration() -> None:
    """The field does not apply."""
    assert "duration" not in json.loads(encode(UPDATE.to_text_event(retryable=None)))


@pytest.mark.parametrize("retryable", [True, False])
def test_a_failure_says_whether_it_is_retryable(retryable: bool) -> None:
    """True or false; absent without a failure."""
    assert json.loads(encode(UPDATE.to_text_event(retryable=retryable)))["retryable"] is retryable
    assert "retryable" not in json.loads(encode(UPDATE.to_text_event(retryable=None)))


def test_a_refusal_names_queue_message_command_and_reason() -> None:
    """The sender needs all of them."""
    decoded = json.loads(encode(refusal('to: not E.164: "0912"')))
    assert (decoded["queue"], decoded["message_id"], decoded["command_id"]) == ("sms-outbox", "m1", "t1")
    assert decoded["reason"] == 'to: not E.164: "0912"'
    assert "error_code" not in decoded


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\ufffe", "\uffff", "😀", "\u2028"])
def test_an_event_with_any_character_fits_a_queue(character: str) -> None:
    """Queue Storage carries a message as XML, which cannot hold some characters: JSON must escape them."""
    body = encode(refusal(f"to: {character}"))
    assert json.loads(body)["reason"] == f"to: {character}"
    assert not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", body)
    message = ElementTree.Element("MessageText")
    message.text = body
    assert ElementTree.fromstring(ElementTree.tostring(message)).text == body  # noqa: S314  # our own document


def test_the_time_is_rfc_3339_in_utc() -> None:
    """With milliseconds, and the current time."""
    decoded = timestamp(datetime.now(UTC))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", decoded)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(decoded)).total_seconds()) < 5
