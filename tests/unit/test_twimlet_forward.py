"""The `forward` Twimlet."""

import pytest

from tests.twimlets import answer, canonical, document, urls

HANGUP = canonical("<Response><Hangup/></Response>")
RESTRICTED = "<Say>Sorry, you are calling from a restricted number. Good bye.</Say>"
FAIL = "FailUrl=https%3A%2F%2Fexample.com%2Ffail%3Fa%3D1%26b%3D2"
FAIL_URL = "https://example.com/fail?a=1&b=2"


def test_a_call_is_forwarded() -> None:
    """For 20 seconds, with an action of ours."""
    assert document("forward", "PhoneNumber=4155551212") == canonical(
        '<Response><Dial action="forward?Dial" timeout="20">4155551212</Dial></Response>'
    )


def test_every_parameter_is_used() -> None:
    """Caller id, timeout, and the state that the action needs."""
    assert document("forward", f"PhoneNumber=4155551212&CallerId=4155550100&Timeout=5&{FAIL}") == canonical(
        '<Response><Dial action="forward?Dial&amp;FailUrl" callerId="4155550100" timeout="5">4155551212</Dial>'
        "</Response>"
    )


def test_defect_3_the_action_is_our_own_and_has_fail_url() -> None:
    """Relative to the Twimlet, not to the site's root, with the URL encoded in it."""
    dialled = answer("forward", f"PhoneNumber=1&{FAIL}").document
    assert urls(dialled, "action") == [("forward", {"Dial": "true", "FailUrl": FAIL_URL})]


@pytest.mark.parametrize("ended", [{"DialCallStatus": "completed"}, {"DialStatus": "answered"}])
@pytest.mark.parametrize("query", ["Dial=true", f"Dial=true&{FAIL}"])
def test_a_successful_dial_ends_the_call(query: str, ended: dict[str, str]) -> None:
    """By Twilio's current parameter, and by its old one."""
    assert document("forward", query, **ended) == HANGUP


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", ""])
def test_a_failed_dial_continues_at_fail_url(status: str) -> None:
    """By an HTTP redirect; without a FailUrl the call ends."""
    assert answer("forward", f"Dial=true&{FAIL}", DialCallStatus=status).location == FAIL_URL
    assert document("forward", "Dial=true", DialCallStatus=status) == HANGUP


def test_a_callee_who_was_never_connected_is_a_failure() -> None:
    """Twilio reports `completed` when a callee hung up during the whisper, with DialBridged=false."""
    ended = {"DialCallStatus": "completed", "DialBridged": "false"}
    assert answer("forward", f"Dial=true&{FAIL}", **ended).location == FAIL_URL


@pytest.mark.parametrize("caller", ["+14155550123", "4155550123"])
@pytest.mark.parametrize("listed", ["4155550123", "%2B14155550123", "415-555-0123"])
def test_defect_1_a_listed_caller_is_forwarded_in_every_form_of_the_number(caller: str, listed: str) -> None:
    """The original rejects every caller in E.164 that is listed in its own documented form."""
    query = f"PhoneNumber=1&AllowedCallers[0]={listed}&AllowedCallers[1]="
    assert "<Dial" in document("forward", query, From=caller)


def test_a_caller_who_is_not_listed_is_rejected() -> None:
    """No number is dialled."""
    query = "PhoneNumber=1&AllowedCallers[0]=4155550123"
    assert document("forward", query, From="+14155550199") == canonical(f"<Response>{RESTRICTED}</Response>")
    assert document("forward", query) == canonical(f"<Response>{RESTRICTED}</Response>")


def test_an_empty_list_allows_every_caller() -> None:
    """As an absent one."""
    assert "<Dial" in document("forward", "PhoneNumber=1&AllowedCallers[0]=", From="+14155550199")


@pytest.mark.parametrize("query", ["", "PhoneNumber=", "PhoneNumber=&Timeout=5"])
def test_defect_5_without_a_number_nobody_is_dialled(query: str) -> None:
    """FailUrl or the end of the call, instead of an empty Dial."""
    assert document("forward", query) == HANGUP
    assert answer("forward", f"{query}&{FAIL}").location == FAIL_URL


@pytest.mark.parametrize("query", ["Dial=true", "PhoneNumber="])
def test_defect_6_a_redirect_is_http_or_https(query: str) -> None:
    """Another FailUrl counts as absent."""
    assert document("forward", f"{query}&FailUrl=javascript:alert(1)") == HANGUP


def test_a_refused_fail_url_is_not_in_the_action() -> None:
    """It is refused when the URL is first tested."""
    dialled = answer("forward", "PhoneNumber=1&FailUrl=javascript:alert(1)").document
    assert urls(dialled, "action") == [("forward", {"Dial": "true"})]


def test_defect_7_language_and_voice_are_in_the_state() -> None:
    """Those of the URL."""
    dialled = answer("forward", "PhoneNumber=1&Language=pt-PT&Voice=Polly.Ines").document
    assert urls(dialled, "action") == [("forward", {"Dial": "true", "Language": "pt-PT", "Voice": "Polly.Ines"})]


def test_defect_7_the_rejection_is_spoken_in_the_language_of_the_url() -> None:
    """With the English sentence where there is no other."""
    sentence = RESTRICTED.replace("<Say", '<Say language="nl-NL"')
    turned_away = document("forward", "AllowedCallers=1&Language=nl-NL", From="+14155550199")
    assert turned_away == canonical(f"<Response>{sentence}</Response>")
