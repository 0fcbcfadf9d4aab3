"""Coroutines driven by hand, with no event loop: each effect yields first, so that anything may happen in between.

A run that is paused before an effect can be left there while others go on or time passes, and it can be closed there:
that is a worker that dies. What happens between two effects is pure, so no crash is left out.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeVar

from switchboard.delivery.record import DeliveryKey
from switchboard.errors import StorageUnavailable
from tests.memory import NOON

T = TypeVar("T")


class Fault(Enum):
    """What becomes of one request to storage."""

    NONE = "it is done"
    BEFORE = "it never arrives"
    AFTER = "it is done, and its answer is lost"


class Turn:
    """Awaited where another may have its turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass
class Run:
    """One invocation: a coroutine, and what the promises are measured by.

    `begun` is when it began, `allowed` when it was told that a recipient, by partition, had not stopped a sender;
    `blind` says that a table did not tell it what it asked for.
    """

    coroutine: Coroutine[object, None, object]
    key: DeliveryKey | None = None
    begun: datetime = NOON
    allowed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    ended: bool = False
    failed: bool = False
    blind: bool = False


@dataclass
class Stage:
    """Whose turn it is, and what storage does: `faults` are the next requests', `away` is all of them."""

    current: Run | None = None
    faults: deque[Fault] = field(default_factory=deque)
    tables_away: bool = False
    queues_away: bool = False

    def step(self, run: Run) -> None:
        """Let a run do its next effect, and pause it before the one after. Only StorageUnavailable may leave it."""
        self.current = run
        try:
            run.coroutine.send(None)
        except StopIteration:
            run.ended = True
        except StorageUnavailable:
            run.ended = run.failed = True
        finally:
            self.current = None

    def finish(self, run: Run) -> None:
        """Let a run do all that it does."""
        while not run.ended:
            self.step(run)

    async def table(self, do: Callable[[], Awaitable[T]]) -> T:
        """A request to a table."""
        await Turn()
        try:
            return await self._storage(do, away=self.tables_away)
        except StorageUnavailable:
            if self.current:
                self.current.blind = True
            raise

    async def queue(self, do: Callable[[], Awaitable[T]]) -> T:
        """A request to a queue."""
        await Turn()
        return await self._storage(do, away=self.queues_away)

    async def _storage(self, do: Callable[[], Awaitable[T]], *, away: bool) -> T:
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if away or fault is Fault.BEFORE:
            raise StorageUnavailable("storage did not answer")
        result = await do()
        if fault is Fault.AFTER:
            raise StorageUnavailable("storage's answer was lost")
        return result
