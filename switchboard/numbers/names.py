"""Names of numbers, agents, queues and menus: they travel in URLs and logs, so a phone number is none."""

from __future__ import annotations

import re

NAME_HINT = "Write up to 64 letters, digits, spaces, dots, &, -, _ or apostrophes, but no phone number."

_NAME = r"[^\W_](?:[\w .&'’-]{0,62}[\w.])?"
_NUMBER = r"\d[\d .-]{5,}\d"


def is_name(text: str) -> bool:
    """Whether it may name something.

    >>> is_name("Front desk"), is_name("351 210 000 001"), is_name("")
    (True, False, False)
    """
    return re.fullmatch(_NAME, text) is not None and re.search(_NUMBER, text) is None
