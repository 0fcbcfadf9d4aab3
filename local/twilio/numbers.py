"""Whole numbers in requests and documents."""

from __future__ import annotations

MOST_DIGITS = 9


def whole(text: str) -> int | None:
    """Parse a number of ASCII digits; None for any other text, and for more than MOST_DIGITS."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
