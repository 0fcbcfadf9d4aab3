"""A value that is read from elsewhere, kept for a while, and served on while it cannot be read."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from switchboard.errors import SecretsUnavailable

KEPT_SECONDS = 600
REFRESH_SECONDS = 60
# After a failure: how long the last known value serves on, or how long the failure itself is told again.
OUTAGE_SECONDS = 30
FAILURE_SECONDS = 5

logger = logging.getLogger(__name__)

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """A value, and when to read it anew. Callers at the same time share one reading, and its failure."""

    def __init__(self, read: Callable[[], Awaitable[Value]], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: Value | None = None
        self._failure: SecretsUnavailable | None = None
        self._tried_at = -math.inf
        self._refreshed_at = -math.inf

    async def get(self) -> Value:
        """The value. Who meets a reading that another caller began is not kept waiting when a value is known."""
        if self._value is not None and (self._lock.locked() or not self._is_due()):
            return self._value
        async with self._lock:
            if self._is_due():
                await self._try()
            return self._known()

    async def refreshed(self) -> Value:
        """The value, read anew unless that was done within a minute or the vault is known to be away."""
        async with self._lock:
            if self._is_due() or self._may_refresh():
                await self._try()
                self._refreshed_at = self._clock()
            return self._known()

    def _is_due(self) -> bool:
        if self._failure is None:
            return self._age() >= KEPT_SECONDS
        return self._age() >= (FAILURE_SECONDS if self._value is None else OUTAGE_SECONDS)

    def _may_refresh(self) -> bool:
        # Plain readings do not count: a token rotated right after one must not be refused for a minute.
        return self._failure is None and self._clock() - self._refreshed_at >= REFRESH_SECONDS

    def _age(self) -> float:
        return self._clock() - self._tried_at

    async def _try(self) -> None:
        try:
            self._value, self._failure = await self._read(), None
        except SecretsUnavailable as failure:
            self._failure = failure
            if self._value is not None:
                logger.warning("event=key_vault_unavailable serving=last_known problem=%s", failure)
        self._tried_at = self._clock()

    def _known(self) -> Value:
        if self._value is not None:
            return self._value
        # A new one for each caller: a raised exception collects the places it passes.
        raise SecretsUnavailable(str(self._failure)) from (self._failure and self._failure.__cause__)
