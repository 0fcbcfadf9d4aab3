"""Compares phone numbers as people write them."""

from __future__ import annotations

import re

# The country codes of two digits; 1 and 7 have one, all others three. ITU-T E.164, annex of assigned codes.
_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def same_number(one: str, other: str) -> bool:
    """Returns whether two numbers are one phone: compares digits, with and without country code.

    >>> same_number("+14155550123", "(415) 555-0123"), same_number("+442079460000", "020 7946 0000")
    (True, True)
    >>> same_number("+14155550123", "+3514155550123")
    False
    """
    if not (_digits(one) and _digits(other)):
        return one == other
    return _bare(one) == _bare(other) or _is_national(one, other) or _is_national(other, one)


def _is_national(number: str, other: str) -> bool:
    """Returns whether `other`, without country code, is `number` without its own."""
    return number.startswith("+") and not other.startswith("+") and _without_country(number) == _bare(other).lstrip("0")


def _without_country(number: str) -> str:
    digits = _digits(number)
    if digits[0] in "17":
        return digits[1:]
    return digits[2:] if _TWO_DIGITS.match(digits) else digits[3:]


def _bare(number: str) -> str:
    """Returns the digits, without the leading 1 of a North American number."""
    digits = _digits(number)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)
