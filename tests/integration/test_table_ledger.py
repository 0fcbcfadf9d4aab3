"""The ledger and the opt-outs on Table Storage keep the contract, also when answers are lost or tables are missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import pytest
from azure.data.tables.aio import TableServiceClient

from local.settings import development_storage
from local.storage import StorageOptions
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS, PAGE, TableLedger, TableOptOuts, Tables
from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.record import Stored
from switchboard.errors import StorageUnavailable
from tests.contract import Books, LedgerContract, OptOutsContract, another, read, someone
from tests.integration import table_proxy
from tests.integration.table_proxy import TableProxy
from tests.ports import free_port

Request = Callable[[Books], Awaitable[object]]
NEVER_STORED = Stored(someone(), "W/\"datetime'2026-01-31T12%3A00%3A00.0000000Z'\"")

# Each request there is, to tables that may not be there, or may not answer.
REQUESTS: dict[str, Request] = {
    "insert": lambda books: books.ledger.insert(someone()),
    "replace": lambda books: books.ledger.replace(NEVER_STORED, another(NEVER_STORED.record)),
    "read": lambda books: books.ledger.read(someone().key),
    "of_recipient": lambda books: books.ledger.of_recipient(someone().key.partition),
    "older": lambda books: anext(books.ledger.older("open", 86_400), None),
    "delete": lambda books: books.ledger.delete(NEVER_STORED),
    "check": lambda books: books.ledger.check(),
    "add": lambda books: books.opt_outs.add(someone().key.partition, "+15005550001"),
    "remove": lambda books: books.opt_outs.remove(someone().key.partition, "+15005550001"),
    "has": lambda books: books.opt_outs.has(someone().key.partition, "+15005550001"),
}


@asynccontextmanager
async def opened(connection: str) -> AsyncIterator[Books]:
    """Books on the tables of a storage account."""
    tables = Tables(StorageConnection(connection))
    try:
        yield Books(TableLedger(tables), TableOptOuts(tables), asyncio.sleep)
    finally:
        await tables.close()


@asynccontextmanager
async def proxied(azurite: StorageOptions) -> AsyncIterator[tuple[Books, TableProxy]]:
    """Books whose requests and answers go through a proxy."""
    async with table_proxy.before(azurite.table) as (proxy, port):
        connection = development_storage(azurite.blob, azurite.queue, port)
        async with opened(connection) as books:
            await books.ledger.check()
            proxy.asked.clear()
            yield books, proxy


class OnTables:
    """Books on Azurite's tables: time goes by itself."""

    page = PAGE
    connection = ""

    @pytest.fixture(autouse=True)
    def connect(self, connection: str) -> None:
        """The account that all tests share."""
        self.connection = connection

    def opened(self) -> AbstractAsyncContextManager[Books]:
        """Connections of the test's own."""
        return opened(self.connection)


class TestLedger(OnTables, LedgerContract):
    """Each promise of a ledger."""


class TestOptOuts(OnTables, OptOutsContract):
    """Each promise of the opt-outs."""


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_a_missing_table_is_made(request_: Request, connection: str) -> None:
    """By whatever asks first: nothing has to be made before the app runs."""
    async with TableServiceClient.from_connection_string(connection) as service:
        for table in (DELIVERIES, OPT_OUTS):
            await service.delete_table(table)
    async with opened(connection) as books:
        # There is no record to replace: the table was asked, and says so.
        with suppress(RecordChanged):
            await request_(books)
        claim = someone()
        await books.ledger.insert(claim)
        await books.opt_outs.add(claim.key.partition, "+15005550001")
        assert (await read(books.ledger, claim.key)).record == claim


async def test_two_workers_may_make_it_at_once(connection: str) -> None:
    """A new deployment starts with many."""
    async with TableServiceClient.from_connection_string(connection) as service:
        await service.delete_table(DELIVERIES)
    claims = [someone() for _ in range(8)]
    async with opened(connection) as one, opened(connection) as other:
        await asyncio.gather(*([one, other][index % 2].ledger.insert(claim) for index, claim in enumerate(claims)))
        assert [(await read(one.ledger, claim.key)).record for claim in claims] == claims


