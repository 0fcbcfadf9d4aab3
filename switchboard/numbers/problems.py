"""Collects the mistakes in numbers.toml, with the line of each."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from switchboard.numbers.positions import Lines, Path, rendered
from switchboard.numbers.problem import Kind, Problem

MOST_CHOICES = 20


class _Found(msgspec.Struct, frozen=True):
    path: Path
    kind: Kind
    wrong: str
    write: str
    warning: bool


class Problems:
    """Collects problems by path; lines are looked up once, at the end, and only when there is a problem."""

    def __init__(self) -> None:
        self._found: list[_Found] = []

    def add(self, path: Path, kind: Kind, wrong: str, write: str) -> None:
        """Record a mistake. `wrong` has no full stop at its end; `write` is a whole sentence."""
        self._found.append(_Found(path, kind, wrong, write, warning=False))

    def warn(self, path: Path, kind: Kind, wrong: str, write: str) -> None:
        """Record something that works but is probably not meant."""
        self._found.append(_Found(path, kind, wrong, write, warning=True))

    def in_order(self, text: str) -> tuple[Problem, ...]:
        """All of them in the order of their lines."""
        if not self._found:
            return ()
        lines = Lines(text)
        return tuple(sorted((_at_line(found, lines) for found in self._found), key=lambda each: each.line))


def _at_line(found: _Found, lines: Lines) -> Problem:
    return Problem(
        path=rendered(found.path),
        line=lines.of(found.path),
        kind=found.kind,
        wrong=found.wrong,
        write=found.write,
        warning=found.warning,
    )


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str:
    """The known name that is most like this one, "" when none is; `least` is how like, 1 for equal."""
    # Imported here: a file without mistakes never needs it, and a caller may be waiting.
    from difflib import get_close_matches

    by_small_letters = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), by_small_letters, n=1, cutoff=least)
    return by_small_letters[found[0]] if found else ""


def choices(known: Iterable[str]) -> str:
    """`"a", "b"`, or `none` for an empty list; the first twenty."""
    names = sorted(known)
    more = ", …" if len(names) > MOST_CHOICES else ""
    return ", ".join(f'"{name}"' for name in names[:MOST_CHOICES]) + more or "none"
