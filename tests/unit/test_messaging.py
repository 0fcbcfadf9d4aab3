"""The answers to incoming texts."""

from xml.etree import ElementTree

import pytest

from switchboard import messaging
from switchboard.prompts import ENGLISH, LINK, PORTUGUESE
from switchboard.webhooks import IncomingMessage, Media

PICTURE = Media("https://api.twilio.com/media/ME1", "image/jpeg")
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the words that Twilio answers by default.
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
START = ("START", "YES", "UNSTOP")
HELP = ("HELP", "INFO")


def text(body: str, opt_out: str = "", media: tuple[Media, ...] = ()) -> IncomingMessage:
    """An incoming text."""
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
    """The texts of the answer."""
    document = messaging.incoming(message, PORTUGUESE if sentences is PORTUGUESE else ENGLISH)
    response = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert response.tag == "Response"
    return [element.text or "" for element in response.iter("Message")]


@pytest.mark.parametrize("body", ["HOURS", "hours", " Hours \n"])
def test_a_keyword_has_its_answer(body: str) -> None:
    """In any case, with or without white space around it."""
    assert answers(text(body)) == [ENGLISH.keywords["HOURS"]]


def test_each_language_has_its_keywords() -> None:
    """The keywords that a sentence offers are recognized."""
    assert answers(text("horas"), PORTUGUESE) == [PORTUGUESE.keywords["HORAS"]]


@pytest.mark.parametrize("sentences", [ENGLISH, PORTUGUESE], ids=["en", "pt"])
def test_the_link_is_filled_in(sentences: object) -> None:
    """No braces remain."""
    assert answers(text("link"), sentences)[0].endswith(LINK)


@pytest.mark.parametrize("word", [*STOP, *START, *HELP])
@pytest.mark.parametrize("write", [str, str.lower, lambda word: f"  {word} \n"], ids=["capitals", "small", "spaced"])
def test_opt_out_words_get_an_empty_answer(word: str, write: object) -> None:
    """Twilio answers them itself, and our answer would fail with 21610."""
    assert callable(write)
    assert answers(text(write(word))) == []


@pytest.mark.parametrize("opt_out", ["STOP", "START", "HELP"])
def test_a_text_with_opt_out_type_gets_an_empty_answer(opt_out: str) -> None:
    """Whatever its words are, also where they are a keyword of ours."""
    assert answers(text("parar", opt_out)) == []
    assert answers(text("hours", opt_out)) == []


@pytest.mark.parametrize("body", ["please stop", "stop it", "what is the end?", "info please"])
def test_an_opt_out_word_in_a_sentence_is_not_a_keyword(body: str) -> None:
    """Twilio compares the whole body only."""
    assert answers(text(body)) == [ENGLISH.text_default]


@pytest.mark.parametrize("body", ["", "Are you open?", "😀", "{link}", "{0}", "<Message>x</Message>"])
def test_another_text_gets_the_default_answer(body: str) -> None:
    """Whatever it contains."""
    assert answers(text(body)) == [ENGLISH.text_default]


@pytest.mark.parametrize("body", ["", "look at this"])
def test_media_are_acknowledged(body: str) -> None:
    """With or without a body."""
    assert answers(text(body, media=(PICTURE,))) == [ENGLISH.text_media]


def test_a_keyword_with_media_is_a_keyword() -> None:
    """The keyword has priority."""
    assert answers(text("hours", media=(PICTURE,))) == [ENGLISH.keywords["HOURS"]]


def test_no_keyword_is_an_opt_out_word() -> None:
    """It would never be answered."""
    for sentences in (ENGLISH, PORTUGUESE):
        assert not {*STOP, *START, *HELP} & set(sentences.keywords)
