"""The `voicemail` Twimlet."""

from urllib.parse import urlencode

import msgspec
import pytest

from switchboard.publishing import fit
from switchboard.twimlets.answer import NOTHING
from tests import published
from tests.twimlets import answer, canonical, document, urls

GREETING = "<Say>Please leave a message after the beep.</Say>"
THANKS = canonical("<Response><Say>Thanks.  Good bye.</Say><Hangup/></Response>")
ATTRIBUTES = ("specversion", "source", "time", "subject", "datacontenttype")
RECORDED = {
    "CallSid": "CA1",
    "From": "+14155550123",
    "To": "+15005550001",
    "RecordingUrl": "https://api.example.com/RE1",
    "RecordingSid": "RE1",
    "RecordingDuration": "12",
}


def told(query: str, **form: str) -> dict[str, object]:
    """The event's id, type and data, as JSON."""
    event = answer("voicemail", query, **form).event
    assert event is not None
    read = published.read(fit(msgspec.structs.replace(event, source="/switchboard/test")))
    return {name: value for name, value in read.items() if name not in ATTRIBUTES}


def test_a_message_is_asked_for_and_written_down() -> None:
    """Transcribed, unless that is turned off."""
    assert document("voicemail", "Email=a@example.com") == canonical(
        f'<Response>{GREETING}<Record transcribe="true" transcribeCallback="voicemail?Email"/></Response>'
    )


@pytest.mark.parametrize("off", ["false", "0", "False"])
def test_a_message_may_be_left_as_a_sound_alone(off: str) -> None:
    """A plain Record, which posts to the same URL."""
    assert document("voicemail", f"Transcribe={off}") == canonical(f"<Response>{GREETING}<Record/></Response>")


def test_the_greeting_may_be_ones_own() -> None:
    """Text or sound."""
    assert document("voicemail", "Transcribe=false&Message=Speak.") == canonical(
        "<Response><Say>Speak.</Say><Record/></Response>"
    )
    assert document("voicemail", "Transcribe=false&Message=https://x/a.mp3") == canonical(
        "<Response><Play>https://x/a.mp3</Play><Record/></Response>"
    )


def test_a_message_is_thanked_for_and_handed_on() -> None:
    """At once, when no text is waited for; the recording's SID makes the event's id."""
    assert document("voicemail", "Transcribe=false", **RECORDED) == THANKS
    assert told("Transcribe=false&Email=a@example.com", **RECORDED) == {
        "id": "voicemail.received:RE1",
        "type": "switchboard.voicemail.received",
        "sid": "RE1",
        "call_sid": "CA1",
        "from": "+14155550123",
        "to": "+15005550001",
        "url": "https://api.example.com/RE1",
        "duration": 12,
        "email": "a@example.com",
    }


def test_what_twilio_sends_and_has_no_field_is_handed_on() -> None:
    """From a form, and from the query of a GET without the Twimlet's own parameters."""
    form = told("Transcribe=false", **RECORDED, CallStatus="completed")
    query = "Transcribe=false&Email=a@example.com&CallStatus=completed&" + urlencode(RECORDED)
    assert form["parameters"] == told(query)["parameters"] == {"CallStatus": "completed"}
    assert (told(query)["email"], told(query)["duration"]) == ("a@example.com", 12)


def test_a_message_that_is_being_written_down_is_not_handed_on_yet() -> None:
    """It would come twice."""
    assert document("voicemail", "Email=a@example.com", **RECORDED) == THANKS
    assert answer("voicemail", "Email=a@example.com", **RECORDED).event is None


@pytest.mark.parametrize(("seconds", "waits"), [("2", False), ("3", True), ("119", True), ("120", False), ("", True)])
def test_a_message_that_twilio_does_not_write_down_is_handed_on_at_once(seconds: str, waits: bool) -> None:
    """Two seconds or less, two minutes or more: no transcription would ever bring it."""
    answered = answer("voicemail", "Email=a@example.com", **{**RECORDED, "RecordingDuration": seconds})
    assert (answered.event is None) is waits
    assert canonical(answered.document) == THANKS


def test_a_message_that_is_told_twice_has_the_same_id() -> None:
    """Too long to be written down, and a failed transcription of it all the same."""
    form = {**RECORDED, "RecordingDuration": "500"}
    first, again = told("", **form), told("", **form, TranscriptionStatus="failed")
    assert first["id"] == again["id"]


def test_a_transcription_hands_the_message_on_with_its_text() -> None:
    """The answer is empty: there is no caller any more."""
    form = RECORDED | {"TranscriptionStatus": "completed", "TranscriptionText": "Call me."}
    answered = answer("voicemail", "Email=a@example.com", **form)
    assert (answered.document, answered.location) == ("", "")
    event = told("Email=a@example.com", **form)
    assert (event["state"], event["transcription"], event["email"]) == ("completed", "Call me.", "a@example.com")


def test_a_transcription_that_failed_hands_the_message_on_without_a_text() -> None:
    """The recording is there all the same."""
    event = told("Email=a@example.com", **RECORDED, TranscriptionStatus="failed")
    assert (event["state"], event["url"]) == ("failed", "https://api.example.com/RE1")
    assert "transcription" not in event


def test_a_transcription_under_way_is_not_its_end() -> None:
    """Nothing is handed on, and nothing answered."""
    assert answer("voicemail", "Email=x", **RECORDED, TranscriptionStatus="in-progress") == NOTHING


def test_an_event_has_a_stable_id_without_a_recordings_sid() -> None:
    """Made of where the recording is."""
    form = {"RecordingUrl": "https://api.example.com/RE1", "RecordingDuration": "long"}
    first, again = (told("Transcribe=false", **form) for _ in range(2))
    assert first["id"] == again["id"] != "voicemail.received:"
    assert "duration" not in first


def test_defect_4_an_email_arrives_as_it_was_written() -> None:
    """The original does not encode it, and loses the plus."""
    asked = answer("voicemail", "Email=a%2Bb%26c%3Dd%40example.com").document
    assert urls(asked, "transcribeCallback") == [("voicemail", {"Email": "a+b&c=d@example.com"})]


def test_defect_7_all_is_spoken_in_the_language_of_the_url() -> None:
    """Greeting and thanks."""
    query = "Transcribe=false&Language=pt-PT&Voice=Polly.Ines"
    for spoken in (document("voicemail", query), document("voicemail", query, **RECORDED)):
        assert '<Say language="pt-PT" voice="Polly.Ines">' in spoken
