"""What the dialling Twimlets share: the number that a dialled phone shows."""

import pytest

from tests.twimlets import answer, urls

CALLED = "+15005550001"
DIALS = {
    "forward": "PhoneNumber=4155551212",
    "callme": "PhoneNumber=4155551212",
    "simulring": "PhoneNumbers[]=4155551212&PhoneNumbers[]=4155551213",
    "findme": "PhoneNumbers[]=4155551212&PhoneNumbers[]=4155551213",
    "findme, next": "Dial=true&Timeout=5&PhoneNumbers[]=4155551213",
}
NUMBERLESS = ("client:alice", "sip:bob@pbx.example.com", "Anonymous", "Blocked", "Unknown", "+266696687", "")


def dialled(name: str, **form: str) -> str:
    """The document of a Twimlet that dials."""
    document = answer(name.partition(",")[0], DIALS[name], DialCallStatus="no-answer", **form).document
    assert "<Dial" in document
    return document


@pytest.mark.parametrize("caller", NUMBERLESS)
@pytest.mark.parametrize("name", DIALS)
def test_a_caller_without_a_number_is_dialled_for_by_the_called_number(name: str, caller: str) -> None:
    """Twilio refuses the Dial otherwise (13214)."""
    assert f'callerId="{CALLED}"' in dialled(name, From=caller, To=CALLED)
    assert f'callerId="{CALLED}"' in dialled(name, Caller=caller, Called=CALLED)


@pytest.mark.parametrize("name", DIALS)
def test_a_caller_with_a_number_shows_it(name: str) -> None:
    """Twilio passes it on by itself, and the answer stays that of twimlets.com."""
    assert "callerId" not in dialled(name, From="+14155550123", To=CALLED)


@pytest.mark.parametrize("name", DIALS)
def test_no_caller_id_is_invented(name: str) -> None:
    """A call between addresses without a number has none."""
    assert "callerId" not in dialled(name, From="client:alice", To="sip:1@contoso.sip.twilio.com")


@pytest.mark.parametrize("name", ["callme", "simulring", "findme", "findme, next"])
@pytest.mark.parametrize(("caller", "announced"), [("client:alice", "alice"), ("", "somebody who shows no number")])
def test_a_callee_hears_who_calls_and_not_the_number_that_is_shown(name: str, caller: str, announced: str) -> None:
    """The callee's leg has our own number as its caller, so the announcement travels in the URL."""
    text = f"You are receiving a call from {announced}.  Press any key to accept."
    for _, keys in urls(dialled(name, From=caller, To=CALLED), "url"):
        assert keys["Message"] == text
    for _, keys in urls(dialled(name, From="+14155550123", To=CALLED), "url"):
        assert keys["Message"] == ""


def test_no_number_travels_in_a_url() -> None:
    """The number of a SIP address is not spelled there either."""
    ((_, keys),) = urls(dialled("callme", From="sip:4155550123@contoso.sip.twilio.com", To=CALLED), "url")
    assert keys["Message"].startswith("You are receiving a call from somebody who shows no number.")


@pytest.mark.parametrize("name", ["callme", "simulring", "findme"])
def test_a_message_of_the_url_goes_before_the_announcement(name: str) -> None:
    """Also for a caller without a number."""
    document = answer(name, f"{DIALS[name]}&Message=Hi", From="client:alice", To=CALLED).document
    assert {keys["Message"] for _, keys in urls(document, "url")} == {"Hi"}


@pytest.mark.parametrize("caller", ["client:alice", "+14155550123"])
def test_the_urls_own_caller_id_goes_first(caller: str) -> None:
    """`CallerId` of forward."""
    document = answer("forward", "PhoneNumber=1&CallerId=4155550100", From=caller, To=CALLED).document
    assert 'callerId="4155550100"' in document
