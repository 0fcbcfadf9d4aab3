"""The `voicemail` Twimlet."""

import json

import pytest

from switchboard.queues import encode
from switchboard.twimlets.answer import NOTHING
from tests.twimlets import answer, canonical, document, urls

GREETING = "<Say>Please leave a message after the beep.</Say>"
THANKS = canonical("<Response><Say>Thanks.  Good bye.</Say><Hangup/></Response>")
RECORDED = {
    "CallSid": "CA1",
    "From": "+14155550123",
    "To": "+15005550001",
    "RecordingUrl": "https://api.example.com/RE1",
    "RecordingSid": "RE1",
    "RecordingDuration": "12",
}


def event_of(query: str, **form: str) -> dict[str, object]:
    """The event as JSON, without its time."""
    event = answer("voicemail", query, **form).event
    assert event is not None
    read: dict[str, object] = json.loads(encode(event))
    assert read.pop("time")
    return read


def test_a_message_is_recorded_and_transcribed() -> None:
    """Unless the transcription is disabled."""
    assert document("voicemail", "Email=a@example.com") == canonical(
        f'<Response>{GREETING}<Record transcribe="true" transcribeCallback="voicemail?Email"/></Response>'
    )


@pytest.mark.parametrize("off", ["false", "0", "False"])
def test_a_message_without_transcription(off: str) -> None:
    """A plain Record, which posts to the same URL."""
    assert document("voicemail", f"Transcribe={off}") == canonical(f"<Response>{GREETING}<Record/></Response>")


def test_the_greeting_is_a_parameter() -> None:
    """A text or a sound."""
    assert document("voicemail", "Transcribe=false&Message=Speak.") == canonical(
        "<Response><Say>Speak.</Say><Record/></Response>"
    )
    assert document("voicemail", "Transcribe=false&Message=https://x/a.mp3") == canonical(
        "<Response><Play>https://x/a.mp3</Play><Record/></Response>"
    )


def test_a_message_without_transcription_is_published_at_once() -> None:
    """And the caller is thanked. The event's id has the recording's SID."""
    assert document("voicemail", "Transcribe=false", **RECORDED) == THANKS
    assert event_of("Transcribe=false&Email=a@example.com", **RECORDED) == {
        "id": "voicemail.received:RE1",
        "kind": "voicemail.received",
        "sid": "RE1",
        "call_sid": "CA1",
        "from": "+14155550123",
        "to": "+15005550001",
        "url": "https://api.example.com/RE1",
        "duration": 12,
        "email": "a@example.com",
    }


def test_a_message_that_is_being_transcribed_is_not_published_yet() -> None:
    """It would be published twice."""
    assert document("voicemail", "Email=a@example.com", **RECORDED) == THANKS
    assert answer("voicemail", "Email=a@example.com", **RECORDED).event is None


@pytest.mark.parametrize(("seconds", "waits"), [("2", False), ("3", True), ("119", True), ("120", False), ("", True)])
def test_a_message_that_twilio_does_not_transcribe_is_published_at_once(seconds: str, waits: bool) -> None:
    """Two seconds or less, two minutes or more."""
    answered = answer("voicemail", "Email=a@example.com", **{**RECORDED, "RecordingDuration": seconds})
    assert (answered.event is None) is waits
    assert canonical(answered.document) == THANKS


def test_a_message_that_is_published_twice_has_the_same_id() -> None:
    """Too long to transcribe, and nevertheless a failed transcription."""
    form = {**RECORDED, "RecordingDuration": "500"}
    first, again = event_of("", **form), event_of("", **form, TranscriptionStatus="failed")
    assert first["id"] == again["id"]


def test_a_transcription_publishes_the_message_with_its_text() -> None:
    """The answer is empty, because the call is over."""
    form = RECORDED | {"TranscriptionStatus": "completed", "TranscriptionText": "Call me."}
    answered = answer("voicemail", "Email=a@example.com", **form)
    assert (answered.document, answered.location) == ("", "")
    event = event_of("Email=a@example.com", **form)
    assert (event["state"], event["transcription"], event["email"]) == ("completed", "Call me.", "a@example.com")


def test_a_failed_transcription_publishes_the_message_without_text() -> None:
    """The recording exists nevertheless."""
    event = event_of("Email=a@example.com", **RECORDED, TranscriptionStatus="failed")
    assert (event["state"], event["url"]) == ("failed", "https://api.example.com/RE1")
    assert "transcription" not in event


def test_a_transcription_in_progress_publishes_nothing() -> None:
    """And the answer is empty."""
    assert answer("voicemail", "Email=x", **RECORDED, TranscriptionStatus="in-progress") == NOTHING


def test_an_event_has_a_stable_id_without_a_recordings_sid() -> None:
    """Made of the recording's URL."""
    form = {"RecordingUrl": "https://api.example.com/RE1", "RecordingDuration": "long"}
    first, again = (event_of("Transcribe=false", **form) for _ in range(2))
    assert first["id"] == again["id"] != "voicemail.received:"
    assert "duration" not in first


def test_defect_4_an_email_is_unchanged() -> None:
    """The original does not encode it, and loses the plus."""
    asked = answer("voicemail", "Email=a%2Bb%26c%3Dd%40example.com").document
    assert urls(asked, "transcribeCallback") == [("voicemail", {"Email": "a+b&c=d@example.com"})]


def test_defect_7_all_is_spoken_in_the_language_of_the_url() -> None:
    """Greeting and thanks."""
    query = "Transcribe=false&Language=pt-PT&Voice=Polly.Ines"
    for spoken in (document("voicemail", query), document("voicemail", query, **RECORDED)):
        assert '<Say language="pt-PT" voice="Polly.Ines">' in spoken
