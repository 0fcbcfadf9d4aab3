"""The `voicemail` Twimlet."""

from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest

from tests.twimlets import answer, canonical, document, urls

GREETING = "<Say>Please leave a message after the beep.</Say>"
REPORTED = '<Record recordingStatusCallback="recording?kind"/>'
THANKS = canonical("<Response><Say>Thanks.  Good bye.</Say><Hangup/></Response>")
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


def test_a_message_is_asked_for_and_written_down() -> None:
    """Transcribed, unless that is turned off; recording and transcription are reported to one callback."""
    assert document("voicemail", "Email=a@example.com") == canonical(
        f'<Response>{GREETING}<Record recordingStatusCallback="recording?kind&amp;Email" transcribe="true" '
        'transcribeCallback="recording?kind&amp;Email"/></Response>'
    )


@pytest.mark.parametrize("off", ["false", "0", "False", "no"])
def test_a_message_may_be_left_as_a_sound_alone(off: str) -> None:
    """A Record which posts to the same URL; its recording is reported all the same."""
    assert set(record(f"Transcribe={off}")) == {"recordingStatusCallback"}


@pytest.mark.parametrize("name", ["recordingStatusCallback", "transcribeCallback"])
def test_a_callback_is_asked_again_and_leads_through_any_prefix(name: str) -> None:
    """Relative to the Twimlet, with Twilio's retries asked for: nobody else has the data."""
    url = record("Email=a@example.com")[name]
    assert url.endswith("#rc=3&rp=all")
    called = "https://apim.example.com/twilio/api/twimlets/voicemail?Email=a@example.com"
    assert urljoin(called, url).startswith("https://apim.example.com/twilio/api/status/recording?kind=voicemail&")


def test_a_callback_without_an_email_has_none() -> None:
    """The kind alone."""
    assert record("")["recordingStatusCallback"] == "../status/recording?kind=voicemail#rc=3&rp=all"


def test_the_greeting_may_be_ones_own() -> None:
    """Text or sound."""
    assert document("voicemail", "Transcribe=false&Message=Speak.") == canonical(
        f"<Response><Say>Speak.</Say>{REPORTED}</Response>"
    )
    assert document("voicemail", "Transcribe=false&Message=https://x/a.mp3") == canonical(
        f"<Response><Play>https://x/a.mp3</Play>{REPORTED}</Response>"
    )


def test_a_message_is_thanked_for() -> None:
    """Whoever it is for, and whether it is being transcribed: nothing is published here."""
    for query in ("Transcribe=false", "Email=a@example.com", ""):
        assert document("voicemail", query, **RECORDED) == THANKS


@pytest.mark.parametrize("state", ["completed", "failed", "in-progress"])
def test_a_transcription_of_another_record_goes_to_the_callback(state: str) -> None:
    """A Record elsewhere may name the Twimlet as its transcribeCallback, as at twimlets.com."""
    answered = answer("voicemail", "Email=a%2Bb@example.com", **RECORDED, TranscriptionStatus=state)
    assert (answered.document, answered.keeps_method) == ("", True)
    assert answered.location == "../status/recording?kind=voicemail&Email=a%2Bb%40example.com#rc=3&rp=all"


def test_a_greeting_of_white_space_is_none() -> None:
    """The caller hears the usual sentence."""
    assert GREETING in document("voicemail", "Message=%20")


def test_defect_4_an_email_arrives_as_it_was_written() -> None:
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
