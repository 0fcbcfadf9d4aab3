"""How a text is answered, by the texts of the number in numbers.toml."""

import time
from xml.etree import ElementTree

import pytest

from switchboard import messaging
from switchboard.robots import MOST_ANSWERS, RecentTexts
from switchboard.webhooks import IncomingMessage
from tests.numbers_files import FRONT_DESK, numbers

OURS = "+15005550002"
FILE = f"""\
[[numbers]]
number = "{FRONT_DESK}"
name = "Front desk"
answer = {{ voicemail = true }}
texts = {{ HOURS = "Weekdays 9 to 18.", "Onde está" = "Rua {{nome}}", "*" = "Thank you." }}
[[numbers]]
number = "+442000000001"
name = "London"
language = "pt"
answer = {{ voicemail = true }}
texts = {{ hours = "From ten." }}
"""
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the words that Twilio answers by default.
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
START = ("START", "YES", "UNSTOP")
HELP = ("HELP", "INFO")


def text(
    body: str,
    *,
    to: str = FRONT_DESK,
    sender: str = "+351910000077",
    opt_out: str = "",
    sid: str = "SM1",
    is_tap: bool = False,
) -> IncomingMessage:
    """An incoming text."""
    return IncomingMessage(
        sid=sid,
        sender=sender,
        recipient=to,
        messaging_service_sid="",
        body=body,
        media=(),
        opt_out=opt_out,
        is_tap=is_tap,
    )


def answers_to(message: IncomingMessage, recent: RecentTexts | None = None) -> list[str]:
    """The texts of the answer."""
    document = messaging.incoming(message, numbers(FILE), recent or RecentTexts(time.monotonic), OURS)
    response = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert response.tag == "Response"
    return [element.text or "" for element in response.iter("Message")]


def answers(body: str, *, to: str = FRONT_DESK, sender: str = "+351910000077", opt_out: str = "") -> list[str]:
    """The texts of the answer to one text."""
    return answers_to(text(body, to=to, sender=sender, opt_out=opt_out))


@pytest.mark.parametrize("body", ["HOURS", "hours", " Hours \n"])
def test_a_keyword_has_its_answer(body: str) -> None:
    """In any case, with white space around it or not."""
    assert answers(body) == ["Weekdays 9 to 18."]


def test_each_number_has_its_own_texts() -> None:
    """A keyword of one is none of another, and without `"*"` any other text gets no answer."""
    assert answers("hours", to="+442000000001") == ["From ten."]
    assert answers("anything", to="+442000000001") == []


def test_an_answer_is_sent_as_it_is_written() -> None:
    """Braces are no blanks to fill in."""
    assert answers("onde está") == ["Rua {nome}"]


@pytest.mark.parametrize("body", ["", "Are you open?", "😀", "{link}", "<Message>x</Message>", "*"])
def test_any_other_text_gets_the_answer_of_the_star(body: str) -> None:
    """A text that is a star is any other, too."""
    assert answers(body) == ["Thank you."]


def test_a_text_on_whatsapp_is_matched_by_its_number() -> None:
    """The channel is in front of the number."""
    assert answers("hours", to=f"whatsapp:{FRONT_DESK}", sender="whatsapp:+351910000077") == ["Weekdays 9 to 18."]


@pytest.mark.parametrize("word", [*STOP, *START, *HELP])
def test_opt_out_words_get_no_answer(word: str) -> None:
    """Twilio answers these itself: ours would fail with 21610."""
    for written in (word, word.lower(), f"  {word} \n"):
        assert answers(written) == []


@pytest.mark.parametrize("opt_out", ["STOP", "START", "HELP"])
def test_what_advanced_opt_out_recognized_gets_no_answer(opt_out: str) -> None:
    """A messaging service may have words of its own; also one that is a keyword here."""
    assert answers("hours", opt_out=opt_out) == []


def test_help_is_answered_where_twilio_does_not() -> None:
    """On other channels than SMS, with the number's name, in its language."""
    assert "Front desk" in answers("help", sender="whatsapp:+351910000077")[0]
    assert answers("help", to="+442000000001", sender="whatsapp:+351910000077")[0].startswith(
        "Está a falar com London."
    )


@pytest.mark.parametrize("body", ["hours", "help", "anything"])
def test_a_number_that_the_file_does_not_have_gives_no_answer(body: str) -> None:
    """There is nothing to say in its name."""
    assert answers(body, to="+15005550001", sender="whatsapp:+351910000077") == []


@pytest.mark.parametrize("channel", ["whatsapp", "rcs"])
@pytest.mark.parametrize("word", HELP)
def test_help_is_answered_where_twilio_does_not_answer_it(channel: str, word: str) -> None:
    """On a channel other than SMS, in any case, with the number's name."""
    assert "Front desk" in answers(word.lower(), sender=f"{channel}:+351910000077")[0]


def test_help_that_twilio_recognized_is_answered_by_twilio() -> None:
    """Advanced Opt-Out, on any channel."""
    assert answers("help", opt_out="HELP", sender="whatsapp:+351910000077") == []


def test_a_tap_on_help_is_an_answer_like_any_other() -> None:
    """The words on a button are the business's own."""
    assert answers_to(text("Help", sender="whatsapp:+351910000077", is_tap=True)) == ["Thank you."]


@pytest.mark.parametrize(
    "sender",
    [
        *("12345", "872255", "Contoso", "AMAZON-1", "+266696687", "Anonymous", ""),
        *(OURS, FRONT_DESK, "+442000000001", f"whatsapp:{OURS}"),
    ],
)
@pytest.mark.parametrize("body", ["hours", "Your code is 1234.", ""])
def test_a_robot_gets_no_answer(sender: str, body: str) -> None:
    """A short code, a sender name, a withheld number, and our own: the default sender and every number of the file."""
    assert answers(body, sender=sender) == []


@pytest.mark.parametrize("sender", ["+15005550010", "whatsapp:+15005550010", "whatsapp:US.1234567890", "messenger:123"])
def test_a_person_gets_an_answer(sender: str) -> None:
    """By SMS or by a channel, with a number or without."""
    assert answers("hours", sender=sender) == ["Weekdays 9 to 18."]


def test_two_robots_stop() -> None:
    """The same text again and again is answered twice."""
    recent = RecentTexts(time.monotonic)
    sent = [answers_to(text("Out of office.", sid=f"SM{number}"), recent) for number in range(20)]
    assert sent == [["Thank you."]] * MOST_ANSWERS + [[]] * (20 - MOST_ANSWERS)


def test_a_repeated_webhook_gets_its_answer_again() -> None:
    """It is one text: Twilio did not get the answer the first time."""
    recent = RecentTexts(time.monotonic)
    assert [len(answers_to(text("hours"), recent)) for _ in range(10)] == [1] * 10
