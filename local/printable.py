"""Escapes what must not reach a terminal from outside.

A terminal executes control characters: they move the cursor, hide lines, set the title. Bidirectional controls show a
text in another order than it has.
"""

from __future__ import annotations

import unicodedata

# Control (C0, DEL, C1), format (bidirectional controls among them), surrogates, line and paragraph separators.
UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Format characters that join letters and emoji. They move nothing.
JOINERS = "\u200c\u200d"


def is_unsafe(character: str) -> bool:
    """Returns whether a terminal may do something else than show the character."""
    return unicodedata.category(character) in UNSAFE_CATEGORIES and character not in JOINERS


def escape_controls(text: str, *, keep: str = "") -> str:
    r"""Returns the text with unsafe characters as Python writes them; those in `keep` stay.

    >>> escape_controls("a\x1b[2J\u202eb\n"), escape_controls("a\tb\n", keep="\n")
    ('a\\x1b[2J\\u202eb\\n', 'a\\tb\n')
    """
    if text.isprintable():
        return text
    return "".join(each if each in keep or not is_unsafe(each) else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
