"""Events: a stable id, Twilio's time, the fields that apply, and every parameter that has no field."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from xml.etree import ElementTree

import msgspec
import pytest

from switchboard.clock import timestamp
from switchboard.delivery import delivery_events
from switchboard.events import EVENT_TYPES, AnyEvent, CommandEnded, Event, type_of
from switchboard.form import Form, Verified
from switchboard.publishing import fit, source_of
from switchboard.queues import QueueMessage
from switchboard.status_updates import RecordingUpdate, StatusUpdate, Voicemail
from switchboard.webhooks import IncomingMessage
from tests import payloads, published
from tests.memory import NOON

NINE = datetime(2026, 1, 31, 9, tzinfo=UTC)
# What Twilio may post tomorrow, and what it posts today without a field of ours.
UNKNOWN = {
    "Latitude": "38.7",
    "ButtonPayload": "yes",
    "ListId": "1",
    "ReferralCtwaClid": "abc",
    "OriginalRepliedMessageSid": "SM9",
    "ExternalUserId": "US.123",
    "SipResponseCode": "486",
    "Tomorrow": "",
}


def form(name: str, **changed: str) -> Form:
    """The parameters of a recorded webhook, with some of them changed."""
    return Form({key: [value] for key, value in payloads.read(name, **changed).form.items()})


def received(name: str, **changed: str) -> AnyEvent:
    """The event of an incoming text."""
    return IncomingMessage.from_form(form(name, **changed)).to_event()


def text_status(name: str, **changed: str) -> AnyEvent:
    """The event of a text's status."""
    return StatusUpdate.of_message(Verified(Form(), form(name, **changed))).to_text_event()


def call_status(name: str, **changed: str) -> AnyEvent:
    """The event of a call's status."""
    return StatusUpdate.of_call(Verified(Form(), form(name, **changed))).to_call_event()


def recording(name: str, **changed: str) -> AnyEvent:
    """The event of a recording's status."""
    return RecordingUpdate.from_form(form(name, **changed)).to_event()


def refusal(reason: str) -> CommandEnded:
    """The event of a refused command."""
    return delivery_events.message_refused(QueueMessage("sms-outbox", "m1", b""), "t1", reason, NOON)


def voicemail(**more: str) -> AnyEvent:
    """The event of a recorded message, or of its transcription."""
    return Voicemail.from_verified(Verified(Form(), form("recording_completed", **more))).to_event()


def read(event: Event) -> dict[str, object]:
    """An event as a consumer reads it, checked by the schemas."""
    return published.read(fit(msgspec.structs.replace(event, source=source_of("AC1"))))


@pytest.mark.parametrize(
    ("event", "identity"),
    [
        (received("incoming_text", MessageSid="SM1"), "sms.received:SM1"),
        (text_status("text_sent", MessageSid="SM1"), "sms.status:SM1:sent"),
        (call_status("call_busy", CallSid="CA1"), "call.status:CA1:busy"),
        (recording("recording_absent", RecordingSid="RE1"), "recording.status:RE1:absent"),
        (voicemail(RecordingSid="RE1"), "voicemail.received:RE1"),
        (voicemail(RecordingSid="RE1", TranscriptionStatus="completed"), "voicemail.transcribed:RE1"),
        (voicemail(RecordingSid="RE1", TranscriptionStatus="failed"), "voicemail.transcribed:RE1"),
        (refusal("x"), "command.ended:m1:refused"),
    ],
)
def test_an_event_id_is_stable(event: Event, identity: str) -> None:
    """Without time or randomness, so that a repeated event has the same id."""
    assert event.id == identity
    assert type_of(event).removeprefix("switchboard.") == identity.partition(":")[0]


def test_every_type_has_a_name_of_its_own() -> None:
    """A consumer chooses by it."""
    names = [type_of(kind) for kind in EVENT_TYPES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"switchboard\.[a-z]+\.[a-z]+", name) for name in names)


