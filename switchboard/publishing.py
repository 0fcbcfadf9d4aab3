"""Publishing events: one protocol with one method, and its implementation on the queue `events`.

Another event sink (Event Grid, Service Bus) is another class with `publish`, built in services.py.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from switchboard.events import Event
from switchboard.queues import EVENTS, QueueWriter, encode


class EventPublisher(Protocol):
    """Publishes events to other systems."""

    async def publish(self, event: Event) -> None:
        """Publishes one event. Raises StorageUnavailable; the caller must not go on as if it were published."""


class QueuePublisher(msgspec.Struct, frozen=True):
    """Publishes events as JSON messages on the queue `events`."""

    queues: QueueWriter

    async def publish(self, event: Event) -> None:
        """Puts the event on the queue. Raises StorageUnavailable."""
        await self.queues.put(EVENTS, encode(event))
