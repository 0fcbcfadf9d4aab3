"""Phone numbers and other addresses that Twilio accepts."""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CHANNEL = re.compile(r"(whatsapp|messenger|rcs|client|sip):.+")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _&+-]{1,11}")
_PUNCTUATION = str.maketrans("", "", " -().")

# The values that Twilio sends for a withheld caller: words as the keys of a telephone. They look like numbers.
WITHHELD = frozenset({"+266696687", "+7378742833", "+86282452253", "+2562533", "+8656696"})


def normalise(address: str) -> str:
    """Remove spaces and punctuation from a number; other addresses stay as they are."""
    stripped = address.translate(_PUNCTUATION)
    return stripped if _E164.fullmatch(stripped) else address.strip()


def is_e164(address: str) -> bool:
    """Is it `+`, a country and a number that a telephone can have?"""
    return bool(_E164.fullmatch(address)) and address not in WITHHELD


def can_be_caller(address: str) -> bool:
    """Has it the form of anything that a call or text to the account may come from?"""
    return is_e164(address) or address in WITHHELD or (is_sender(address) and not address.startswith("+"))


def completed(number: str, sender: str) -> str:
    """Return a North American number without its country in E.164, as Twilio reads it for a sender of that country."""
    digits = number.translate(_PUNCTUATION)
    return f"+1{digits}" if sender.startswith("+1") and re.fullmatch(r"[2-9][0-9]{9}", digits) else number


def can_be_texted(address: str) -> bool:
    """Is it a number, or an address of a channel with one?"""
    return is_e164(address.removeprefix("whatsapp:")) or address.startswith("messenger:")


def can_be_called(address: str) -> bool:
    """Is it a number, a browser client or a SIP address?"""
    return is_e164(address) or address.startswith(("client:", "sip:"))


def is_sender_name(address: str) -> bool:
    """Is it an alphanumeric sender ID: up to 11 characters, one of them a letter?"""
    return bool(_SENDER_NAME.fullmatch(address))


def is_sender(address: str) -> bool:
    """Has it the form of anything that a text may come from?"""
    forms = (_E164, _CHANNEL, _SHORT_CODE, _SENDER_NAME)
    return any(form.fullmatch(address) for form in forms)