def test_an_event_is_read_by_the_struct_that_wrote_it() -> None:
    """The union is tagged by `type`."""
    event = msgspec.structs.replace(received("incoming_mms"), source="/switchboard/AC1")
    assert msgspec.json.decode(fit(event), type=AnyEvent) == event


def test_the_json_has_the_names_of_the_contract() -> None:
    """The attributes of CloudEvents, `from` and `to`, and nothing that does not apply."""
    text = payloads.read("incoming_mms").form
    event = json.loads(fit(msgspec.structs.replace(received("incoming_mms"), source=source_of("AC1"))))
    assert event.pop("time")
    parameters = event["data"].pop("parameters")
    assert event == {
        "specversion": "1.0",
        "id": f"sms.received:{text['MessageSid']}",
        "source": "/switchboard/AC1",
        "type": "switchboard.sms.received",
        "subject": text["MessageSid"],
        "datacontenttype": "application/json",
        "data": {
            "sid": text["MessageSid"],
            "from": "+15005550010",
            "to": "+15005550001",
            "media": [
                {"url": text["MediaUrl0"], "content_type": "image/jpeg"},
                {"url": text["MediaUrl1"], "content_type": "application/pdf"},
            ],
            "num_segments": 1,
        },
    }
    assert parameters["FromCity"] == "LISBON"
    # The same SID by its older names, and what has a field.
    assert not {"SmsSid", "SmsMessageSid", "NumMedia", "MediaUrl0", "From", "Body"} & parameters.keys()


@pytest.mark.parametrize("sid", ["SmsSid", "SmsMessageSid"])
def test_an_incoming_text_is_read_by_the_older_names(sid: str) -> None:
    """Some senders of webhooks write those alone."""
    given = {name: values for name, values in form("incoming_text").items() if name not in ("MessageSid", "SmsSid")}
    message = IncomingMessage.from_form(Form(given | {"SmsMessageSid": [""], sid: ["SM7"]}))
    assert (message.sid, sid in message.parameters) == ("SM7", False)


def test_a_status_is_read_by_the_older_names() -> None:
    """SmsSid and SmsStatus."""
    given = Form({"SmsSid": ["SM7"], "SmsStatus": ["sent"]})
    assert StatusUpdate.of_message(Verified(Form(), given)).to_text_event().id == "sms.status:SM7:sent"


def test_an_older_name_that_says_something_else_is_kept() -> None:
    """Nothing that Twilio says is dropped."""
    event = read(text_status("text_sent", SmsStatus="queued"))
    assert (event["state"], event["parameters"]["SmsStatus"]) == ("sent", "queued")  # type: ignore[index]


@pytest.mark.parametrize(
    "event",
    [
        received("incoming_text", **UNKNOWN),
        text_status("text_sent", **UNKNOWN),
        call_status("call_busy", **UNKNOWN),
        recording("recording_completed", **UNKNOWN),
        voicemail(**UNKNOWN),
        voicemail(TranscriptionStatus="completed", **UNKNOWN),
    ],
    ids=type_of,
)
def test_every_parameter_without_a_field_is_kept(event: Event) -> None:
    """Of each webhook: what comes tomorrow, too, and what is blank."""
    parameters = read(event)["parameters"]
    assert isinstance(parameters, dict)
    assert UNKNOWN.items() <= parameters.items()


def test_several_values_of_one_name_are_kept() -> None:
    """One a line."""
    given = form("incoming_text") | {"Body": ["a", "b"], "Extra": ["1", "2"]}
    message = IncomingMessage.from_form(Form(given))
    assert (message.body, message.parameters["Body"], message.parameters["Extra"]) == ("a", "a\nb", "1\n2")


@pytest.mark.parametrize("name", ["CallDuration", "ErrorCode", "Timestamp"])
def test_a_value_that_cannot_be_read_is_kept(name: str) -> None:
    """A number or a time that is none: the field is absent."""
    event = call_status("call_completed", **{name: "soon"})
    assert read(event)["parameters"][name] == "soon"  # type: ignore[index]


