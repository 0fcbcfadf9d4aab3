"""The ledger: stores delivery records and opt-outs. adapters/table_ledger.py implements it on Table Storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.states import Phase
from switchboard.errors import SwitchboardError


class RecordExists(SwitchboardError):
    """A record with this key already exists."""


class RecordChanged(SwitchboardError):
    """Another worker wrote the record since it was read."""


class Ledger(Protocol):
    """Stores delivery records. Each method raises StorageUnavailable when the table does not answer."""

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Writes a new record. Raises RecordExists."""

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Replaces the version that was read. Raises RecordChanged."""

    async def read(self, key: DeliveryKey) -> Stored | None:
        """Returns the record with this key, None when there is none."""

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Returns every record of one recipient."""

    def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """Yields, page by page, the records of a phase that were not written for `seconds`.

        With `younger_than`, only those that were written within that many seconds; with `state`, only those in it. The
        caller may write to the records while it iterates.
        """

    async def delete(self, stored: Stored) -> None:
        """Deletes the version that was read; an absent record is no error. Raises RecordChanged."""

    async def check(self) -> None:
        """Checks that the table can be reached."""


class OptOuts(Protocol):
    """Stores opt-outs, per recipient and sender. Each method raises StorageUnavailable."""

    async def add(self, partition: str, sender: str) -> None:
        """Records that this recipient opted out of this sender. Idempotent."""

    async def remove(self, partition: str, sender: str) -> None:
        """Removes the opt-out. Idempotent."""

    async def has(self, partition: str, sender: str) -> bool:
        """Returns whether this recipient opted out of this sender."""
