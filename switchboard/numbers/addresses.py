"""Phone numbers as numbers.toml writes them. `switchboard.addresses` says which address can be dialled."""

from __future__ import annotations

import re

# With the end of the text, and not before a line break at the end: JSON Schema searches.
E164 = r"^\+[1-9][0-9]{6,14}$(?!\n)"


def is_e164(address: str) -> bool:
    """Whether it is written as E.164, as +351211234567."""
    return re.match(E164, address) is not None
