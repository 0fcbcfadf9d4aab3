"""When two numbers are the same phone."""

import phonenumbers
import pytest

from switchboard.twimlets.numbers import same_number


@pytest.mark.parametrize(
    ("caller", "listed"),
    [
        ("+14155550123", "+14155550123"),
        ("+14155550123", "4155550123"),
        ("+14155550123", "14155550123"),
        ("+14155550123", "(415) 555-0123"),
        ("4155550123", "+14155550123"),
        ("+351211234567", "211234567"),
        ("+351211234567", "351211234567"),
        ("+442079460000", "020 7946 0000"),
        ("+442079460000", "2079460000"),
        ("+79991234567", "9991234567"),
        ("client:alice", "client:alice"),
    ],
)
def test_the_same_phone(caller: str, listed: str) -> None:
    """With and without country code, in every form."""
    assert same_number(caller, listed)


@pytest.mark.parametrize(
    ("caller", "listed"),
    [
        ("+14155550123", "+14155550124"),
        ("+3514155550123", "+14155550123"),
        ("+14155550123", "5550123"),
        ("+14155550123", "0123"),
        ("client:alice", "client:bob"),
        ("client:alice", "+14155550123"),
        ("anonymous", "+14155550123"),
        ("", "+14155550123"),
        ("+14155550123", "nobody"),
    ],
)
def test_another_phone(caller: str, listed: str) -> None:
    """An equal end alone is not enough."""
    assert not same_number(caller, listed)


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_every_country_code_is_known(code: int) -> None:
    """The table here is small, because a caller waits while it is loaded; phonenumbers has them all."""
    assert same_number(f"+{code}234567890", "234567890")
    assert not same_number(f"+{code}1234567890", "234567890")
