"""The ledger and the opt-outs on Table Storage: the contract, lost answers, and missing tables."""

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
from tests.contract import LedgerContract, OptOutsContract, Stores, new_claim, new_version, read
from tests.integration import table_proxy
from tests.integration.table_proxy import TableProxy
from tests.ports import free_port

Request = Callable[[Stores], Awaitable[object]]
NEVER_STORED = Stored(new_claim(), "W/\"datetime'2026-01-31T12%3A00%3A00.0000000Z'\"")

# Every kind of request.
REQUESTS: dict[str, Request] = {
    "insert": lambda stores: stores.ledger.insert(new_claim()),
    "replace": lambda stores: stores.ledger.replace(NEVER_STORED, new_version(NEVER_STORED.record)),
    "read": lambda stores: stores.ledger.read(new_claim().key),
    "of_recipient": lambda stores: stores.ledger.of_recipient(new_claim().key.partition),
    "older": lambda stores: anext(stores.ledger.older("open", 86_400), None),
    "delete": lambda stores: stores.ledger.delete(NEVER_STORED),
    "check": lambda stores: stores.ledger.check(),
    "add": lambda stores: stores.opt_outs.add(new_claim().key.partition, "+15005550001"),
    "remove": lambda stores: stores.opt_outs.remove(new_claim().key.partition, "+15005550001"),
    "has": lambda stores: stores.opt_outs.has(new_claim().key.partition, "+15005550001"),
}


@asynccontextmanager
async def opened(connection: str) -> AsyncIterator[Stores]:
    """Stores on the tables of a storage account."""
    tables = Tables(StorageConnection(connection))
    try:
        yield Stores(TableLedger(tables), TableOptOuts(tables), asyncio.sleep)
    finally:
        await tables.close()


@asynccontextmanager
async def proxied(azurite: StorageOptions) -> AsyncIterator[tuple[Stores, TableProxy]]:
    """Stores whose requests go through a proxy."""
    async with table_proxy.before(azurite.table) as (proxy, port):
        connection = development_storage(azurite.blob, azurite.queue, port)
        async with opened(connection) as stores:
            await stores.ledger.check()
            proxy.requests.clear()
            yield stores, proxy


class OnTables:
    """Stores on Azurite's tables, in real time."""

    page = PAGE
    connection = ""

    @pytest.fixture(autouse=True)
    def connect(self, connection: str) -> None:
        """The account that all tests share."""
        self.connection = connection

    def opened(self) -> AbstractAsyncContextManager[Stores]:
        """Connections of one test."""
        return opened(self.connection)


class TestLedger(OnTables, LedgerContract):
    """The contract of a ledger."""


class TestOptOuts(OnTables, OptOutsContract):
    """The contract of the opt-outs."""


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_a_missing_table_is_created(request_: Request, connection: str) -> None:
    """By the first request of any kind."""
    async with TableServiceClient.from_connection_string(connection) as service:
        for table in (DELIVERIES, OPT_OUTS):
            await service.delete_table(table)
    async with opened(connection) as stores:
        # There is no record to replace, which the table reports.
        with suppress(RecordChanged):
            await request_(stores)
        claim = new_claim()
        await stores.ledger.insert(claim)
        await stores.opt_outs.add(claim.key.partition, "+15005550001")
        assert (await read(stores.ledger, claim.key)).record == claim


async def test_two_workers_may_create_a_table_at_once(connection: str) -> None:
    """A new deployment starts with many."""
    async with TableServiceClient.from_connection_string(connection) as service:
        await service.delete_table(DELIVERIES)
    claims = [new_claim() for _ in range(8)]
    async with opened(connection) as one, opened(connection) as other:
        await asyncio.gather(*([one, other][index % 2].ledger.insert(claim) for index, claim in enumerate(claims)))
        assert [(await read(one.ledger, claim.key)).record for claim in claims] == claims


async def test_one_of_many_concurrent_claims_succeeds(connection: str) -> None:
    """The table decides, and the others raise."""
    claim = new_claim()
    async with opened(connection) as stores:
        runs = [new_version(claim) for _ in range(10)]
        ended = await asyncio.gather(*(stores.ledger.insert(run) for run in runs), return_exceptions=True)
        (won,) = [each for each in ended if isinstance(each, Stored)]
        assert all(isinstance(each, RecordExists) for each in ended if each is not won)
        assert (await read(stores.ledger, claim.key)).record == won.record


