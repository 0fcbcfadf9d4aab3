"""One mistake in numbers.toml: where, of what kind, and what to write instead."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

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

_DIGITS = r"\+?[0-9]{5,}"


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
        return f"{re.sub(_DIGITS, '…', self.path) or 'numbers.toml'}: {self.kind}"

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        level = "warning: " if self.warning else ""
        return f"{place}{level}{self.path or 'numbers.toml'}: {self.wrong}. {self.write}"
