"""The polling delays of an idle queue, and a wait with a timeout."""

from __future__ import annotations

import asyncio

SHORTEST = 0.1
GROWTH = 2


class PollingBackoff:
    """Delays in seconds: SHORTEST at first, then growing up to the longest."""

    def __init__(self, longest: float) -> None:
        self._longest = max(longest, SHORTEST)
        self._next = SHORTEST

    def next(self) -> float:
        """Return the delay before the next poll; the one after it is longer."""
        delay = self._next
        self._next = min(delay * GROWTH, self._longest)
        return delay

    def reset(self) -> None:
        """Begin with the shortest delay again."""
        self._next = SHORTEST


async def is_set_within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for an event: False when it is not set within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
