"""The ledger and the opt-outs in memory, with the contract of Table Storage; a test controls time and failures.

`Failures` makes requests fail before a write (it did not happen) or after it (its answer was lost).
"""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.states import Phase
from switchboard.errors import StorageUnavailable

EARLIEST = datetime.min.replace(tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class HeldClock:
    """A clock that a test moves."""

    at: datetime = NOON

    def now(self) -> datetime:
        """The current time in UTC."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since noon."""
        return (self.at - NOON).total_seconds()

    def pass_(self, seconds: float) -> None:
        """Advances the time."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Failures:
    """Failures of storage: `away` fails every request, `before` and `after` are counts of requests that fail."""

    away: bool = False
    before: int = 0
    after: int = 0

    def begin(self) -> None:
        """Before a request is executed."""
        if self.away:
            raise StorageUnavailable("table deliveries did not answer")
        if self.before:
            self.before -= 1
            raise StorageUnavailable("table deliveries did not answer")

    def end(self) -> None:
        """After a request is executed."""
        if self.after:
            self.after -= 1
            raise StorageUnavailable("table deliveries did not answer")


@dataclass
class _Row:
    record: DeliveryRecord
    version: int
    written: datetime


@dataclass
class MemoryLedger:
    """Delivery records, by partition and row."""

    clock: HeldClock = field(default_factory=HeldClock)
    failures: Failures = field(default_factory=Failures)
    rows: dict[tuple[str, str], _Row] = field(default_factory=dict)

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Writes a new record. Raises RecordExists."""
        self.failures.begin()
        row = self.rows.get(_address(record.key))
        if row and row.record.run != record.run:
            raise RecordExists("there is a record by this key")
        return self._write(record, 1)

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Replaces the version that was read. Raises RecordChanged."""
        self.failures.begin()
        row = self.rows.get(_address(record.key))
        if row is None or (str(row.version) != stored.etag and row.record.run != record.run):
            raise RecordChanged("the record was written since it was read")
        return self._write(record, row.version + 1)

    async def read(self, key: DeliveryKey) -> Stored | None:
        """Returns the record with this key, None when there is none."""
        self.failures.begin()
        row = self.rows.get(_address(key))
        self.failures.end()
        return self._stored(row) if row else None

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Returns every record of one recipient."""
        self.failures.begin()
        return [self._stored(row) for address, row in sorted(self.rows.items()) if address[0] == partition]

    async def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """Yields one record per page."""
        self.failures.begin()
        before = self.clock.now() - timedelta(seconds=seconds)
        after = self.clock.now() - timedelta(seconds=younger_than) if younger_than is not None else EARLIEST
        rows = [each for each in self.rows.values() if each.record.phase == phase and state in ("", each.record.state)]
        for row in [each for each in rows if after <= each.written < before]:
            yield [self._stored(row)]

    async def delete(self, stored: Stored) -> None:
        """Deletes the version that was read; an absent record is no error. Raises RecordChanged."""
        self.failures.begin()
        row = self.rows.get(_address(stored.record.key))
        if row is not None and str(row.version) != stored.etag:
            raise RecordChanged("the record was written since it was read")
        self.rows.pop(_address(stored.record.key), None)
        self.failures.end()

    async def check(self) -> None:
        """Raises StorageUnavailable while storage is away."""
        self.failures.begin()

    def records(self) -> list[DeliveryRecord]:
        """Returns all records."""
        return [row.record for row in self.rows.values()]

    def _write(self, record: DeliveryRecord, version: int) -> Stored:
        row = _Row(record, version, self.clock.now())
        self.rows[_address(record.key)] = row
        self.failures.end()
        return self._stored(row)

    def _stored(self, row: _Row) -> Stored:
        return Stored(row.record, str(row.version), (self.clock.now() - row.written).total_seconds())


@dataclass
class MemoryOptOuts:
    """Opt-outs, per recipient and sender."""

    failures: Failures = field(default_factory=Failures)
    stopped: set[tuple[str, str]] = field(default_factory=set)

    async def add(self, partition: str, sender: str) -> None:
        """Records an opt-out."""
        self.failures.begin()
        self.stopped.add((partition, sender))

    async def remove(self, partition: str, sender: str) -> None:
        """Removes an opt-out."""
        self.failures.begin()
        self.stopped.discard((partition, sender))

    async def has(self, partition: str, sender: str) -> bool:
        """Returns whether there is an opt-out."""
        self.failures.begin()
        return (partition, sender) in self.stopped


class SteadyRandom(random.Random):
    """Randomness that is the same in each run."""

    def __init__(self) -> None:
        super().__init__(7)


def _address(key: DeliveryKey) -> tuple[str, str]:
    return key.partition, key.row
