"""Twilio and Queue Storage as local servers with one answer each, for the real adapters."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from switchboard.adapters.queue_storage import QueueStorage
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.adapters.table_ledger import TableLedger, TableOptOuts, Tables
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.settings import Settings
from tests.fakes import ENVIRONMENT, FakeSecrets, FakeServices

# Base64, as Azure's are.
ACCOUNT_KEY = "c3RvcmFnZS1rZXktb2YtdGhlLXRlc3Q="
ACCOUNT = f"DefaultEndpointsProtocol=http;AccountName=test;AccountKey={ACCOUNT_KEY}"
WHEN = "Sat, 31 Jan 2026 09:00:00 GMT"
PUT = f"""<?xml version="1.0" encoding="utf-8"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId>
<InsertionTime>{WHEN}</InsertionTime><ExpirationTime>{WHEN}</ExpirationTime><PopReceipt>x</PopReceipt>
<TimeNextVisible>{WHEN}</TimeNextVisible></QueueMessage></QueueMessagesList>"""
NOT_PUT = f"""<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>
<Message>Not signed by {ACCOUNT_KEY}: {{quoted}}</Message></Error>"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """A server on a free port that answers every request with this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def real_adapters(
    status: int, code: int, stored: int = 201, quoting: str = "", *, tables: bool = False
) -> AsyncIterator[FakeServices]:
    """Services on the real adapters: Twilio answers with `status` and `code`, storage with `stored`.

    Errors of both contain `quoting`. Records are in memory, unless `tables` makes tables use that storage too.
    """

    async def twilio(request: web.Request) -> web.Response:
        answer = {"sid": "SM1", "status": "queued"} if status < 400 else {"code": code, "message": quoting}
        return web.json_response(answer, status=status)

    async def storage(request: web.Request) -> web.Response:
        return web.Response(
            status=stored, text=PUT if stored < 400 else NOT_PUT.format(quoted=quoting), content_type="application/xml"
        )

    async with answering(twilio) as twilio_url, answering(storage) as storage_url:
        environ = {**ENVIRONMENT, "TWILIO_API_BASE_URL": twilio_url}
        api = TwilioApi(Settings.from_environ(environ), FakeSecrets())
        connection = StorageConnection(f"{ACCOUNT};QueueEndpoint={storage_url}/test;TableEndpoint={storage_url}/test;")
        queues, stored_records = QueueStorage(connection), Tables(connection)
        services = FakeServices(
            environ,
            twilio=api,
            queues=queues,
            ledger=TableLedger(stored_records) if tables else None,
            opt_outs=TableOptOuts(stored_records) if tables else None,
        )
        services.gauge = queues
        try:
            yield services
        finally:
            await api.close()
            await queues.close()
            await stored_records.close()
