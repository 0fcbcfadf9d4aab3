"""The ways to send a text that are compared, each as `send(body)` on one event loop."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

Send = Callable[[str], Awaitable[None]]

MOST_THREADS = 64


def record_of(command: dict[str, Any]) -> dict[str, Any]:
    """Returns an entity with the fields of a delivery record."""
    now = datetime.now(UTC)
    partition = uuid.uuid5(uuid.NAMESPACE_OID, command["to"]).hex
    return {
        "PartitionKey": partition,
        "RowKey": f"sms:{command['id']}",
        "phase": "open",
        "sids": "",
        "run": uuid.uuid4().hex,
        "state": "claimed",
        "attempt": 0,
        "fingerprint": uuid.uuid4().hex,
        "sender": os.environ["TWILIO_FROM"],
        "first_seen": now,
        "first_claimed_at": now,
        "claimed_at": now,
        "give_up_at": now,
        "word": "",
        "reason": "",
        "code": 0,
    }


def switchboard() -> Send:
    """Returns the app's own function, through the converters of its binding."""
    import azure.functions as func
    from azure.functions.meta import Datum

    from switchboard.blueprints import delivery

    function: Any = delivery.send_sms
    call = function._function.get_user_function()
    converter: Any = func.get_binding_registry().get("queueTrigger")

    async def send(body: str) -> None:
        inserted = Datum(json.dumps(datetime.now(UTC).isoformat()), "json")
        metadata = {"Id": Datum(uuid.uuid4().hex, "string"), "InsertionTime": inserted}
        await call(message=converter.decode(Datum(body, "string"), trigger_metadata=metadata))

    return send


def sdks(*, tuned: bool) -> Send:
    """Returns the async SDKs with the same requests: as they come, or with the public options that the app sets."""
    from azure.core import MatchConditions
    from azure.core.pipeline.transport import AioHttpTransport
    from azure.data.tables import UpdateMode
    from azure.data.tables.aio import TableServiceClient
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    options: dict[str, Any] = {"transport": AioHttpTransport(use_env_settings=False)} if tuned else {}
    service = TableServiceClient.from_connection_string(os.environ["AzureWebJobsStorage"], **options)
    records, opt_outs = service.get_table_client("deliveries"), service.get_table_client("optouts")
    client = Client(
        os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], http_client=AsyncTwilioHttpClient()
    )
    client.api.base_url = os.environ["TWILIO_API_BASE_URL"]

    async def send(body: str) -> None:
        command = json.loads(body)
        record = record_of(command)
        try:
            await opt_outs.get_entity(record["PartitionKey"], record["sender"])
        except ResourceNotFoundError:
            pass
        claimed = await records.create_entity(record)
        created = await client.messages.create_async(
            to=command["to"], from_=record["sender"], body=command["body"], status_callback=callback(record)
        )
        written = record | {"state": str(created.status), "sids": created.sid}
        condition: Any = {"etag": claimed["etag"], "match_condition": MatchConditions.IfNotModified}
        await records.update_entity(written, UpdateMode.REPLACE, **condition)

    return send


def guide() -> Send:
    """Returns the guides' way: a thread and a new Client for each message, and the ledger by the synchronous SDK."""
    from azure.core import MatchConditions
    from azure.data.tables import TableServiceClient, UpdateMode
    from twilio.rest import Client

    service = TableServiceClient.from_connection_string(os.environ["AzureWebJobsStorage"])
    records, opt_outs = service.get_table_client("deliveries"), service.get_table_client("optouts")
    threads = ThreadPoolExecutor(MOST_THREADS)

    def send_one(body: str) -> None:
        command = json.loads(body)
        record = record_of(command)
        try:
            opt_outs.get_entity(record["PartitionKey"], record["sender"])
        except ResourceNotFoundError:
            pass
        claimed = records.create_entity(record)
        client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
        client.api.base_url = os.environ["TWILIO_API_BASE_URL"]
        created = client.messages.create(
            to=command["to"], from_=record["sender"], body=command["body"], status_callback=callback(record)
        )
        written = record | {"state": str(created.status), "sids": created.sid}
        condition: Any = {"etag": claimed["etag"], "match_condition": MatchConditions.IfNotModified}
        records.update_entity(written, UpdateMode.REPLACE, **condition)

    async def send(body: str) -> None:
        await asyncio.get_running_loop().run_in_executor(threads, send_one, body)

    return send


def callback(record: dict[str, Any]) -> str:
    """Returns a status callback as long as the app's."""
    identity = f"{record['PartitionKey']}.0.{record['RowKey']}"
    return f"{os.environ['PUBLIC_BASE_URL']}/api/status/sms?id={identity}#rc=3&rp=all"


WAYS: dict[str, Callable[[], Send]] = {
    "switchboard": switchboard,
    "SDKs": lambda: sdks(tuned=False),
    "SDKs, same options": lambda: sdks(tuned=True),
    "guide": guide,
}
