"""How a row is measured: its cases one after another, round by round, so that all see the same machine."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from benchmarks.figures import Figures, Runs

Case = Callable[[], Awaitable[Figures]]


@dataclass(frozen=True)
class Plan:
    """The options of a run: `quick` takes fewer rounds and fewer texts, for a developer who waits."""

    quick: bool = False

    def rounds(self, full: int) -> int:
        """Returns the number of rounds."""
        return 2 if self.quick else full

    def size(self, full: int) -> int:
        """Returns the number of units."""
        return max(1, full // 5) if self.quick else full

    async def interleave(self, row: str, cases: Mapping[str, Case], rounds: int) -> Runs:
        """Runs every case in every round, every other round in the reverse order."""
        runs: Runs = {name: [] for name in cases}
        for number in range(rounds):
            order = list(cases) if number % 2 == 0 else list(reversed(list(cases)))
            for name in order:
                self.say(f"{row}: round {number + 1} of {rounds}, {name}")
                runs[name].append(await cases[name]())
        self.say("")
        return runs

    def say(self, text: str) -> None:
        """Shows progress on a terminal, in one line."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
