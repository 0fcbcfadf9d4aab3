"""The app's records on the phone page: read from a real table, only while a page is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables.aio import TableServiceClient

from local.ledger import LedgerFollower
from local.settings import development_storage
from local.twilio.deliveries import AppRecord
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import DELIVERIES, TableLedger, Tables
from switchboard.delivery.record import DeliveryRecord
from tests.contract import new_claim, new_version
from tests.ports import free_port


@dataclass
class FakePage:
    """A page that is open or not, and keeps its records."""

    is_page_open: bool = True
    records: list[AppRecord] = field(default_factory=list)

    def show_record(self, record: AppRecord) -> None:
        """Keep it."""
        self.records.append(record)

    def of(self, record: DeliveryRecord) -> list[AppRecord]:
        """Those of one delivery: other tests may have written others."""
        return [shown for shown in self.records if shown.reference == f"{record.key.partition}.{record.key.id}"]

    def states(self, record: DeliveryRecord) -> list[str]:
        """Its states."""
        return [shown.state for shown in self.of(record)]


@dataclass
class Followed:
    """The app's ledger, its follower and page, and the follower's log lines."""

    ledger: TableLedger
    follower: LedgerFollower
    page: FakePage
    said: list[str]


@asynccontextmanager
async def following(connection: str) -> AsyncIterator[Followed]:
    """From this moment on."""
    page, said, tables = FakePage(), list[str](), Tables(StorageConnection(connection))
    try:
        async with LedgerFollower(connection, page, datetime.now(UTC), said.append) as follower:
            yield Followed(TableLedger(tables), follower, page, said)
    finally:
        await tables.close()


async def test_a_record_is_shown_as_the_app_wrote_it(connection: str) -> None:
    """Each version: state, attempt, reason, and the time of giving up while it is open."""
    async with following(connection) as followed:
        claim = new_claim()
        stored = await followed.ledger.insert(claim)
        await followed.follower.poll()
        released = new_version(claim, state="released", attempt=1)
        stored = await followed.ledger.replace(stored, released)
        await followed.follower.poll()
        ended = new_version(released, state="rejected", code=21211, reason="Invalid 'To' number")
        await followed.ledger.replace(stored, ended)
        await followed.follower.poll()
        page = followed.page
    assert list(dict.fromkeys(page.states(claim))) == ["claimed", "released", "rejected"]
    open_, last = page.of(claim)[0], page.of(claim)[-1]
    assert (open_.kind, open_.id, open_.to) == ("text", claim.key.id, claim.to)
    assert datetime.fromisoformat(open_.until) == claim.give_up_at
    assert (last.attempt, last.reason, last.until) == (1, "21211 Invalid 'To' number", "")
    assert datetime.now(UTC) - datetime.fromisoformat(last.time) < timedelta(minutes=1)


async def test_nothing_is_read_while_no_page_is_open() -> None:
    """An unavailable table is not even logged."""
    async with following(development_storage(1, 1, free_port())) as followed:
        followed.page.is_page_open = False
        await followed.follower.poll()
        assert followed.said == []


async def test_a_page_that_opens_later_shows_what_was_written_meanwhile(connection: str) -> None:
    """Also a command that has ended by then."""
    async with following(connection) as followed:
        followed.page.is_page_open = False
        ended = new_version(new_claim(), state="opted_out", reason="the recipient opted out of this sender")
        await followed.ledger.insert(ended)
        await followed.follower.poll()
        assert followed.page.records == []
        followed.page.is_page_open = True
        await followed.follower.poll()
        assert followed.page.states(ended) == ["opted_out"]


async def test_older_records_are_not_shown(connection: str) -> None:
    """Those from before the follower's start: `./sb ops deliveries list` has them."""
    tables = Tables(StorageConnection(connection))
    old, page = new_claim(), FakePage()
    try:
        await TableLedger(tables).insert(old)
    finally:
        await tables.close()
    async with LedgerFollower(connection, page, datetime.now(UTC) + timedelta(minutes=1), print) as follower:
        await follower.poll()
    assert page.records == []


async def test_unavailable_storage_is_logged_once(connection: str) -> None:
    """In a sentence; the follower continues to poll."""
    async with following(development_storage(1, 1, free_port())) as followed:
        await followed.follower.poll()
        await followed.follower.poll()
        assert followed.page.records == []
        (line,) = followed.said
    assert line.startswith("! the app's records cannot be read (ServiceRequestError)")


async def test_a_missing_table_is_no_error(connection: str) -> None:
    """The app creates it with its first record, which is then shown."""
    async with TableServiceClient.from_connection_string(connection) as service:
        await service.delete_table(DELIVERIES)
    async with following(connection) as followed:
        await followed.follower.poll()
        assert (followed.page.records, followed.said) == ([], [])
        claim = new_claim()
        await followed.ledger.insert(claim)
        await followed.follower.poll()
        assert followed.page.states(claim) == ["claimed"]


async def test_it_polls_until_it_is_cancelled(connection: str) -> None:
    """And shows what is written meanwhile."""
    async with following(connection) as followed:
        work = asyncio.create_task(followed.follower.follow())
        claim = new_claim()
        await followed.ledger.insert(claim)
        async with asyncio.timeout(20):
            while not followed.page.of(claim):  # noqa: ASYNC110 - a table signals nothing
                await asyncio.sleep(0.05)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
