"""The `menu` Twimlet."""

import pytest

from switchboard.twimlets import TWIMLETS
from tests.twimlets import answer, canonical, document, parameters

MENU = "Message=Press+one&Options[1]=https://example.com/one&Options[*]=http://example.com/star.mp3&Options[2]="
ASKED = '<Gather numDigits="1"><Say>Press one</Say></Gather><Redirect/>'
WRONG = "<Say>I'm sorry, that wasn't a valid option.</Say>"


def test_the_question_is_repeated() -> None:
    """Until a key is pressed."""
    assert document("menu", MENU) == canonical(f"<Response>{ASKED}</Response>")


def test_the_number_of_keys_is_that_of_the_longest_option() -> None:
    """A star counts as a key."""
    assert document("menu", "Options[1]=http://x/&Options[*12]=http://x/") == canonical(
        '<Response><Gather numDigits="3"/><Redirect/></Response>'
    )


def test_without_options_the_number_of_keys_is_one() -> None:
    """The minimum."""
    assert document("menu", "Message=Hi") == canonical(
        '<Response><Gather numDigits="1"><Say>Hi</Say></Gather><Redirect/></Response>'
    )


@pytest.mark.parametrize(("keys", "url"), [("1", "https://example.com/one"), ("*", "http://example.com/star.mp3")])
def test_a_key_leads_to_its_url_by_an_http_redirect(keys: str, url: str) -> None:
    """A TwiML Redirect would post to a sound file."""
    assert answer("menu", MENU, Digits=keys).location == url
    assert answer("menu", MENU, Digits=keys).document == ""


@pytest.mark.parametrize("keys", ["9", "2", "11"])
def test_a_key_without_a_url_is_not_an_option(keys: str) -> None:
    """A key that is not listed, and one with an empty URL."""
    assert document("menu", MENU, Digits=keys) == canonical(f"<Response>{WRONG}{ASKED}</Response>")


def test_no_key_repeats_the_question() -> None:
    """Without the sentence for a wrong key."""
    assert document("menu", MENU, Digits="") == canonical(f"<Response>{ASKED}</Response>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//example.com/", "ftp://example.com/"])
def test_defect_6_an_option_is_http_or_https(url: str) -> None:
    """Any other URL is no option, and is logged without its value."""
    asked = parameters(f"Options[1]={url}", {"Digits": "1"})
    answered = TWIMLETS["menu"].answer(asked)
    assert WRONG in getattr(answered, "document", "")
    assert asked.problems == ["Options: the chosen one is not an http or https URL"]


def test_defect_7_the_sentence_for_a_wrong_key_is_in_the_language_of_the_url() -> None:
    """Where there is one."""
    assert document("menu", "Language=pt-PT", Digits="1") == canonical(
        '<Response><Say language="pt-PT">Lamento, essa opção não existe.</Say>'
        '<Gather numDigits="1"/><Redirect/></Response>'
    )