def test_a_call_says_who_answered_and_where_its_recording_is() -> None:
    """Fields of their own."""
    event = read(call_status("call_completed", AnsweredBy="human", RecordingUrl="https://api.example.com/RE1"))
    assert (event["answered_by"], event["recording_url"]) == ("human", "https://api.example.com/RE1")


@pytest.mark.parametrize(
    ("event", "time"),
    [
        (call_status("call_completed"), NINE),
        (call_status("call_completed", Timestamp="Sat, 31 Jan 2026 10:00:00 +0100"), NINE),
        (recording("recording_absent", RecordingStartTime="Sat, 31 Jan 2026 09:00:00 +0000"), NINE),
        (recording("recording_completed"), NINE.replace(second=17)),
        (delivery_events.message_refused(QueueMessage("sms-outbox", "m1", b"", NINE), "t1", "x", NOON), NINE),
    ],
)
def test_the_time_is_twilios_or_the_queues(event: Event, time: datetime) -> None:
    """So the same event published again has the same time. A recording ends its duration after its start."""
    assert event.time == time
    assert event.time.tzinfo is UTC


@pytest.mark.parametrize(
    "make",
    [
        partial(received, "incoming_text"),
        partial(text_status, "text_delivered"),
        partial(voicemail, TranscriptionStatus="completed"),
    ],
)
def test_the_time_is_now_where_twilio_says_none(make: Callable[[], Event]) -> None:
    """RawDlrDoneDate has no time zone: it stays a parameter."""
    before = datetime.now(UTC)
    assert before <= make().time <= datetime.now(UTC)


def test_the_carriers_date_is_kept() -> None:
    """Its time zone varies by carrier."""
    assert read(text_status("text_delivered"))["parameters"]["RawDlrDoneDate"] == "2601310900"  # type: ignore[index]


@pytest.mark.parametrize("seconds", ["0", "42"])
def test_a_call_says_how_long_it_was(seconds: str) -> None:
    """0 is a duration, where absent is unknown."""
    assert read(call_status("call_completed", CallDuration=seconds))["duration"] == int(seconds)
    assert "duration" not in read(call_status("call_ringing"))


@pytest.mark.parametrize(("code", "retryable"), [("30003", True), ("30007", False), ("", None)])
def test_a_failure_says_whether_it_may_go_well_later(code: str, retryable: bool | None) -> None:
    """Both answers are published; without a failure there is none."""
    assert read(text_status("text_failed", ErrorCode=code)).get("retryable") is retryable


def test_a_recording_that_is_absent_says_why() -> None:
    """By Twilio's code."""
    assert read(recording("recording_absent", ErrorCode="16101"))["error_code"] == 16101


def test_a_refusal_names_queue_message_command_and_reason() -> None:
    """What the sender needs to find and correct it."""
    event = read(refusal('to: not E.164: "0912"'))
    assert (event["queue"], event["message_id"], event["command_id"]) == ("sms-outbox", "m1", "t1")
    assert event["reason"] == 'to: not E.164: "0912"'
    assert "error_code" not in event


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\ufffe", "\uffff", "😀", "\u2028"])
def test_an_event_can_be_put_onto_a_queue_whatever_it_quotes(character: str) -> None:
    """Queue Storage takes a message as XML, which has no place for some characters: JSON must escape them."""
    body = fit(msgspec.structs.replace(refusal(f"to: {character}"), source="x"))
    assert published.read(body)["reason"] == f"to: {character}"
    assert not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", body)
    message = ElementTree.Element("MessageText")
    message.text = body
    assert ElementTree.fromstring(ElementTree.tostring(message)).text == body  # noqa: S314  # our own document


def test_a_timestamp_is_rfc_3339_in_utc() -> None:
    """With milliseconds, and the current time."""
    now = timestamp(datetime.now(UTC))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(now)).total_seconds()) < 5
