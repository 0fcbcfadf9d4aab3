"""What each action does, and the voicemail."""

import pytest

from tests.numbers_files import FRONT_DESK, WHOLE, one_number
from tests.voice_calls import CALLER, Call, only


def after(lines: str, *, caller: str = CALLER) -> Call:
    """A call to a number with these lines."""
    found = Call(one_number(lines), caller=caller)
    found.start()
    return found


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("1", ["Say", "Dial"]),
        ("2", ["Say", "Sms", "Enqueue"]),
        ("3", ["Say", "Record", "Say", "Hangup"]),
        ("4", ["Sms", "Say", "Hangup"]),
        ("5", ["Redirect"]),
        ("6", ["Say", "Dial"]),
        ("7", ["Say", "Gather", "Redirect"]),
        ("8", ["Say", "Hangup"]),
        ("9", ["Gather", "Redirect"]),
    ],
)
def test_each_verb_of_the_file_is_a_document(key: str, expected: list[str]) -> None:
    """The nine actions that an option may have."""
    found = Call(WHOLE)
    found.start()
    found.press(key)
    assert found.verbs == expected


def test_an_actions_greeting_is_said_first() -> None:
    """A sentence or a sound."""
    found = after('answer = { greeting = "https://media.fabrikam.net/a.mp3", say = "Hello." }')
    assert found.verbs == ["Pause", "Play", "Say", "Hangup"]


def test_a_text_goes_to_the_caller_from_the_number_that_was_called() -> None:
    """Who hears that it was sent."""
    sms = only(after('answer = { text = "Hello {name}" }').document, "Sms")
    assert (sms.text, sms.get("to"), sms.get("from")) == ("Hello {name}", CALLER, FRONT_DESK)


@pytest.mark.parametrize("caller", ["client:alice2", "Anonymous", "+266696687", "sip:a@example.net", ""])
def test_a_caller_without_a_number_hears_that_no_text_was_sent(caller: str) -> None:
    """Twilio would refuse it."""
    found = after('answer = { text = "Hello" }', caller=caller)
    assert "Sms" not in found.verbs
    assert found.said == ["We cannot send a text to your phone. Good bye."]


def test_a_flow_is_requested_with_the_numbers_name() -> None:
    """Relative to the voice routes."""
    found = after('answer = { flow = "orders" }')
    assert only(found.document, "Redirect").text == "../flows/orders?name=main"


def test_a_message_is_recorded_with_a_beep() -> None:
    """Three minutes at most, ended by the hash key or by hanging up."""
    record = only(after("answer = { voicemail = true }").document, "Record")
    assert (record.get("action"), record.get("maxLength"), record.get("playBeep")) == (
        "recorded?name=main",
        "180",
        "true",
    )
    assert record.get("finishOnKey") == "#"


def test_a_recording_is_reported_at_an_absolute_url_with_retries() -> None:
    """It names the number, and carries data that nobody else has."""
    record = only(after("answer = { voicemail = true }").document, "Record")
    callback = "https://voice.fabrikam.net/api/status/recording?kind=voicemail&name=main#rc=3&rp=all"
    assert record.get("recordingStatusCallback") == callback
    assert set((record.get("recordingStatusCallbackEvent") or "").split()) == {"completed", "absent"}


def test_the_prompt_of_a_voicemail_is_the_files_own() -> None:
    """A sentence, or a sound."""
    assert after('answer = { voicemail = "Speak now." }').said[0] == "Speak now."
    assert after('answer = { voicemail = "https://media.fabrikam.net/a.mp3" }').verbs[1] == "Play"


def test_a_message_that_is_left_gets_thanks() -> None:
    """And the call ends."""
    found = after("answer = { voicemail = true }")
    found.post(only(found.document, "Record").attrib["action"], RecordingUrl="https://api.twilio.com/RE1")
    assert found.said == ["Thank you, we have your message. Good bye."]
    assert found.verbs == ["Say", "Hangup"]


def test_a_teams_own_sentence_replaces_ours() -> None:
    """By name, in `[sentences.en]`."""
    found = after('answer = { text = "Hello" }')
    own = Call(one_number('answer = { text = "Hello" }') + '[sentences.en]\ntext_sent = "Look at your phone."\n')
    own.start()
    assert own.said != found.said
    assert "Look at your phone." in own.said
