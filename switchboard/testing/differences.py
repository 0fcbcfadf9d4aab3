"""What a test expects beside what a person heard or got, as lines that one reads at a glance."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def check_in_order(expected: Sequence[str], found: list[str], title: str) -> list[str]:
    """Returns what follows the expected lines, which are among the found ones in this order. Raises AssertionError."""
    __tracebackhide__ = True
    rest = found
    for line in expected:
        if line not in rest:
            raise AssertionError(difference(expected, found, title))
        rest = rest[rest.index(line) + 1 :]
    return rest


def check_same(expected: Sequence[str], found: list[str], title: str) -> None:
    """Raises AssertionError unless both are the same."""
    __tracebackhide__ = True
    if list(expected) != found:
        raise AssertionError(difference(expected, found, title))


def difference(expected: Sequence[str], found: Sequence[str], title: str) -> str:
    """Returns a diff: `-` is what the test expects, `+` what was found."""
    lines = (line.rstrip() for line in difflib.ndiff(list(expected), list(found) or ["(nothing)"]))
    return "\n".join([f"{title} (- the test expects, + happened):", *(f"  {line}" for line in lines)])