async def test_a_claim_whose_answer_was_lost_succeeds(azurite: StorageOptions) -> None:
    """The SDK repeats the insert, and `run` identifies the record as its own."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        proxy.lost = 1
        stored = await stores.ledger.insert(claim)
        assert proxy.requests == ["POST", "POST", "GET"]
        await stores.ledger.replace(stored, new_version(claim, state="queued"))
        assert (await read(stores.ledger, claim.key)).record.state == "queued"


async def test_a_claim_of_another_run_is_refused_by_one_request(azurite: StorageOptions) -> None:
    """A repeated message costs no read: what was sent once and refused wrote nothing."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        await stores.ledger.insert(claim)
        proxy.requests.clear()
        with pytest.raises(RecordExists):
            await stores.ledger.insert(new_version(claim))
        assert proxy.requests == ["POST"]


async def test_a_claim_that_storage_repeats_by_itself_is_refused(azurite: StorageOptions) -> None:
    """As by another worker: nothing is sent before the time of this claim is over, and then it is read."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        proxy.repeated = 1
        with pytest.raises(RecordExists):
            await stores.ledger.insert(claim)
        assert (await read(stores.ledger, claim.key)).record.run == claim.run


@pytest.mark.parametrize(("lost", "cut"), [(1, 1), (2, 0), (3, 0), (0, 1)])
async def test_of_claims_with_lost_answers_at_most_one_succeeds(lost: int, cut: int, azurite: StorageOptions) -> None:
    """However often the SDK repeats them: the one that is stored, and the others are refused."""
    runs = [new_claim()]
    runs += [new_version(runs[0]) for _ in range(5)]
    async with proxied(azurite) as (stores, proxy):
        proxy.lost, proxy.cut = lost, cut
        ended = await asyncio.gather(*(stores.ledger.insert(run) for run in runs), return_exceptions=True)
        (won,) = [each for each in ended if isinstance(each, Stored)]
        assert (await read(stores.ledger, runs[0].key)).record == won.record


async def test_a_claim_whose_connection_was_cut_succeeds(azurite: StorageOptions) -> None:
    """The SDK does not repeat it; the adapter reads the record back and recognizes its own run."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        proxy.cut = 1
        assert (await stores.ledger.insert(claim)).record == claim
        with pytest.raises(RecordExists):
            await stores.ledger.insert(new_version(claim))


async def test_a_version_whose_answer_was_lost_succeeds(azurite: StorageOptions) -> None:
    """The ETag has changed by the write itself, and `run` identifies the record as its own."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        old = await stores.ledger.insert(claim)
        proxy.lost = 1
        stored = await stores.ledger.replace(old, new_version(claim, state="queued"))
        assert stored.record.state == "queued"
        await stores.ledger.replace(stored, new_version(claim, state="sent"))
        with pytest.raises(RecordChanged):
            await stores.ledger.replace(stored, new_version(claim, state="unknown"))


async def test_a_deletion_whose_answer_was_lost_succeeds(azurite: StorageOptions) -> None:
    """The record is absent."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        stored = await stores.ledger.insert(claim)
        proxy.lost = 1
        await stores.ledger.delete(stored)
        assert await stores.ledger.read(claim.key) is None


@pytest.mark.parametrize(("ahead", "age"), [(1000, 1000), (-1000, 0)])
async def test_the_age_is_by_the_tables_clock(ahead: float, age: float, azurite: StorageOptions) -> None:
    """Its Timestamp and the Date of its answer, without a worker's clock. It is never below 0."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        await stores.ledger.insert(claim)
        proxy.ahead = ahead
        (together,) = await stores.ledger.of_recipient(claim.key.partition)
        assert (await read(stores.ledger, claim.key)).age == pytest.approx(age, abs=30)
        assert together.age == pytest.approx(age, abs=30)


async def test_a_claim_and_an_acceptance_are_two_requests(azurite: StorageOptions) -> None:
    """Table Storage bills by request."""
    claim = new_claim()
    async with proxied(azurite) as (stores, proxy):
        stored = await stores.ledger.insert(claim)
        await stores.ledger.replace(stored, new_version(claim, state="queued"))
        assert proxy.requests == ["POST", "PUT"]


async def test_unreachable_tables_are_unavailable() -> None:
    """Each request raises our own error within a few seconds."""
    unreachable = development_storage(free_port(), free_port(), free_port())
    async with opened(unreachable) as stores:
        requests = (request(stores) for request in REQUESTS.values())
        raised = await asyncio.gather(*requests, return_exceptions=True)
    assert [type(each) for each in raised] == [StorageUnavailable] * len(REQUESTS)
    assert {str(each) for each in raised} == {
        f"table {table} did not answer: ServiceRequestError" for table in (DELIVERIES, OPT_OUTS)
    }


async def test_refusing_tables_are_unavailable(azurite: StorageOptions) -> None:
    """A rotated key: the delivery continues later."""
    wrong = azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=AAAA")
    async with opened(wrong) as stores:
        for request in REQUESTS.values():
            with pytest.raises(StorageUnavailable):
                await request(stores)
