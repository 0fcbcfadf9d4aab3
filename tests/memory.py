"""The ledger and the opt-outs in memory, which pass the same contract as Table Storage; time and failures are a test's.

`Failures` raises where a test wants it: before a write (it did not happen) or after it (its answer was lost).
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
    """A clock that stands still until it is moved on."""

    at: datetime = NOON

    def now(self) -> datetime:
        """This moment in UTC."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since noon."""
        return (self.at - NOON).total_seconds()

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Failures:
    """Whether storage answers: `away` is every request, `before` and `after` count requests that fail once each."""

    away: bool = False
    before: int = 0
    after: int = 0

    def begin(self) -> None:
        """A request arrives, or does not."""
        if self.away:
            raise StorageUnavailable("table deliveries did not answer")
        if self.before:
            self.before -= 1
            raise StorageUnavailable("table deliveries did not answer")

    def end(self) -> None:
        """Its answer arrives, or does not."""
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
    """The delivery records, by partition and row."""

    clock: HeldClock = field(default_factory=HeldClock)
    failures: Failures = field(default_factory=Failures)
    rows: dict[tuple[str, str], _Row] = field(default_factory=dict)

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Write a new record. Raises RecordExists."""
        self.failures.begin()
        row = self.rows.get(_place(record.key))
        if row and row.record.run != record.run:
            raise RecordExists("there is a record by this key")
        return self._write(record, 1)

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Write over the version that was read. Raises RecordChanged."""
        self.failures.begin()
        row = self.rows.get(_place(record.key))
        if row is None or (str(row.version) != stored.etag and row.record.run != record.run):
            raise RecordChanged("the record was written since it was read")
        return self._write(record, row.version + 1)

    async def read(self, key: DeliveryKey) -> Stored | None:
        """The record by this key, None when there is none."""
        self.failures.begin()
        row = self.rows.get(_place(key))
        self.failures.end()
        return self._stored(row) if row else None

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Every record of one recipient."""
        self.failures.begin()
        return [self._stored(row) for place, row in sorted(self.rows.items()) if place[0] == partition]

    async def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """A record a page."""
        self.failures.begin()
        before = self.clock.now() - timedelta(seconds=seconds)
        after = self.clock.now() - timedelta(seconds=younger_than) if younger_than is not None else EARLIEST
        rows = [each for each in self.rows.values() if each.record.phase == phase and state in ("", each.record.state)]
        for row in [each for each in rows if after <= each.written < before]:
            yield [self._stored(row)]

    async def delete(self, stored: Stored) -> None:
        """Remove the version that was read; fine when it is gone already. Raises RecordChanged."""
        self.failures.begin()
        row = self.rows.get(_place(stored.record.key))
        if row is not None and str(row.version) != stored.etag:
            raise RecordChanged("the record was written since it was read")
        self.rows.pop(_place(stored.record.key), None)
        self.failures.end()

    async def check(self) -> None:
        """Reachable, unless it is away."""
        self.failures.begin()

    def records(self) -> list[DeliveryRecord]:
        """All of them."""
        return [row.record for row in self.rows.values()]

    def _write(self, record: DeliveryRecord, version: int) -> Stored:
        row = _Row(record, version, self.clock.now())
        self.rows[_place(record.key)] = row
        self.failures.end()
        return self._stored(row)

    def _stored(self, row: _Row) -> Stored:
        return Stored(row.record, str(row.version), (self.clock.now() - row.written).total_seconds())


@dataclass
class MemoryOptOuts:
    """Who told whom to stop."""

    failures: Failures = field(default_factory=Failures)
    stopped: set[tuple[str, str]] = field(default_factory=set)

    async def add(self, partition: str, sender: str) -> None:
        """This recipient told this sender to stop."""
        self.failures.begin()
        self.stopped.add((partition, sender))

    async def remove(self, partition: str, sender: str) -> None:
        """This recipient takes texts of this sender again."""
        self.failures.begin()
        self.stopped.discard((partition, sender))

    async def has(self, partition: str, sender: str) -> bool:
        """Did this recipient tell this sender to stop?"""
        self.failures.begin()
        return (partition, sender) in self.stopped


class SteadyRandom(random.Random):
    """Randomness that is the same in each run."""

    def __init__(self) -> None:
        super().__init__(7)


def _place(key: DeliveryKey) -> tuple[str, str]:
    return key.partition, key.row
