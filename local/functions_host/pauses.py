"""How long an idle queue is left alone, longer each time up to a bound; and pauses that an event ends."""

from __future__ import annotations

import asyncio

SHORTEST = 0.1
GROWTH = 2


class Pauses:
    """Pauses in seconds, the first of them SHORTEST."""

    def __init__(self, longest: float) -> None:
        self._longest = max(longest, SHORTEST)
        self._next = SHORTEST

    def next(self) -> float:
        """The pause to make now; the one after it is longer."""
        pause = self._next
        self._next = min(pause * GROWTH, self._longest)
        return pause

    def reset(self) -> None:
        """Something happened: begin with the shortest again."""
        self._next = SHORTEST


async def within(seconds: float, event: asyncio.Event) -> bool:
    """Whether an event happens within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
