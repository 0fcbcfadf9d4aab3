"""Small readings of text that came from outside: numbers, times, and digests that replace what may not be shown."""

from __future__ import annotations

import hashlib
import re
import string
from datetime import UTC, datetime

# What XML 1.0 cannot hold. Patterns are strings: `re` compiles one when it is first used, and a new worker uses few.
NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

_CAPITALS = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)

# The keywords that Twilio acts on and answers itself in SMS and MMS: the whole body, in any case of ASCII letters.
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

# The id of a command, and of a queue message: what a sender may choose, and what goes into URLs and row keys.
IDENTIFIER = r"[A-Za-z0-9._:-]{1,100}"


def whole_number(text: str, *, most_digits: int = 9) -> int | None:
    """Returns the whole number that ASCII digits spell, None for anything else or more digits.

    `str.isdigit` alone accepts digits of every script, and `int` accepts signs, spaces and underscores.

    >>> whole_number("0042"), whole_number("٤٢"), whole_number("-1"), whole_number("1234567890")
    (42, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


def keyword(text: str) -> str:
    """Returns a text as keywords are compared: without white space around it, ASCII letters in capitals.

    `str.upper` alone makes ASCII words of other letters.

    >>> keyword(" stop\\n"), keyword("\u017ftop"), keyword("Horário")
    ('STOP', '\u017fTOP', 'HORáRIO')
    """
    return text.strip().translate(_CAPITALS)


def xml_text(text: str) -> str:
    """Returns a text without the characters that XML cannot hold.

    It can hold every printable character, and most texts have no others: that check needs no pattern.

    >>> xml_text("a\x07b\n")
    'ab\\n'
    """
    return text if text.isprintable() else re.sub(NOT_XML, "", text)


def short_digest(text: str) -> str:
    """Returns the first 32 hex digits of SHA-256: identifies a number or URL where the text itself must not appear."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def full_digest(text: str) -> str:
    """Returns SHA-256 in hex, "" for an empty text."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def moment(text: str) -> datetime | None:
    """Returns the time that an RFC 2822 date names, in UTC, None for anything else. Twilio's webhooks write them so.

    >>> moment("Sat, 31 Jan 2026 09:00:00 +0100"), moment("yesterday")
    (datetime.datetime(2026, 1, 31, 8, 0, tzinfo=datetime.timezone.utc), None)
    """
    # A call's first webhook, which a caller waits for, reads no time.
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
