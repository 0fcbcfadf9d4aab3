"""What is wrong in numbers.toml: where, what kind of mistake, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from switchboard.numbers.positions import Lines, Path, rendered

Kind = Literal[
    "not-toml",
    "unknown-field",
    "missing",
    "wrong-type",
    "wrong-value",
    "unknown-name",
    "duplicate",
    "conflict",
    "circle",
    "setting",
    "placeholder",
    "no-pin",
    "silent-menu",
    "opt-out-word",
]

MOST_CHOICES = 20
_DIGITS = re.compile(r"\+?[0-9]{5,}")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake, or one warning.

    `path` is the TOML path (`numbers[0].menu.1.ring`), "" for the file as a whole. `line` counts from 1; 0 means that
    it is not known. `wrong` and `write` may quote the file and are for its owner only; `public` never does.
    """

    path: str
    line: int
    kind: Kind
    wrong: str
    write: str
    warning: bool = False

    @property
    def public(self) -> str:
        """Path and kind, for `/api/health`: no value of the file, and no run of digits that may be a number."""
        return f"{_DIGITS.sub('…', self.path) or 'numbers.toml'}: {self.kind}"

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        level = "warning: " if self.warning else ""
        return f"{place}{level}{self.path or 'numbers.toml'}: {self.wrong}. {self.write}"


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
