"""How a text is answered, by the texts of the number in numbers.toml."""

from xml.etree import ElementTree

import pytest

from switchboard import messaging
from switchboard.webhooks import IncomingMessage
from tests.numbers_files import FRONT_DESK, numbers

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


def answers(body: str, *, to: str = FRONT_DESK, sender: str = "+351910000077", opt_out: str = "") -> list[str]:
    """The texts that go back."""
    message = IncomingMessage(
        sid="SM1", sender=sender, recipient=to, messaging_service_sid="", body=body, media=(), opt_out=opt_out
    )
    response = ElementTree.fromstring(messaging.incoming(message, numbers(FILE)))  # noqa: S314  # our own document
    assert response.tag == "Response"
    return [element.text or "" for element in response.iter("Message")]


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
