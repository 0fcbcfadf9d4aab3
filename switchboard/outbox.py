"""The queues we write to ourselves: events, copies that come later, and dead letters."""

from __future__ import annotations

from typing import Protocol

import msgspec

from switchboard import events
from switchboard.events import Event
from switchboard.orders import POISON, QueueMessage

EVENTS = "events"
DEAD_LETTER = "dead-letter"
# A storage queue takes 64 KiB a message.
LARGEST_MESSAGE = 64 * 1024
FOREVER = -1


class Outbox(Protocol):
    """Queues we write to. Raises StorageUnavailable."""

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Add a message that is seen after `delay` seconds.

        `time_to_live` in seconds, FOREVER, or None for the service's seven days.
        """

    async def check(self) -> None:
        """Whether the queues can be reached at this moment."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What `dead-letter` holds: a message that nothing more is done about, whole, and why."""

    queue: str
    message_id: str
    reason: str
    time: str
    body: str

    def to_json(self) -> str:
        """The queue message's body; the letter's own body alone where its reason would not fit beside it."""
        encoded = events.encode(self)
        return encoded if len(encoded.encode()) <= LARGEST_MESSAGE else self.body


async def publish(outbox: Outbox, event: Event) -> None:
    """Tell an event. Raises StorageUnavailable."""
    await outbox.put(EVENTS, event.to_json())


async def bury(outbox: Outbox, message: QueueMessage, reason: str) -> None:
    """Move a message to `dead-letter`, where it stays until somebody looks. Raises StorageUnavailable."""
    letter = DeadLetter(
        queue=message.queue.removesuffix(POISON),
        message_id=message.id,
        reason=reason,
        time=events.now(),
        body=message.body.decode(errors="replace"),
    )
    await outbox.put(DEAD_LETTER, letter.to_json(), time_to_live=FOREVER)
