"""Which phone numbers an agent's browser may dial. Imports phonenumbers: a call to somebody else needs none of it.

A page can be forged by whoever holds an agent's key, and calls cost money: by default only the caller ID's own country,
and never the ranges that fraud calls. Twilio's Geo permissions are the second bound.
"""

from __future__ import annotations

from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType

# https://www.itu.int/pub/T-SP-E.164D: satellite (870, 881), international networks (882, 883), universal personal
# numbers (878), shared cost (808), premium (979) and freephone (800). phonenumbers calls all of them non-geographic.
NON_GEOGRAPHIC = "001"
COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER})
NORTH_AMERICA = 1
# Personal numbers of North America, which cost as others do, and Twilio's test numbers (+1 500 555 …).
PERSONAL_AREA = "5"
PREMIUM_AREA = "900"

Reason = Literal["", "not_a_number", "premium", "satellite", "country", "not_allowed"]


def refusal(number: str, caller_id: str, allowed: tuple[str, ...]) -> Reason:
    """Returns why a number in E.164 may not be dialled, "" when it may.

    `allowed` are the prefixes of ALLOWED_DESTINATIONS; without any, the number must be of the caller ID's country.
    """
    parsed = _parsed(number)
    if parsed is None:
        return "not_a_number"
    if phonenumbers.region_code_for_country_code(parsed.country_code or 0) == NON_GEOGRAPHIC:
        return "satellite"
    if _is_costly(parsed):
        return "premium"
    # Too short also means a short code or an emergency number with a country code before it.
    if not phonenumbers.is_possible_number(parsed):
        return "not_a_number"
    if allowed:
        return "" if number.startswith(allowed) else "not_allowed"
    own = _parsed(caller_id)
    return "" if own and _country(parsed) == _country(own) else "country"


def canonical(number: str) -> str:
    """Returns the number as it is checked, without what people write after a country code, as the 0 of +44 (0)20."""
    parsed = _parsed(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if parsed else number


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def _is_costly(number: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(number)
    if number.country_code == NORTH_AMERICA and national.startswith((PREMIUM_AREA, PERSONAL_AREA)):
        return national.startswith(PREMIUM_AREA)
    kind = phonenumbers.number_type(number)
    return kind in COSTLY or (kind == PhoneNumberType.UNKNOWN and _begins_costly(number, national))


def _begins_costly(number: phonenumbers.PhoneNumber, national: str) -> bool:
    """Returns whether a costly number with digits after it was written: a network ignores what follows a number."""
    beginnings = (_parsed(f"+{number.country_code}{national[:length]}") for length in range(3, len(national)))
    return any(each and phonenumbers.number_type(each) in COSTLY for each in beginnings)


def _country(number: phonenumbers.PhoneNumber) -> str:
    """Returns the country, as `US` or `CA`, which share a country code."""
    return phonenumbers.region_code_for_number(number) or f"+{number.country_code}"
