"""The result of a row of the checklist, and the errors that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ops.errors import OpsError

Outcome = Literal["ok", "failed", "not run", "left out"]


class RowFailed(OpsError):
    """What a row checks is not so. `remedy` is what to do, "" for the row's own."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


class LeftOut(Exception):
    """The row does not apply to this target. The message is the reason."""


@dataclass(frozen=True)
class Result:
    """The result of a row. `detail` is what was found, the problem, or the reason; `seconds` how long it took."""

    name: str
    outcome: Outcome
    detail: str
    remedy: str = ""
    seconds: float = 0
