"""Phone numbers as Twilio writes them: which can be dialled, and which caller ID a dialled phone shows."""

from __future__ import annotations

import re

E164 = r"^\+[1-9][0-9]{6,14}$(?!\n)"
_E164 = re.compile(E164)

# Withheld callers arrive as a word, or as the word's letters on a keypad: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN,
# UNAVAILABLE. https://help.twilio.com/articles/223179988
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


def is_e164(address: str) -> bool:
    """Whether it is written as E.164, as +351211234567."""
    return _E164.match(address) is not None


def is_dialable(address: str) -> bool:
    """Whether somebody can be called or texted there: E.164, and not Twilio's number for a withheld caller."""
    return is_e164(address) and address not in WITHHELD


def caller_id(caller: str, called: str, configured: str) -> str:
    """What a dialled phone shows: the caller, else the file's `caller_id`, else the number that was called.

    Twilio accepts no other (13214). "" when none of them is a phone number.

    >>> caller_id("Anonymous", "+351210000001", ""), caller_id("client:alice", "sip:x@y", "+351210000002")
    ('+351210000001', '+351210000002')
    """
    if is_dialable(caller):
        return caller
    return configured or (called if is_dialable(called) else "")
