"""Locks of delivery records within one worker: callbacks that arrive together do not compete for the same ETag.

The ledger needs none of them: between workers the ETag decides.
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from switchboard.delivery.record import DeliveryKey


class RecordLocks:
    """One lock for each record that is being changed. Bound to the event loop of its first use."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[DeliveryKey, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: DeliveryKey) -> asyncio.Lock:
        """Returns the lock of a record. It exists as long as somebody holds it or waits for it."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
