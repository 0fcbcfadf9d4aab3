"""The answers to incoming texts."""

import time
from xml.etree import ElementTree

import msgspec
import pytest

from switchboard import messaging
from switchboard.events import Media
from switchboard.prompts import ENGLISH, LINK, PORTUGUESE
from switchboard.robots import MOST_ANSWERS, RecentTexts
from switchboard.webhooks import IncomingMessage

PICTURE = Media("https://api.twilio.com/media/ME1", "image/jpeg")
OURS = "+15005550002"
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the words that Twilio answers by default.
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
START = ("START", "YES", "UNSTOP")
HELP = ("HELP", "INFO")


def text(
    body: str, opt_out: str = "", media: tuple[Media, ...] = (), sender: str = "+15005550010", sid: str = "SM1"
) -> IncomingMessage:
    """An incoming text."""
    return IncomingMessage(
        sid=sid,
        sender=sender,
        recipient="+15005550001",
        messaging_service_sid="",
        body=body,
        media=media,
        opt_out=opt_out,
    )


def answers(message: IncomingMessage, sentences: object = None, recent: RecentTexts | None = None) -> list[str]:
    """The texts of the answer."""
    language = PORTUGUESE if sentences is PORTUGUESE else ENGLISH
    document = messaging.incoming(message, language, (OURS,), recent or RecentTexts(time.monotonic))
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


@pytest.mark.parametrize("channel", ["whatsapp", "rcs"])
@pytest.mark.parametrize("word", HELP)
def test_help_is_answered_where_twilio_does_not_answer_it(channel: str, word: str) -> None:
    """On a channel other than SMS, in any case."""
    assert answers(text(word.lower(), sender=f"{channel}:+15005550010")) == [ENGLISH.text_help]


def test_help_that_twilio_recognized_is_answered_by_twilio() -> None:
    """Advanced Opt-Out, on any channel."""
    assert answers(text("help", "HELP", sender="whatsapp:+15005550010")) == []


def test_a_tap_on_help_is_an_answer_like_any_other() -> None:
    """The words on a button are the business's own."""
    tapped = msgspec.structs.replace(text("Help", sender="whatsapp:+15005550010"), is_tap=True)
    assert answers(tapped) == [ENGLISH.text_default]


@pytest.mark.parametrize(
    "sender",
    ["12345", "872255", "Contoso", "AMAZON-1", OURS, "+15005550001", f"whatsapp:{OURS}", "+266696687", "Anonymous", ""],
)
@pytest.mark.parametrize("body", ["hours", "Your code is 1234.", ""])
def test_a_robot_gets_no_answer(sender: str, body: str) -> None:
    """A short code, a sender name, a withheld number, and our own numbers: the sender's and the texted one."""
    assert answers(text(body, sender=sender)) == []


@pytest.mark.parametrize("sender", ["+15005550010", "whatsapp:+15005550010", "whatsapp:US.1234567890", "messenger:123"])
def test_a_person_gets_an_answer(sender: str) -> None:
    """By SMS or by a channel, with a number or without."""
    assert answers(text("hours", sender=sender)) == [ENGLISH.keywords["HOURS"]]


def test_two_robots_stop() -> None:
    """The same text again and again is answered twice."""
    recent = RecentTexts(time.monotonic)
    sent = [answers(text("Out of office.", sid=f"SM{number}"), recent=recent) for number in range(20)]
    assert sent == [[ENGLISH.text_default]] * MOST_ANSWERS + [[]] * (20 - MOST_ANSWERS)


def test_a_repeated_webhook_gets_its_answer_again() -> None:
    """It is one text: Twilio did not get the answer the first time."""
    recent = RecentTexts(time.monotonic)
    assert [len(answers(text("hours"), recent=recent)) for _ in range(10)] == [1] * 10
