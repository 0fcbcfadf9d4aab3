"""The gate that webhooks pass: closed while the app restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Open at first. While it is closed nothing passes, and calls go on afterwards."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._inside = 0

    def open(self) -> None:
        """Let pass what waits."""
        self._open.set()

    def close(self) -> None:
        """Let nothing pass until `open`."""
        self._open.clear()

    async def passed(self) -> None:
        """Wait until what passed has ended."""
        await self._empty.wait()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Wait until the gate is open; then pass."""
        # It may be closed again before a task that waits has its turn.
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()
