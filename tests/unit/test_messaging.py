"""What a text is answered."""

from xml.etree import ElementTree

import pytest

from switchboard import messaging
from switchboard.events import Media
from switchboard.prompts import ENGLISH, LINK, PORTUGUESE
from switchboard.webhooks import IncomingMessage

PICTURE = Media("https://api.twilio.com/media/ME1", "image/jpeg")
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the words that Twilio answers by default.
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
START = ("START", "YES", "UNSTOP")
HELP = ("HELP", "INFO")


def text(body: str, opt_out: str = "", media: tuple[Media, ...] = ()) -> IncomingMessage:
    """A text that came in."""
    return IncomingMessage(
        sid="SM1",
        sender="+15005550010",
        recipient="+15005550001",
        messaging_service_sid="",
        body=body,
        media=media,
        opt_out=opt_out,
    )


def answers(message: IncomingMessage, sentences: object = None) -> list[str]:
    """The texts that go back."""
    document = messaging.incoming(message, PORTUGUESE if sentences is PORTUGUESE else ENGLISH)
    response = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert response.tag == "Response"
    return [element.text or "" for element in response.iter("Message")]


@pytest.mark.parametrize("body", ["HOURS", "hours", " Hours \n"])
def test_a_keyword_has_its_answer(body: str) -> None:
    """In any case, with white space around it or not."""
    assert answers(text(body)) == [ENGLISH.keywords["HOURS"]]


def test_a_keyword_is_the_callers_languages() -> None:
    """The words that are offered are those that are understood."""
    assert answers(text("horas"), PORTUGUESE) == [PORTUGUESE.keywords["HORAS"]]


@pytest.mark.parametrize("sentences", [ENGLISH, PORTUGUESE], ids=["en", "pt"])
def test_the_link_is_filled_in(sentences: object) -> None:
    """Nobody reads a blank in braces."""
    assert answers(text("link"), sentences)[0].endswith(LINK)


@pytest.mark.parametrize("word", [*STOP, *START, *HELP])
@pytest.mark.parametrize("write", [str, str.lower, lambda word: f"  {word} \n"], ids=["capitals", "small", "spaced"])
def test_opt_out_words_get_silence(word: str, write: object) -> None:
    """Twilio answers these itself: ours would fail with 21610."""
    assert callable(write)
    assert answers(text(write(word))) == []


@pytest.mark.parametrize("opt_out", ["STOP", "START", "HELP"])
def test_what_advanced_opt_out_saw_gets_silence_in_any_words(opt_out: str) -> None:
    """A messaging service may have words of its own; also one that is a keyword here."""
    assert answers(text("parar", opt_out)) == []
    assert answers(text("hours", opt_out)) == []


@pytest.mark.parametrize("body", ["please stop", "stop it", "what is the end?", "info please"])
def test_an_opt_out_word_within_a_sentence_is_none(body: str) -> None:
    """Twilio counts the whole body only, and leaves these to us."""
    assert answers(text(body)) == [ENGLISH.text_default]


@pytest.mark.parametrize("body", ["", "Are you open?", "😀", "{link}", "{0}", "<Message>x</Message>"])
def test_anything_else_gets_one_polite_answer(body: str) -> None:
    """Whatever it says."""
    assert answers(text(body)) == [ENGLISH.text_default]


@pytest.mark.parametrize("body", ["", "look at this"])
def test_a_picture_is_thanked_for(body: str) -> None:
    """With words or without."""
    assert answers(text(body, media=(PICTURE,))) == [ENGLISH.text_media]


def test_a_keyword_with_a_picture_is_a_keyword() -> None:
    """The question comes first."""
    assert answers(text("hours", media=(PICTURE,))) == [ENGLISH.keywords["HOURS"]]


def test_no_keyword_of_ours_is_twilios() -> None:
    """It would never be answered."""
    for sentences in (ENGLISH, PORTUGUESE):
        assert not {*STOP, *START, *HELP} & set(sentences.keywords)
