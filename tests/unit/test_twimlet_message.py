"""The `message` Twimlet."""

from switchboard.twimlets.answer import Answer
from tests.twimlets import answer, canonical, document


def test_sounds_are_played_and_texts_are_spoken() -> None:
    """In the order of the URL."""
    assert document("message", "Message[0]=http://x/a.mp3&Message[1]=Hi") == canonical(
        "<Response><Play>http://x/a.mp3</Play><Say>Hi</Say></Response>"
    )


def test_no_message_is_an_empty_response() -> None:
    """No parameters at all."""
    assert document("message") == canonical("<Response/>")


def test_a_sound_begins_with_http() -> None:
    """Trimmed and in any case."""
    assert document("message", "Message=%20HTTPS://x/a.mp3") == canonical(
        "<Response><Play> HTTPS://x/a.mp3</Play></Response>"
    )


def test_markup_is_spoken_as_text() -> None:
    """A message is a text."""
    assert document("message", "Message=%3CHangup/%3E%26") == canonical(
        "<Response><Say>&lt;Hangup/&gt;&amp;</Say></Response>"
    )


def test_characters_that_xml_cannot_hold_are_removed() -> None:
    """The document is well-formed for every URL."""
    assert document("message", "Message=a%00%01%EF%BF%BEb") == canonical("<Response><Say>ab</Say></Response>")


def test_defect_7_language_and_voice_are_parameters() -> None:
    """The original speaks English in Twilio's default voice only."""
    assert document("message", "Message=Ol%C3%A1&Language=pt-PT&Voice=Polly.Ines") == canonical(
        '<Response><Say language="pt-PT" voice="Polly.Ines">Olá</Say></Response>'
    )


def test_there_is_neither_a_redirect_nor_an_event() -> None:
    """The answer is a document only."""
    assert answer("message", "Message=Hi") == Answer(document=answer("message", "Message=Hi").document)
