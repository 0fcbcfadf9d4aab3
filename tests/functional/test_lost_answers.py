"""A table or a queue whose answer is lost: what the worker wrote itself is its own, and no wait is needed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web

from switchboard.adapters.queue_storage import QueueStorage
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import TableLedger, Tables
from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.record import Stored
from switchboard.errors import StorageUnavailable
from tests.doubles import ACCOUNT, PUT, Handler, answering
from tests.fake_worker import record

WRITTEN = "2026-01-31T12:00:00Z"
DATE = {"Date": "Sat, 31 Jan 2026 12:00:07 GMT"}
OURS = record(run="ours")
NEXT = msgspec.structs.replace(OURS, state="released", run="ours too")


class Table:
    """A table with one entity, which takes a write and loses the answer: by a reset, a 429 or a 5xx."""

    def __init__(self, lost_by: str, *, taken: bool = True, other: str = "") -> None:
        self.lost_by = lost_by
        self.taken = taken
        self.other = other
        self.entity: dict[str, Any] = {}
        self.writes = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        if request.method in ("POST", "PUT", "MERGE"):
            self.writes += 1
            if self.taken:
                self.entity = await request.json() | ({"run": self.other} if self.other else {})
            return await self._lose(request)
        if not self.entity:
            error = {"odata.error": {"code": "ResourceNotFound", "message": {"value": "No."}}}
            return web.json_response(error, status=404, headers={"x-ms-error-code": "ResourceNotFound"})
        answer = self.entity | {"odata.etag": 'W/"1"', "Timestamp": WRITTEN}
        return web.Response(text=json.dumps(answer), content_type="application/json", headers=DATE)

    async def _lose(self, request: web.Request) -> web.StreamResponse:
        if self.lost_by == "reset":
            assert request.transport
            request.transport.abort()
            return web.Response()
        return web.Response(status=int(self.lost_by), headers={"Retry-After": "0"})


@asynccontextmanager
async def ledger_on(handler: Handler) -> AsyncIterator[TableLedger]:
    """The adapter before this table."""
    async with answering(handler) as url:
        tables = Tables(StorageConnection(f"{ACCOUNT};TableEndpoint={url}/test;"))
        try:
            yield TableLedger(tables)
        finally:
            await tables.close()


@pytest.mark.parametrize("lost_by", ["reset", "429", "503"])
async def test_a_claim_whose_answer_is_lost_is_ours(lost_by: str) -> None:
    """Read back, and recognized by its run: the text goes out now, not after two settling times."""
    table = Table(lost_by)
    async with ledger_on(table.handle) as ledger:
        stored = await ledger.insert(OURS)
    assert (stored.record.run, stored.record.state) == ("ours", "claimed")


@pytest.mark.parametrize("lost_by", ["reset"])
async def test_a_later_write_whose_answer_is_lost_is_ours(lost_by: str) -> None:
    """The same for the next version of a record."""
    table = Table(lost_by)
    async with ledger_on(table.handle) as ledger:
        stored = await ledger.replace(Stored(OURS, 'W/"1"'), NEXT)
    assert stored.record.run == "ours too"


@pytest.mark.parametrize("lost_by", ["503"])
async def test_a_claim_that_was_not_written_means_later(lost_by: str) -> None:
    """The table does not have it: nothing was claimed."""
    async with ledger_on(Table(lost_by, taken=False).handle) as ledger:
        with pytest.raises(StorageUnavailable):
            await ledger.insert(OURS)


async def test_a_record_of_another_worker_behind_a_lost_answer_is_not_ours() -> None:
    """Its run differs."""
    async with ledger_on(Table("503", other="another's").handle) as ledger:
        with pytest.raises((StorageUnavailable, RecordExists, RecordChanged)):
            await ledger.insert(OURS)


@pytest.mark.parametrize("headers", [{"Date": "yesterday"}, {"Date": ""}])
async def test_an_error_without_a_date_is_storage_that_is_unavailable(headers: dict[str, str]) -> None:
    """A proxy's 502 may have none; the handler of StorageUnavailable requeues the message."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=502, headers=headers)

    async with ledger_on(answer) as ledger:
        with pytest.raises(StorageUnavailable):
            await ledger.read(OURS.key)


async def test_the_loser_of_two_workers_that_create_a_queue_puts_its_message() -> None:
    """Both found no queue; the second create is answered 409, and the queue is there."""
    requests: list[str] = []

    async def storage(request: web.Request) -> web.Response:
        requests.append(request.method)
        if request.method == "PUT":
            error = "<Error><Code>QueueAlreadyExists</Code><Message>Yes.</Message></Error>"
            return web.Response(
                status=409,
                text=error,
                content_type="application/xml",
                headers={"x-ms-error-code": "QueueAlreadyExists"},
            )
        if requests.count("POST") == 1:
            error = "<Error><Code>QueueNotFound</Code><Message>No.</Message></Error>"
            return web.Response(
                status=404, text=error, content_type="application/xml", headers={"x-ms-error-code": "QueueNotFound"}
            )
        return web.Response(status=201, text=PUT, content_type="application/xml")

    async with answering(storage) as url:
        queues = QueueStorage(StorageConnection(f"{ACCOUNT};QueueEndpoint={url}/test;"))
        try:
            await queues.put("events", "x")
        finally:
            await queues.close()
    assert requests == ["POST", "PUT", "POST"]
