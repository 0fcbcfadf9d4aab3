"""The `voicemail` Twimlet."""

from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest

from tests.twimlets import answer, canonical, document, urls

GREETING = "<Say>Please leave a message after the beep.</Say>"
REPORTED = '<Record recordingStatusCallback="recording?kind"/>'
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


def record(query: str) -> dict[str, str]:
    """The attributes of the Record."""
    root = ElementTree.fromstring(answer("voicemail", query).document)  # noqa: S314  # our own document
    (found,) = root.iter("Record")
    return dict(found.attrib)


def test_a_message_is_recorded_and_transcribed() -> None:
    """Unless the transcription is disabled. One callback gets both."""
    assert document("voicemail", "Email=a@example.com") == canonical(
        f'<Response>{GREETING}<Record recordingStatusCallback="recording?kind&amp;Email" transcribe="true" '
        'transcribeCallback="recording?kind&amp;Email"/></Response>'
    )


@pytest.mark.parametrize("off", ["false", "0", "False", "no"])
def test_a_message_without_transcription(off: str) -> None:
    """A Record that posts to the same URL, with the callback of the recording."""
    assert set(record(f"Transcribe={off}")) == {"recordingStatusCallback"}


@pytest.mark.parametrize("name", ["recordingStatusCallback", "transcribeCallback"])
def test_a_callback_is_retried_and_keeps_any_prefix(name: str) -> None:
    """Relative to the Twimlet, with Twilio's retries: the callback is the only source of the event."""
    url = record("Email=a@example.com")[name]
    assert url.endswith("#rc=3&rp=all")
    called = "https://apim.example.com/twilio/api/twimlets/voicemail?Email=a@example.com"
    assert urljoin(called, url).startswith("https://apim.example.com/twilio/api/status/recording?kind=voicemail&")


def test_a_callback_without_an_email_has_none() -> None:
    """Only the kind."""
    assert record("")["recordingStatusCallback"] == "../status/recording?kind=voicemail#rc=3&rp=all"


def test_the_greeting_is_a_parameter() -> None:
    """A text or a sound."""
    assert document("voicemail", "Transcribe=false&Message=Speak.") == canonical(
        f"<Response><Say>Speak.</Say>{REPORTED}</Response>"
    )
    assert document("voicemail", "Transcribe=false&Message=https://x/a.mp3") == canonical(
        f"<Response><Play>https://x/a.mp3</Play>{REPORTED}</Response>"
    )


def test_the_caller_is_thanked_for_a_message() -> None:
    """With or without transcription. The Twimlet publishes nothing."""
    for query in ("Transcribe=false", "Email=a@example.com", ""):
        assert document("voicemail", query, **RECORDED) == THANKS


@pytest.mark.parametrize("state", ["completed", "failed", "in-progress"])
def test_a_transcription_of_another_record_goes_to_the_callback(state: str) -> None:
    """A Record elsewhere may name the Twimlet as its transcribeCallback, as at twimlets.com."""
    answered = answer("voicemail", "Email=a%2Bb@example.com", **RECORDED, TranscriptionStatus=state)
    assert (answered.document, answered.keeps_method) == ("", True)
    assert answered.location == "../status/recording?kind=voicemail&Email=a%2Bb%40example.com#rc=3&rp=all"


def test_a_greeting_of_white_space_is_ignored() -> None:
    """The caller hears the default sentence."""
    assert GREETING in document("voicemail", "Message=%20")


def test_defect_4_an_email_is_unchanged() -> None:
    """The original does not encode it, and loses the plus."""
    asked = answer("voicemail", "Email=a%2Bb%26c%3Dd%40example.com").document
    assert urls(asked, "transcribeCallback") == [
        ("../status/recording", {"kind": "voicemail", "Email": "a+b&c=d@example.com"})
    ]


def test_defect_7_all_is_spoken_in_the_language_of_the_url() -> None:
    """Greeting and thanks."""
    query = "Transcribe=false&Language=pt-PT&Voice=Polly.Ines"
    for spoken in (document("voicemail", query), document("voicemail", query, **RECORDED)):
        assert '<Say language="pt-PT" voice="Polly.Ines">' in spoken
