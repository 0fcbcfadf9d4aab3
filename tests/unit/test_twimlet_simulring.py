"""The `simulring` Twimlet."""

from switchboard.twimlets import TWIMLETS
from switchboard.twimlets.answer import Answer
from tests.twimlets import answer, canonical, document, parameters, urls

HANGUP = canonical("<Response><Hangup/></Response>")
FAIL_URL = "https://example.com/fail"


def test_all_phones_ring_at_once() -> None:
    """Each with the whisper; the action always has FailUrl."""
    assert document("simulring", "PhoneNumbers[0]=4155551212&PhoneNumbers[1]=4155551213") == canonical(
        '<Response><Dial action="simulring?Dial&amp;FailUrl" timeout="20">'
        '<Number url="whisper?Message">4155551212</Number><Number url="whisper?Message">4155551213</Number>'
        "</Dial></Response>"
    )


def test_the_message_goes_to_each_whisper() -> None:
    """And FailUrl to the action."""
    dialled = answer("simulring", f"PhoneNumbers=1&PhoneNumbers=2&Message=Hi&FailUrl={FAIL_URL}").document
    assert urls(dialled, "url") == [("whisper", {"Message": "Hi"})] * 2
    assert urls(dialled, "action") == [("simulring", {"Dial": "true", "FailUrl": FAIL_URL})]


def test_the_numbers_are_sorted() -> None:
    """As in the original: they ring at once, so the order has no effect."""
    dialled = answer("simulring", "PhoneNumbers[]=4155551213&PhoneNumbers[]=4155551212").document
    assert dialled.index("4155551212") < dialled.index("4155551213")


def test_ten_phones_ring_at_most() -> None:
    """Twilio dials no number when there are more; the rest is logged."""
    asked = parameters("&".join(f"PhoneNumbers[]=41555500{index:02}" for index in range(12)))
    answered = TWIMLETS["simulring"].answer(asked)
    assert isinstance(answered, Answer)
    assert answered.document.count("<Number") == 10
    assert "4155550009" in answered.document
    assert "4155550010" not in answered.document
    assert asked.problems == ["PhoneNumbers: only the first 10 ring, which is Twilio's limit"]


def test_the_call_ends_or_continues_at_fail_url() -> None:
    """As in forward."""
    assert document("simulring", f"Dial=true&FailUrl={FAIL_URL}", DialCallStatus="completed") == HANGUP
    assert document("simulring", "Dial=true&FailUrl=", DialCallStatus="no-answer") == HANGUP
    assert answer("simulring", f"Dial=true&FailUrl={FAIL_URL}", DialCallStatus="no-answer").location == FAIL_URL


def test_defect_5_without_numbers_nobody_is_dialled() -> None:
    """FailUrl, or the call ends."""
    assert document("simulring", "PhoneNumbers[]=&Message=Hi") == HANGUP
    assert answer("simulring", f"FailUrl={FAIL_URL}").location == FAIL_URL
