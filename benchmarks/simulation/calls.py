"""Calls after an idle night: no instance is there, and every caller waits for the first answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from random import Random

import msgspec

from benchmarks.simulation.loop import Loop, Server
from benchmarks.simulation.parameters import Parameters

# Twilio waits this long for an answer.
PATIENCE = 15.0
# Besides the first answer: a menu, an action and an end of the call, and its status.
MORE_WEBHOOKS = 3
BETWEEN = 8.0


class Morning(msgspec.Struct, frozen=True, kw_only=True):
    """So many calls a minute for so many minutes; `ready` instances are always there."""

    name: str
    calls_a_minute: float = 1000
    minutes: float = 5
    ready: int = 0
    seed: int = 1


@dataclass
class Answers:
    """How long callers waited for the first answer, in seconds, by the time of their call; and the instances."""

    morning: Morning
    begun: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    instances: list[tuple[float, int]] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Returns the wait that this share of the callers did not exceed."""
        ordered = sorted(self.waited)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def lost(self) -> int:
        """The callers who waited longer than Twilio."""
        return sum(wait > PATIENCE for wait in self.waited)

    @property
    def slow_until(self) -> float:
        """When the last caller called who waited more than a second; 0 when nobody did."""
        pairs = zip(self.begun, self.waited, strict=True)
        return max((begun for begun, wait in pairs if wait > 1), default=0.0)


class Calls:
    """The simulation of one morning."""

    def __init__(self, morning: Morning, parameters: Parameters) -> None:
        self._morning = morning
        self._of = parameters
        self._random = Random(morning.seed)  # noqa: S311  # a simulation
        self._loop = Loop()
        self._cores = [Server(self._loop, 1) for _ in range(morning.ready)]
        self._coming = 0
        self._running = 0
        # Each waits with the time of its arrival; None for a webhook that is not a call's first.
        self._waiting: list[float | None] = []
        self.answers = Answers(morning)

    def run(self) -> Answers:
        """Runs the morning, and half a minute more."""
        self._call()
        self._decide()
        self._loop.run(self._morning.minutes * 60 + 30)
        return self.answers

    def _call(self) -> None:
        if self._loop.now >= self._morning.minutes * 60:
            return
        self._arrive(self._loop.now)
        for number in range(MORE_WEBHOOKS):
            self._loop.after(BETWEEN * (number + 1), lambda: self._arrive(None))
        self._loop.after(self._random.expovariate(self._morning.calls_a_minute / 60), self._call)

    def _arrive(self, begun: float | None) -> None:
        self._waiting.append(begun)
        self._work()

    def _work(self) -> None:
        while self._waiting and self._running < len(self._cores) * self._of.http_concurrency:
            begun = self._waiting.pop(0)
            self._running += 1
            core = min(self._cores, key=lambda each: each.backlog)
            self._loop.after(core.serve(self._of.webhook_cpu), partial(self._answered, begun))

    def _answered(self, begun: float | None) -> None:
        self._running -= 1
        if begun is not None:
            self.answers.begun.append(begun)
            self.answers.waited.append(self._loop.now - begun)
        self._work()

    def _decide(self) -> None:
        """Azure adds instances for the requests that wait, at most as many as there are."""
        there = len(self._cores) + self._coming
        wanted = min(self._of.most_instances, -(-(len(self._waiting) + self._running) // self._of.http_concurrency))
        for _ in range(max(0, min(wanted - there, max(1, there)))):
            self._coming += 1
            self._loop.after(self._of.instance_ready, self._start)
        self.answers.instances.append((self._loop.now, len(self._cores)))
        if self._loop.now < self._morning.minutes * 60:
            self._loop.after(0.5, self._decide)

    def _start(self) -> None:
        self._coming -= 1
        self._cores.append(Server(self._loop, 1))
        self._work()
