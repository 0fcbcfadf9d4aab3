"""What is measured: figures of one run, their medians and spreads, and the lines of the table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one case: seconds of time and of CPU, peak memory in bytes, and for how many units that was."""

    seconds: float = 0
    cpu: float = 0
    peak: float = 0
    units: int = 1

    def value(self, figure: str) -> float:
        """Returns a figure: `time` and `cpu` are seconds a unit, `memory` is bytes."""
        return {"time": self.seconds / self.units, "cpu": self.cpu / self.units, "memory": self.peak}[figure]


class Spread(msgspec.Struct, frozen=True):
    """The median of several values, with the quartiles below and above it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Returns the spread of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table: a value, what it is compared with, and the limit that is to be reached if there is one.

    `unit` is "×" for a ratio to `baseline`. `limit` is the most, or the least with `at_least`.
    """

    what: str
    value: Spread
    unit: str = "×"
    baseline: str = ""
    limit: float | None = None
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether the limit is reached; None without one."""
        if self.limit is None:
            return None
        return self.value.median >= self.limit if self.at_least else self.value.median <= self.limit


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A row's result: its findings, and for each case the spread of each figure (seconds, seconds, bytes)."""

    name: str
    title: str
    rounds: int
    findings: list[Finding]
    cases: dict[str, dict[str, Spread]] = {}


Runs = dict[str, list[Figures]]


def ratio(
    runs: Runs, figure: str, case: str, baseline: str, *, limit: float | None = None, at_least: bool = False
) -> Finding:
    """Returns a case's figure divided by the baseline's, round by round: both saw the same machine."""
    pairs = zip(runs[case], runs[baseline], strict=True)
    values = [mine.value(figure) / theirs.value(figure) for mine, theirs in pairs]
    return Finding(what=f"{case}: {figure}", value=Spread.of(values), baseline=baseline, limit=limit, at_least=at_least)


def times_less(runs: Runs, figure: str, case: str, baseline: str, *, limit: float) -> Finding:
    """Returns how many times less than the baseline a case takes."""
    inverse = ratio(runs, figure, baseline, case, limit=limit, at_least=True)
    return msgspec.structs.replace(inverse, what=f"{case}: {figure}, times less", baseline=baseline)


def spreads(runs: Runs) -> dict[str, dict[str, Spread]]:
    """Returns the spread of each figure of each case; a figure that is never measured is left out."""
    return {
        case: {
            figure: Spread.of([each.value(figure) for each in measured])
            for figure in ("time", "cpu", "memory")
            if any(each.value(figure) for each in measured)
        }
        for case, measured in runs.items()
    }