async def test_of_many_workers_that_claim_at_once_one_does(connection: str) -> None:
    """The table decides, and the others are told."""
    claim = someone()
    async with opened(connection) as books:
        runs = [another(claim) for _ in range(10)]
        ended = await asyncio.gather(*(books.ledger.insert(run) for run in runs), return_exceptions=True)
        (won,) = [each for each in ended if isinstance(each, Stored)]
        assert all(isinstance(each, RecordExists) for each in ended if each is not won)
        assert (await read(books.ledger, claim.key)).record == won.record


async def test_a_claim_whose_answer_was_lost_is_ones_own(azurite: StorageOptions) -> None:
    """The SDK sends it again, meets what it wrote itself, and `run` tells."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        proxy.lost = 1
        stored = await books.ledger.insert(claim)
        assert proxy.asked == ["POST", "POST", "GET"]
        await books.ledger.replace(stored, another(claim, state="queued"))
        assert (await read(books.ledger, claim.key)).record.state == "queued"


async def test_a_claim_whose_connection_was_cut_is_ones_own(azurite: StorageOptions) -> None:
    """The SDK does not repeat it; the adapter reads the record back and recognizes its own run."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        proxy.cut = 1
        assert (await books.ledger.insert(claim)).record == claim
        with pytest.raises(RecordExists):
            await books.ledger.insert(another(claim))


async def test_a_version_whose_answer_was_lost_is_ones_own(azurite: StorageOptions) -> None:
    """The second time the ETag is no longer the one that was read, and what stands is one's own."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        old = await books.ledger.insert(claim)
        proxy.lost = 1
        stored = await books.ledger.replace(old, another(claim, state="queued"))
        assert stored.record.state == "queued"
        await books.ledger.replace(stored, another(claim, state="sent"))
        with pytest.raises(RecordChanged):
            await books.ledger.replace(stored, another(claim, state="unknown"))


async def test_a_removal_whose_answer_was_lost_is_done(azurite: StorageOptions) -> None:
    """What is gone is gone."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        stored = await books.ledger.insert(claim)
        proxy.lost = 1
        await books.ledger.delete(stored)
        assert await books.ledger.read(claim.key) is None


@pytest.mark.parametrize(("ahead", "age"), [(1000, 1000), (-1000, 0)])
async def test_the_age_is_the_tables_own_account_of_time(ahead: float, age: float, azurite: StorageOptions) -> None:
    """Its Timestamp against the Date of its answer: no worker's clock comes into it. It is never below 0."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        await books.ledger.insert(claim)
        proxy.ahead = ahead
        (together,) = await books.ledger.of_recipient(claim.key.partition)
        assert (await read(books.ledger, claim.key)).age == pytest.approx(age, abs=30)
        assert together.age == pytest.approx(age, abs=30)


async def test_a_claim_and_an_acceptance_are_two_requests(azurite: StorageOptions) -> None:
    """What a table costs is what it is asked."""
    claim = someone()
    async with proxied(azurite) as (books, proxy):
        stored = await books.ledger.insert(claim)
        await books.ledger.replace(stored, another(claim, state="queued"))
        assert proxy.asked == ["POST", "PUT"]


async def test_tables_that_do_not_answer_are_away() -> None:
    """Each request says so, by our own error, in a few seconds."""
    nobody = development_storage(free_port(), free_port(), free_port())
    async with opened(nobody) as books:
        asked = (request(books) for request in REQUESTS.values())
        said = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in said] == [StorageUnavailable] * len(REQUESTS)
    assert {str(each) for each in said} == {
        f"table {table} did not answer: ServiceRequestError" for table in (DELIVERIES, OPT_OUTS)
    }


async def test_tables_that_refuse_are_away(azurite: StorageOptions) -> None:
    """A key that was rotated: later, not lost."""
    wrong = azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=AAAA")
    async with opened(wrong) as books:
        for request in REQUESTS.values():
            with pytest.raises(StorageUnavailable):
                await request(books)
