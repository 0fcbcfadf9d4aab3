"""News for every page that is open: server-sent events, each a kind and JSON."""

from __future__ import annotations

import asyncio
import json

MOST_UNREAD = 5000


class Feed:
    """Whoever subscribes hears of all that is published from then on."""

    def __init__(self) -> None:
        self._subscribers: set[asyncio.Queue[str | None]] = set()

    @property
    def is_heard(self) -> bool:
        """Is there anybody to hear?"""
        return bool(self._subscribers)

    def publish(self, kind: str, data: object) -> None:
        """Tell every page."""
        if not self.is_heard:
            return
        event = to_event(kind, data)
        for queue in list(self._subscribers):
            self._put(queue, event)

    def subscribe(self) -> asyncio.Queue[str | None]:
        """The events to come; None when there will be no more."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(MOST_UNREAD)
        self._subscribers.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[str | None]) -> None:
        """Want no more."""
        self._subscribers.discard(queue)

    def close(self) -> None:
        """The stand-in ends."""
        for queue in list(self._subscribers):
            self._put(queue, None)

    def _put(self, queue: asyncio.Queue[str | None], event: str | None) -> None:
        """A page that reads nothing is let go: it asks again, and is told all anew."""
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:
            self.unsubscribe(queue)
            queue.get_nowait()
            queue.put_nowait(None)


def to_event(kind: str, data: object) -> str:
    """As it goes over the wire. https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
