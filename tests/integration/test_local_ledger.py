"""The app's records on the phone's page: read from a real table, only while somebody looks."""

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
from local.twilio.deliveries import Kept
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import DELIVERIES, TableLedger, Tables
from switchboard.delivery.record import DeliveryRecord
from tests.contract import another, someone
from tests.ports import free_port


@dataclass
class Page:
    """A page that is open or not, and remembers what it was given."""

    is_watched: bool = True
    given: list[Kept] = field(default_factory=list)

    def keep(self, kept: Kept) -> None:
        """Show it."""
        self.given.append(kept)

    def of(self, record: DeliveryRecord) -> list[Kept]:
        """What was said of one command: other tests may have written others."""
        return [kept for kept in self.given if kept.reference == f"{record.key.partition}.{record.key.id}"]

    def states(self, record: DeliveryRecord) -> list[str]:
        """Its states."""
        return [kept.state for kept in self.of(record)]


@dataclass
class Books:
    """The app's ledger, and a follower who writes down what it says."""

    ledger: TableLedger
    follower: LedgerFollower
    page: Page
    said: list[str]


@asynccontextmanager
async def following(connection: str) -> AsyncIterator[Books]:
    """From this moment on."""
    page, said, tables = Page(), list[str](), Tables(StorageConnection(connection))
    try:
        async with LedgerFollower(connection, page, datetime.now(UTC), said.append) as follower:
            yield Books(TableLedger(tables), follower, page, said)
    finally:
        await tables.close()


async def test_a_record_is_shown_as_the_app_wrote_it(connection: str) -> None:
    """Each version once it is written: state, attempt, reason, and while it is open when it is given up."""
    async with following(connection) as books:
        claim = someone()
        stored = await books.ledger.insert(claim)
        await books.follower.look()
        released = another(claim, state="released", attempt=1)
        stored = await books.ledger.replace(stored, released)
        await books.follower.look()
        ended = another(released, state="rejected", code=21211, reason="Invalid 'To' number")
        await books.ledger.replace(stored, ended)
        await books.follower.look()
        page = books.page
    assert list(dict.fromkeys(page.states(claim))) == ["claimed", "released", "rejected"]
    open_, last = page.of(claim)[0], page.of(claim)[-1]
    assert (open_.kind, open_.id, open_.to) == ("text", claim.key.id, claim.to)
    assert datetime.fromisoformat(open_.until) == claim.give_up_at
    assert (last.attempt, last.reason, last.until) == (1, "21211 Invalid 'To' number", "")
    assert datetime.now(UTC) - datetime.fromisoformat(last.time) < timedelta(minutes=1)


async def test_nothing_is_read_while_no_page_is_open() -> None:
    """A table that is away is not even missed."""
    async with following(development_storage(1, 1, free_port())) as books:
        books.page.is_watched = False
        await books.follower.look()
        assert books.said == []


async def test_whoever_looks_later_is_shown_what_was_written_meanwhile(connection: str) -> None:
    """A page that is opened after a command has ended shows how it ended."""
    async with following(connection) as books:
        books.page.is_watched = False
        ended = another(someone(), state="opted_out", reason="the recipient told this sender to stop")
        await books.ledger.insert(ended)
        await books.follower.look()
        assert books.page.given == []
        books.page.is_watched = True
        await books.follower.look()
        assert books.page.states(ended) == ["opted_out"]


async def test_records_of_long_ago_are_left_alone(connection: str) -> None:
    """Those of before the follower began: `python -m ops deliveries list` has them."""
    tables = Tables(StorageConnection(connection))
    old, page = someone(), Page()
    try:
        await TableLedger(tables).insert(old)
    finally:
        await tables.close()
    async with LedgerFollower(connection, page, datetime.now(UTC) + timedelta(minutes=1), print) as follower:
        await follower.look()
    assert page.given == []


async def test_storage_that_is_away_is_told_once(connection: str) -> None:
    """In a sentence; the stack goes on, and looks again."""
    async with following(development_storage(1, 1, free_port())) as books:
        await books.follower.look()
        await books.follower.look()
        assert books.page.given == []
        (line,) = books.said
    assert line.startswith("! the app's records cannot be read (ServiceRequestError)")


async def test_a_table_that_is_not_there_yet_is_no_fault(connection: str) -> None:
    """The app makes it with its first record, which is then shown."""
    async with TableServiceClient.from_connection_string(connection) as service:
        await service.delete_table(DELIVERIES)
    async with following(connection) as books:
        await books.follower.look()
        assert (books.page.given, books.said) == ([], [])
        claim = someone()
        await books.ledger.insert(claim)
        await books.follower.look()
        assert books.page.states(claim) == ["claimed"]


async def test_it_looks_again_and_again(connection: str) -> None:
    """Without being asked, until it is cancelled."""
    async with following(connection) as books:
        work = asyncio.create_task(books.follower.follow())
        claim = someone()
        await books.ledger.insert(claim)
        async with asyncio.timeout(20):
            while not books.page.of(claim):  # noqa: ASYNC110 - a table signals nothing
                await asyncio.sleep(0.05)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
