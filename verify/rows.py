"""A row of the checklist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from verify.run import Run

# Returns what it found. Raises RowFailed or another expected error of ops, or LeftOut.
Check = Callable[[Run], Awaitable[str]]


@dataclass(frozen=True)
class Row:
    """One row: its name, what it checks, what to do when it fails, and the rows that it depends on."""

    name: str
    checks: str
    remedy: str
    check: Check
    needs: tuple[str, ...] = ()
