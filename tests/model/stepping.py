"""Coroutines without an event loop: each effect yields first, so that anything may happen in between.

A run that is paused before an effect can stay there while others continue or time passes, and it can be closed there:
that is a worker that crashes. The code between two effects is pure, so every possible crash is covered.
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
    """The fault of one request to storage."""

    NONE = "it is done"
    BEFORE = "it never arrives"
    AFTER = "it is done, and its answer is lost"
    REPEATED = "it is done twice, and the answer is the second one: a conditional write refuses itself"


class Turn:
    """Awaited where another run may continue."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass
class Run:
    """One invocation: a coroutine, and the data for the checks.

    `begun` is its start, `allowed` when it read that a recipient, by partition, had not opted out of a sender; `blind`
    says that a request to a table failed.
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
    """The run in progress, and the state of storage.

    `faults` are those of the next requests; `tables_away` and `queues_away` fail all requests.
    """

    current: Run | None = None
    faults: deque[Fault] = field(default_factory=deque)
    tables_away: bool = False
    queues_away: bool = False

    def step(self, run: Run) -> None:
        """Executes a run's next effect, and pauses it before the one after. Only StorageUnavailable may leave it."""
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
        """Executes all effects of a run."""
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
        if fault is Fault.REPEATED:
            result = await do()
        if fault is Fault.AFTER:
            raise StorageUnavailable("storage's answer was lost")
        return result
