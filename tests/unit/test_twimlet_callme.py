"""The `callme` Twimlet."""

from tests.twimlets import answer, canonical, document, urls

HANGUP = canonical("<Response><Hangup/></Response>")
FAIL_URL = "https://example.com/fail"


def test_a_call_is_announced_to_the_callee() -> None:
    """The whisper's URL has Message, also when it is empty."""
    assert document("callme", "PhoneNumber=4155551212") == canonical(
        '<Response><Dial action="callme?Dial" timeout="20">'
        '<Number url="whisper?Message">4155551212</Number></Dial></Response>'
    )


def test_the_message_goes_to_the_whisper_and_fail_url_to_the_action() -> None:
    """Each unchanged."""
    dialled = answer("callme", f"PhoneNumber=1&Message=Ol%C3%A1%20%26%20x&Timeout=7&FailUrl={FAIL_URL}").document
    assert urls(dialled, "url") == [("whisper", {"Message": "Olá & x"})]
    assert urls(dialled, "action") == [("callme", {"Dial": "true", "FailUrl": FAIL_URL})]
    assert 'timeout="7"' in dialled


def test_the_call_ends_or_continues_at_fail_url() -> None:
    """As in forward."""
    assert document("callme", f"Dial=true&FailUrl={FAIL_URL}", DialCallStatus="completed") == HANGUP
    assert document("callme", "Dial=true", DialCallStatus="busy") == HANGUP
    assert answer("callme", f"Dial=true&FailUrl={FAIL_URL}", DialCallStatus="busy").location == FAIL_URL


def test_defect_5_without_a_number_nobody_is_dialled() -> None:
    """FailUrl, or the call ends."""
    assert document("callme", "Message=Hi") == HANGUP
    assert answer("callme", f"FailUrl={FAIL_URL}").location == FAIL_URL


def test_defect_7_the_whisper_speaks_the_same_language() -> None:
    """Both URLs have it."""
    dialled = answer("callme", "PhoneNumber=1&Language=pt-PT&Voice=Polly.Ines").document
    speaker = {"Language": "pt-PT", "Voice": "Polly.Ines"}
    assert urls(dialled, "url") == [("whisper", {"Message": "", **speaker})]
    assert urls(dialled, "action") == [("callme", {"Dial": "true", **speaker})]
