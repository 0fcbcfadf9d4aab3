"""A value that is fetched elsewhere and kept: concurrent callers share one fetch.

`Cached` is the mechanism; `CachedSecret` adds what secrets need: the last known value while the source is unavailable.
Both are bound to the event loop that they are first used on.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from switchboard.errors import SecretsUnavailable

KEPT_SECONDS = 600
REFRESH_SECONDS = 60
# After a failure: how long the last known value is used, and how long the failure itself is reported without a retry.
OUTAGE_SECONDS = 30
FAILURE_SECONDS = 5

logger = logging.getLogger(__name__)

Value = TypeVar("Value")


class Cached(Generic[Value]):
    """A value from `fetch`, kept for as many seconds as `keep` says of it. `fetch` handles its own errors."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Value]],
        keep: Callable[[Value], float],
        clock: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._keep = keep
        self._clock = clock
        self._fetching: asyncio.Task[Value] | None = None
        self._begun = -math.inf

    async def get(self) -> Value:
        """Returns the value, fetched again when it is too old. A caller that is cancelled does not stop the fetch."""
        if self._fetching is None or self.is_stale() or not self._is_of_this_loop(self._fetching):
            return await self.refresh()
        return await asyncio.shield(self._fetching)

    async def refresh(self) -> Value:
        """Fetches the value now, or waits for the fetch under way."""
        if self._fetching is None or self._fetching.done() or not self._is_of_this_loop(self._fetching):
            self._begun = self._clock()
            self._fetching = asyncio.ensure_future(self._fetch())
        return await asyncio.shield(self._fetching)

    def is_stale(self) -> bool:
        """Returns whether the next `get` fetches. A fetch under way is not stale."""
        if self._fetching is None:
            return True
        if not self._fetching.done():
            return False
        failed = self._fetching.cancelled() or self._fetching.exception() is not None
        return failed or self.age() >= self._keep(self._fetching.result())

    def is_fetching(self) -> bool:
        """Returns whether a fetch is under way."""
        return self._fetching is not None and not self._fetching.done()

    def age(self) -> float:
        """Returns the seconds since the last fetch began, infinity before the first."""
        return self._clock() - self._begun

    async def close(self) -> None:
        """Cancels the fetch under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    @staticmethod
    def _is_of_this_loop(task: asyncio.Task[Value]) -> bool:
        return task.get_loop() is asyncio.get_running_loop()


class CachedSecret(Generic[Value]):
    """A secret from `read`, which raises SecretsUnavailable. The last known value is used during an outage."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Value]],
        clock: Callable[[], float],
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._read = read
        self._kept_seconds = kept_seconds
        self._clock = clock
        self._value: Value | None = None
        self._refreshed_at = -math.inf
        self._cached = Cached(self._try, self._seconds_kept, clock)

    async def get(self) -> Value:
        """Returns the value. A caller that has a known value does not wait for a fetch of another caller."""
        if self._value is not None and self._cached.is_fetching():
            return self._value
        return self._known(await self._cached.get())

    async def refreshed(self) -> Value:
        """Returns the value, read again unless that was done within a minute or the source is unavailable."""
        # Plain reads do not count: a token that is rotated right after one must not be refused for a minute.
        is_due = self._cached.is_stale()
        failure = await self._cached.get()
        if is_due:
            self._refreshed_at = self._clock()
        elif failure is None and self._clock() - self._refreshed_at >= REFRESH_SECONDS:
            self._refreshed_at = self._clock()
            failure = await self._cached.refresh()
        return self._known(failure)

    async def close(self) -> None:
        """Cancels the fetch under way."""
        await self._cached.close()

    async def _try(self) -> SecretsUnavailable | None:
        """Reads the value; returns the failure if there is one."""
        try:
            self._value = await self._read()
        except SecretsUnavailable as failure:
            if self._value is not None:
                logger.warning("event=key_vault_unavailable serving=last_known problem=%s", failure)
            return failure
        return None

    def _seconds_kept(self, failure: SecretsUnavailable | None) -> float:
        if failure is None:
            return self._kept_seconds
        return FAILURE_SECONDS if self._value is None else OUTAGE_SECONDS

    def _known(self, failure: SecretsUnavailable | None) -> Value:
        if self._value is not None:
            return self._value
        # A new exception for each caller: a raised one collects the traceback of every place that raises it.
        raise SecretsUnavailable(str(failure)) from (failure and failure.__cause__)
