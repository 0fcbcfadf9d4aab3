"""Texts of an outbox: put evenly, sent by instances that are added as the queue grows, delivered at a sender's rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec

from benchmarks.simulation.loop import Loop, Server
from benchmarks.simulation.parameters import Parameters

BATCH = 16
# Beside the receive: the opt-out, the claim, its result, the deletion of the message; and for each callback a read,
# an event and a write (measured: rows `transactions` and `callbacks`).
TABLE_OF_A_TEXT = 3
OF_A_CALLBACK = 3


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """So many texts, put evenly over so many seconds, for so many senders of so many texts a second each."""

    name: str
    texts: int = 1_000_000
    seconds: float = 3600
    senders: int = 1
    sender_rate: float = 1


@dataclass
class Outcome:
    """What became of a scenario. `waiting`, `instances` and `delivered` have a value for each minute."""

    scenario: Scenario
    sent_after: float = 0
    delivered_after: float = 0
    overflowed: int = 0
    busiest: dict[str, float] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    instances: list[int] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)

    @property
    def gives_way(self) -> str:
        """What is at its limit, the worst first; "nothing" when all hold."""
        full = [name for name, share in sorted(self.busiest.items(), key=lambda item: -item[1]) if share >= 1]
        return ", ".join(full) or "nothing"


class Texts:
    """The simulation of one scenario."""

    def __init__(self, scenario: Scenario, parameters: Parameters) -> None:
        self._scenario = scenario
        self._of = parameters
        self._loop = loop = Loop()
        self._outbox = Server(loop, parameters.queue_rate)
        self._events = Server(loop, parameters.queue_rate)
        self._account = Server(loop, parameters.account_rate)
        self._sender = Server(loop, scenario.senders * scenario.sender_rate)
        self._cores: list[Server] = []
        self._free = 0
        self._coming = 0
        self._waiting = self._sent = self._delivered = 0
        self.outcome = Outcome(scenario)

    def run(self, hours: float = 24) -> Outcome:
        """Runs until everything is delivered, or for so many hours."""
        self._put(0)
        self._decide()
        self._note()
        while self._loop.now < hours * 3600 and not self._is_done():
            self._loop.run(self._loop.now + 60)
        self._summarize()
        return self.outcome

    def _is_done(self) -> bool:
        return self._delivered + self.outcome.overflowed >= self._scenario.texts

    def _put(self, number: int) -> None:
        """The senders' systems put a batch; the next one follows in time."""
        if number >= self._scenario.texts:
            return
        size = min(BATCH, self._scenario.texts - number)
        self._account.serve(size)
        self._after(self._outbox.serve(size), lambda: self._arrive(size))
        self._after(BATCH * self._scenario.seconds / self._scenario.texts, lambda: self._put(number + size))

    def _arrive(self, size: int) -> None:
        self._waiting += size
        self._work()

    def _decide(self) -> None:
        """Azure adds instances for what waits, at most as many as there are."""
        wanted = min(self._of.most_instances, -(-self._waiting // self._of.queue_concurrency))
        there = len(self._cores) + self._coming
        for _ in range(max(0, min(wanted - there, max(1, there)))):
            self._coming += 1
            self._after(self._of.instance_ready, self._start)
        if not self._is_done():
            self._after(self._of.decision, self._decide)

    def _start(self) -> None:
        self._coming -= 1
        self._cores.append(Server(self._loop, 1))
        self._free += self._of.queue_concurrency
        self._work()

    def _work(self) -> None:
        """Free places take batches."""
        while self._free >= BATCH and self._waiting:
            size = min(BATCH, self._waiting)
            self._waiting -= size
            self._free -= size
            core = min(self._cores, key=lambda each: each.backlog)
            cpu = core.serve(size * self._of.text_cpu)
            # One receive of a batch, and a deletion of each message.
            queue = self._outbox.serve(1 + size)
            storage = self._account.serve(1 + size + TABLE_OF_A_TEXT * size)
            self._after(max(cpu, queue, storage) + self._of.text_seconds, partial(self._accepted, size))

    def _accepted(self, size: int) -> None:
        """Twilio has the texts: they wait for their sender."""
        self._free += size
        self._sent += size
        self.outcome.sent_after = self._loop.now
        if self._sender.backlog > self._of.most_backlog:
            self.outcome.overflowed += size
        else:
            self._after(self._sender.serve(size), lambda: self._called_back(size))
        self._work()

    def _called_back(self, size: int) -> None:
        callbacks = size * self._of.callbacks
        self._events.serve(callbacks)
        self._account.serve(callbacks * OF_A_CALLBACK)
        self._delivered += size
        self.outcome.delivered_after = self._loop.now

    def _note(self) -> None:
        self.outcome.waiting.append(self._waiting)
        self.outcome.instances.append(len(self._cores))
        self.outcome.delivered.append(self._delivered)
        if not self._is_done():
            self._after(60, self._note)

    def _summarize(self) -> None:
        """Compares what is asked within an hour with what each part can do in it."""
        seconds = 3600
        busy = {
            "the senders' rate": self._scenario.texts / self._sender.rate,
            "the outbox queue": self._outbox.busy,
            "the events queue": self._events.busy,
            "the storage account": self._account.busy,
            "all instances": self._scenario.texts * self._of.text_cpu / self._of.most_instances,
        }
        self.outcome.busiest = {name: each / seconds for name, each in busy.items()}

    def _after(self, seconds: float, event: Callable[[], None]) -> None:
        self._loop.after(seconds, event)
