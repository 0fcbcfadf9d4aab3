"""Server-sent events for every open page: each has a kind and JSON data."""

from __future__ import annotations

import asyncio
import json

MOST_UNREAD = 5000


class Feed:
    """Publishes events to all subscribers."""

    def __init__(self) -> None:
        self._subscribers: set[asyncio.Queue[str | None]] = set()

    @property
    def has_subscribers(self) -> bool:
        """Is any page open?"""
        return bool(self._subscribers)

    def publish(self, kind: str, data: object) -> None:
        """Send an event to every page."""
        if not self.has_subscribers:
            return
        event = to_event(kind, data)
        for queue in list(self._subscribers):
            self._put(queue, event)

    def subscribe(self) -> asyncio.Queue[str | None]:
        """Return a queue of the events from now on; None in it is the end."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(MOST_UNREAD)
        self._subscribers.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[str | None]) -> None:
        """Remove a subscriber."""
        self._subscribers.discard(queue)

    def close(self) -> None:
        """End every subscription."""
        for queue in list(self._subscribers):
            self._put(queue, None)

    def _put(self, queue: asyncio.Queue[str | None], event: str | None) -> None:
        """Add an event. A page that does not read is unsubscribed: it reconnects, and gets a new snapshot."""
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:
            self.unsubscribe(queue)
            queue.get_nowait()
            queue.put_nowait(None)


def to_event(kind: str, data: object) -> str:
    """Encode an event. https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
