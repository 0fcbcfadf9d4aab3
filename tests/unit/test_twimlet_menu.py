"""The `menu` Twimlet."""

import pytest

from switchboard.twimlets import TWIMLETS
from tests.twimlets import answer, canonical, document, parameters

MENU = "Message=Press+one&Options[1]=https://example.com/one&Options[*]=http://example.com/star.mp3&Options[2]="
ASKED = '<Gather numDigits="1"><Say>Press one</Say></Gather><Redirect/>'
WRONG = "<Say>I'm sorry, that wasn't a valid option.</Say>"


def test_the_question_is_asked_again_and_again() -> None:
    """Until a key is pressed."""
    assert document("menu", MENU) == canonical(f"<Response>{ASKED}</Response>")


def test_as_many_keys_are_waited_for_as_the_longest_option_has() -> None:
    """A star counts as a key."""
    assert document("menu", "Options[1]=http://x/&Options[*12]=http://x/") == canonical(
        '<Response><Gather numDigits="3"/><Redirect/></Response>'
    )


def test_without_options_one_key_is_waited_for() -> None:
    """At least 1."""
    assert document("menu", "Message=Hi") == canonical(
        '<Response><Gather numDigits="1"><Say>Hi</Say></Gather><Redirect/></Response>'
    )


@pytest.mark.parametrize(("keys", "url"), [("1", "https://example.com/one"), ("*", "http://example.com/star.mp3")])
def test_a_key_leads_to_its_url_by_a_redirect_of_http(keys: str, url: str) -> None:
    """Not by TwiML, which would post to a sound file."""
    assert answer("menu", MENU, Digits=keys).location == url
    assert answer("menu", MENU, Digits=keys).document == ""


@pytest.mark.parametrize("keys", ["9", "2", "11"])
def test_a_key_without_a_url_is_not_an_option(keys: str) -> None:
    """One that is not listed, and one whose URL is empty."""
    assert document("menu", MENU, Digits=keys) == canonical(f"<Response>{WRONG}{ASKED}</Response>")


def test_no_key_is_not_a_wrong_one() -> None:
    """The question comes again without a reproach."""
    assert document("menu", MENU, Digits="") == canonical(f"<Response>{ASKED}</Response>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//example.com/", "ftp://example.com/"])
def test_defect_6_an_option_leads_to_the_web_only(url: str) -> None:
    """Anything else is no option, and is noted without its value."""
    asked = parameters(f"Options[1]={url}", {"Digits": "1"})
    answered = TWIMLETS["menu"].answer(asked)
    assert WRONG in getattr(answered, "document", "")
    assert asked.problems == ["Options: the chosen one is not an http or https URL"]


def test_defect_7_a_wrong_key_is_told_in_the_language_of_the_url() -> None:
    """With our own sentence in it where there is one."""
    assert document("menu", "Language=pt-PT", Digits="1") == canonical(
        '<Response><Say language="pt-PT">Lamento, essa opção não existe.</Say>'
        '<Gather numDigits="1"/><Redirect/></Response>'
    )
