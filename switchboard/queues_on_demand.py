"""Queue Storage that is opened by its first message: most deliveries and all calls put none."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from switchboard.queues import QueueWriter


class QueuesOnDemand(msgspec.Struct, frozen=True):
    """Writes to the queues that `open` returns. `open` imports the SDK, and must return the same writer each time."""

    open: Callable[[], QueueWriter]

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Adds a message: QueueWriter.put."""
        await self.open().put(queue, body, time_to_live=time_to_live, delay=delay)

    async def check(self) -> None:
        """Checks that queue storage can be reached."""
        await self.open().check()
