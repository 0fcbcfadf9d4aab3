"""The number of SMS segments of a text."""

from __future__ import annotations

from math import ceil

# GSM 03.38's basic alphabet, and its extension, of which each character takes two places.
_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = set("^{}\\[~]|€\f")


def encoding(text: str) -> str:
    """Return the encoding that Twilio sends a text in: `GSM-7`, or `UCS-2` for all other characters."""
    return "GSM-7" if set(text) <= _BASIC | _EXTENSION else "UCS-2"


def count_segments(text: str) -> int:
    """Count the segments, at least 1: of 160 characters, or 153 each in several; beyond GSM-7 of 70, or 67."""
    if encoding(text) == "GSM-7":
        places, alone, joined = sum(2 if character in _EXTENSION else 1 for character in text), 160, 153
    else:
        places, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if places <= alone else ceil(places / joined)
