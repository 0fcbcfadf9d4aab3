"""Queue Storage through the real SDK, against a local server: what is put, and how queues are measured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from local.ports import free_port
from switchboard.adapters.queue_storage import QueueStorage
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.errors import StorageUnavailable
from switchboard.queues import NEVER_EXPIRES, QueueDepth
from tests.doubles import ACCOUNT, NOT_PUT, PUT, WHEN, Handler, answering

WEEK = 7 * 24 * 3600
PEEKED = f"""<?xml version="1.0" encoding="utf-8"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId>
<InsertionTime>{WHEN}</InsertionTime><ExpirationTime>{WHEN}</ExpirationTime><DequeueCount>0</DequeueCount>
<MessageText>x</MessageText></QueueMessage></QueueMessagesList>"""
NOTHING = '<?xml version="1.0" encoding="utf-8"?><QueueMessagesList />'
NOT_FOUND = """<?xml version="1.0" encoding="utf-8"?><Error><Code>QueueNotFound</Code><Message>No.</Message></Error>"""


class Storage:
    """A storage that accepts every message; `missing` until a queue is created, `peeked` is its first message."""

    def __init__(self, *, missing: bool = False, peeked: str = NOTHING, count: int = 0) -> None:
        self.missing = missing
        self.peeked = peeked
        self.count = count
        self.puts: list[tuple[str, dict[str, str]]] = []

    async def handle(self, request: web.Request) -> web.Response:
        """Handles one request."""
        if request.method == "PUT":
            self.missing = False
            return web.Response(status=201)
        if self.missing:
            return xml(NOT_FOUND, 404, {"x-ms-error-code": "QueueNotFound"})
        if request.method == "POST":
            self.puts.append((request.path, dict(request.query)))
            return xml(PUT, 201)
        if "comp" in request.query:
            return web.Response(headers={"x-ms-approximate-messages-count": str(self.count)})
        return xml(self.peeked)


def xml(text: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of storage."""
    return web.Response(text=text, status=status, content_type="application/xml", headers=headers)


@asynccontextmanager
async def queues_on(handler: Handler) -> AsyncIterator[QueueStorage]:
    """The adapter for this storage."""
    async with answering(handler) as url:
        queues = QueueStorage(StorageConnection(f"{ACCOUNT};QueueEndpoint={url}/test;"))
        try:
            yield queues
        finally:
            await queues.close()


@pytest.mark.parametrize(
    ("delay", "seconds"), [(0, "0"), (5, "5"), (5.4, "5"), (301, "301"), (WEEK, str(WEEK)), (WEEK + 1, str(WEEK))]
)
async def test_a_message_becomes_visible_after_its_delay(delay: float, seconds: str) -> None:
    """In whole seconds, at most seven days, which is the limit of a queue."""
    storage = Storage()
    async with queues_on(storage.handle) as queues:
        await queues.put("sms-outbox", "{}", time_to_live=NEVER_EXPIRES, delay=delay)
    ((path, query),) = storage.puts
    assert path == "/test/sms-outbox/messages"
    assert (query.get("visibilitytimeout", "0"), query["messagettl"]) == (seconds, "-1")


async def test_without_a_time_to_live_the_service_uses_its_default() -> None:
    """Seven days: events without a consumer do not accumulate."""
    storage = Storage()
    async with queues_on(storage.handle) as queues:
        await queues.put("events", "{}")
    ((_, query),) = storage.puts
    assert "messagettl" not in query


async def test_a_missing_queue_is_created() -> None:
    """By the first message."""
    storage = Storage(missing=True)
    async with queues_on(storage.handle) as queues:
        await queues.put("events", "{}", delay=7)
    assert [query["visibilitytimeout"] for _, query in storage.puts] == ["7"]


async def test_a_queues_depth_and_its_oldest_message() -> None:
    """Invisible messages are counted; the oldest visible one is the first."""
    async with queues_on(Storage(peeked=PEEKED, count=7).handle) as queues:
        assert await queues.depth("sms-outbox") == QueueDepth(7, datetime(2026, 1, 31, 9, tzinfo=UTC))


async def test_a_queue_without_visible_messages_has_no_oldest() -> None:
    """They wait for their time."""
    async with queues_on(Storage(count=7).handle) as queues:
        assert await queues.depth("sms-outbox") == QueueDepth(7, None)


async def test_a_missing_queue_is_empty() -> None:
    """No message was ever put there."""
    async with queues_on(Storage(missing=True).handle) as queues:
        assert await queues.depth("dead-letter") == QueueDepth(0, None)
        await queues.check()


@pytest.mark.parametrize("status", [400, 403])
async def test_refusing_storage_is_unavailable(status: int) -> None:
    """By our own error, which quotes nothing of the answer."""

    async def refuse(_: web.Request) -> web.Response:
        return xml(NOT_PUT.format(quoted="+15005550010"), status)

    async with queues_on(refuse) as queues:
        for request in (queues.put("events", "{}"), queues.depth("events"), queues.check()):
            with pytest.raises(StorageUnavailable) as raised:
                await request
            assert "+15005550010" not in str(raised.value)


async def test_an_unreachable_storage_is_unavailable() -> None:
    """Within a few seconds."""
    queues = QueueStorage(StorageConnection(f"{ACCOUNT};QueueEndpoint=http://127.0.0.1:{free_port()}/test;"))
    try:
        with pytest.raises(StorageUnavailable):
            await queues.depth("events")
    finally:
        await queues.close()
