"""A discrete event simulation: a clock that jumps from event to event."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Event = Callable[[], None]


class Loop:
    """Runs events in the order of their times; those of the same time in the order in which they were added."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Event]] = []
        self._order = count()

    def after(self, seconds: float, event: Event) -> None:
        """Adds an event."""
        heapq.heappush(self._waiting, (self.now + seconds, next(self._order), event))

    def run(self, until: float) -> None:
        """Runs every event up to a time."""
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, event = heapq.heappop(self._waiting)
            event()
        self.now = until


class Server:
    """Something that serves so many units a second, one after another: a queue, a storage account, a sender, a core.

    `busy` is the time of service so far, `backlog` how long the next unit would wait.
    """

    def __init__(self, loop: Loop, units_a_second: float) -> None:
        self._loop = loop
        self.rate = units_a_second
        self._free_at = 0.0
        self.busy = 0.0

    @property
    def backlog(self) -> float:
        """Seconds until a unit that comes now is begun."""
        return max(0.0, self._free_at - self._loop.now)

    def serve(self, units: float) -> float:
        """Takes units; returns the seconds until they are served."""
        seconds = units / self.rate
        self._free_at = self._loop.now + self.backlog + seconds
        self.busy += seconds
        return self._free_at - self._loop.now
