"""Whole numbers in text that others wrote."""

from __future__ import annotations

MOST_DIGITS = 9


def whole(text: str) -> int | None:
    """The number, None when the text is anything else, or longer than any number meant here."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
