"""Which caller ID a dialled phone shows: one that Twilio accepts, whoever calls."""

import pytest

from switchboard.numbers import WITHHELD, caller_id, is_dialable, is_e164

CALLER, CALLED, OURS = "+351960000001", "+351210000001", "+351210000002"
NOT_DIALABLE = (
    *("", "Anonymous", "anonymous", "Restricted", "Unavailable", "Blocked", "Unknown"),
    *("client:alice", "sip:+351960000001@fabrikam.net", "351960000001", "+0351960000", "+351960000001\n"),
    *sorted(WITHHELD),
)


def test_a_caller_with_a_number_is_shown() -> None:
    """Agents see who calls."""
    assert caller_id(CALLER, CALLED, OURS) == CALLER


@pytest.mark.parametrize("caller", NOT_DIALABLE)
def test_a_caller_without_a_usable_number_is_shown_as_the_files_caller_id(caller: str) -> None:
    """Twilio refuses the dial otherwise (13214)."""
    assert not is_dialable(caller)
    assert caller_id(caller, CALLED, OURS) == OURS
    assert caller_id(caller, CALLED, "") == CALLED


def test_without_any_number_there_is_no_caller_id() -> None:
    """A browser that called a SIP address, and no caller_id in the file."""
    assert caller_id("client:alice", "sip:desk@fabrikam.net", "") == ""


def test_a_withheld_callers_number_is_e164_all_the_same() -> None:
    """That is why a list is needed."""
    assert all(is_e164(number) for number in WITHHELD)
