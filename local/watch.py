"""Notices saved files, by polling: it needs no package, and works on every file system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path

POLL_SECONDS = 0.5

Files = Callable[[], Iterable[Path]]
Stamps = dict[Path, tuple[int, int]]


class Watch:
    """Watches files from the moment when it is made. `files` may return others each time."""

    def __init__(self, files: Files, *, seconds: float = POLL_SECONDS) -> None:
        self._files = files
        self._seconds = seconds
        self._known = _stamps(files())

    async def saves(self) -> AsyncGenerator[frozenset[Path], None]:
        """Yields the files that were changed, added or deleted, once they have been the same for a while."""
        while True:
            await asyncio.sleep(self._seconds)
            found = _stamps(self._files())
            if found == self._known:
                continue
            # An editor writes in several steps, and saves several files at once.
            while (later := await self._later()) != found:
                found = later
            known, self._known = self._known, found
            yield frozenset(path for path in known.keys() | found.keys() if known.get(path) != found.get(path))

    async def _later(self) -> Stamps:
        await asyncio.sleep(self._seconds)
        return _stamps(self._files())


def _stamps(files: Iterable[Path]) -> Stamps:
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
