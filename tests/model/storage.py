"""Storage of the model: in-memory ledger, opt-outs and queues, which yield at each request."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.errors import StorageUnavailable
from switchboard.queues import EVENTS, POISON_SUFFIX, QueueDepth
from tests import published
from tests.memory import HeldClock, MemoryLedger, MemoryOptOuts
from tests.model.stepping import Run, Stage

# As host.json has them.
LEASE = timedelta(seconds=30)
MOST_TRIES = 5
SEVEN_DAYS = timedelta(days=7)
NEVER = datetime.max.replace(tzinfo=UTC)


class SteppedLedger(MemoryLedger):
    """The delivery records."""

    def __init__(self, clock: HeldClock, stage: Stage) -> None:
        super().__init__(clock)
        self._stage = stage

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Writes a new record."""
        return await self._stage.table(lambda: MemoryLedger.insert(self, record))

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Replaces the version that was read. A repeated one is recognized by its run, as by the adapter."""

        async def write() -> Stored:
            try:
                return await MemoryLedger.replace(self, stored, record)
            except RecordChanged:
                found = await MemoryLedger.read(self, record.key)
                if found is None or found.record.run != record.run:
                    raise
                return found

        return await self._stage.table(write)

    async def read(self, key: DeliveryKey) -> Stored | None:
        """Returns the record with this key."""
        return await self._stage.table(lambda: MemoryLedger.read(self, key))

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Returns every record of one recipient."""
        return await self._stage.table(lambda: MemoryLedger.of_recipient(self, partition))


class SteppedOptOuts(MemoryOptOuts):
    """The opt-outs. A run that reads that there is none remembers the time."""

    def __init__(self, clock: HeldClock, stage: Stage) -> None:
        super().__init__()
        self._clock = clock
        self._stage = stage

    async def add(self, partition: str, sender: str) -> None:
        """Records an opt-out."""
        await self._stage.table(lambda: MemoryOptOuts.add(self, partition, sender))

    async def remove(self, partition: str, sender: str) -> None:
        """Removes an opt-out."""
        await self._stage.table(lambda: MemoryOptOuts.remove(self, partition, sender))

    async def has(self, partition: str, sender: str) -> bool:
        """Returns whether there is an opt-out."""
        stopped = await self._stage.table(lambda: MemoryOptOuts.has(self, partition, sender))
        if self._stage.current and not stopped:
            self._stage.current.allowed[partition, sender] = self._clock.now()
        return stopped


@dataclass(eq=False)
class Message:
    """A message on a queue. `tries` counts its deliveries; a `receipt` is valid until the next delivery.

    `author` is the run that put it there, if one did.
    """

    queue: str
    id: str
    body: bytes
    inserted: datetime
    visible_at: datetime
    expires: datetime
    tries: int = 0
    receipt: int = 0
    author: Run | None = None


@dataclass
class Queues:
    """The queues, as the Functions host and the product use them: leases, tries, and poison queues after five.

    `events` are the messages on `events`, whose consumers are elsewhere.
    """

    clock: HeldClock
    stage: Stage
    messages: list[Message] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Adds a message that becomes visible after `delay` seconds."""
        life = SEVEN_DAYS if time_to_live is None else None if time_to_live < 0 else timedelta(seconds=time_to_live)

        async def add() -> None:
            message = self.add(queue, body.encode(), delay, life)
            message.author = self.stage.current

        await self.stage.queue(add)

    async def check(self) -> None:
        """Raises StorageUnavailable while queues are unavailable."""
        if self.stage.queues_away:
            raise StorageUnavailable("queue storage did not answer")

    async def depth(self, queue: str) -> QueueDepth:
        """Counts the messages of a queue."""
        return QueueDepth(len(self.on(queue)), None)

    def add(self, queue: str, body: bytes, delay: float = 0, life: timedelta | None = SEVEN_DAYS) -> Message:
        """Adds a message of a sender or of the host, also while storage is unavailable for the app."""
        now = self.clock.now()
        expires = now + life if life else NEVER
        message = Message(queue, f"m{next(self._ids)}", body, now, now + timedelta(seconds=delay), expires)
        if queue == EVENTS:
            self.events.append(published.read(body))
        else:
            self.messages.append(message)
        return message

    def on(self, queue: str) -> list[Message]:
        """Returns the messages of a queue, visible or not."""
        return [message for message in self.messages if message.queue == queue]

    def visible(self, queues: tuple[str, ...]) -> list[Message]:
        """Returns the messages that are visible now."""
        now = self.clock.now()
        self.messages = [message for message in self.messages if message.expires > now]
        return [message for message in self.messages if message.queue in queues and message.visible_at <= now]

    def take(self, message: Message) -> int | None:
        """Takes a message for a lease and returns its receipt; None when the host moves it to poison instead."""
        if message.tries >= MOST_TRIES:
            self._poison(message)
            return None
        message.tries += 1
        message.receipt += 1
        message.visible_at = self.clock.now() + LEASE
        return message.receipt

    def done(self, message: Message, receipt: int) -> None:
        """Deletes a message after its function returned, unless another worker has taken it meanwhile."""
        if message in self.messages and message.receipt == receipt:
            self.messages.remove(message)

    def failed(self, message: Message, receipt: int) -> None:
        """Handles a failed function: the message returns when its lease ends, or moves to the poison queue."""
        if message in self.messages and message.receipt == receipt and message.tries >= MOST_TRIES:
            self._poison(message)

    def _poison(self, message: Message) -> None:
        self.messages.remove(message)
        self.add(message.queue + POISON_SUFFIX, message.body)
