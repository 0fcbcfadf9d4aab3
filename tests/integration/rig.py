"""The app as a process that can be killed, between storage and a Twilio that outlive it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

from local import processes
from local.settings import ROOT, development_storage
from local.storage import Azurite, StorageOptions
from switchboard.adapters.table_ledger import DELIVERIES
from switchboard.queues import DEAD_LETTER, EVENTS
from tests import published
from tests.integration.storage_proxy import StorageProxy, Transaction
from tests.integration.twilio_double import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioDouble
from tests.ports import free_port

UP = "functions host is up"
START_SECONDS = 60
PATIENCE_SECONDS = 120
LOOK_AGAIN_SECONDS = 0.1
LAST_LINES = 60
LEFT_OVER = ("sms-outbox-poison", "call-outbox-poison", DEAD_LETTER)


class App:
    """The Functions host, `./sb local host`, and its last output lines."""

    def __init__(self, port: int, lease: int, environ: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "local", "host", "--port", str(port), "--lease", str(lease)]
        self._environ = {**os.environ, **environ, "PYTHONUNBUFFERED": "1"}
        self._process: asyncio.subprocess.Process | None = None
        self._news = asyncio.Event()
        self.is_up = False
        self.output: deque[str] = deque(maxlen=LAST_LINES)

    async def begin(self) -> None:
        """Starts it without waiting."""
        assert self._process is None
        self.is_up = False
        self._news.clear()
        self._process = await processes.start(self._command, folder=ROOT, environ=self._environ)
        self._listening = asyncio.create_task(self._listen(self._process))

    async def start(self) -> None:
        """Starts it, and waits until it polls its queues."""
        await self.begin()
        async with asyncio.timeout(START_SECONDS):
            await self._news.wait()
        assert self.is_up, "\n".join(["the app did not start:", *self.output])

    async def kill(self) -> None:
        """SIGKILL: not one more instruction of it runs."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            await self._listening
            self._process = None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        async for line in processes.lines(process):
            self.output.append(line)
            if UP in line:
                self.is_up = True
                self._news.set()
        self._news.set()


class Rig:
    """All parts: `async with Rig(claim=…, settle=…, lease=…) as rig`. The app is not started yet.

    With `watched` the app's storage requests pass through `tables` and `queues`, where they are counted and can be
    held.
    """

    def __init__(self, *, claim: int, settle: int, lease: int, watched: bool = False, pace: float = 0.2) -> None:
        self._options = StorageOptions(free_port(), free_port(), free_port(), folder=None)
        self._watched = watched
        self._closing = AsyncExitStack()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.twilio = TwilioDouble(self.url, pace=pace)
        self.tables = StorageProxy(self._options.table)
        self.queues = StorageProxy(self._options.queue)
        self.app = App(port, lease, self._environ(claim, settle))

    async def __aenter__(self) -> Rig:
        """Starts storage and Twilio."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(Azurite(self._options))
            for proxy in (self.tables, self.queues):
                await opening.enter_async_context(proxy)
            await opening.enter_async_context(self.twilio)
            direct = self._options.connection_string
            self._queue_service = await opening.enter_async_context(QueueServiceClient.from_connection_string(direct))
            self._table_service = await opening.enter_async_context(TableServiceClient.from_connection_string(direct))
            opening.push_async_callback(self.app.kill)
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all parts; adds the app's last output to an error."""
        try:
            await self._closing.aclose()
        finally:
            if error is not None:
                error.add_note("\n  ".join(["the app's last output:", *self.app.output]))

    async def push(self, queue: str, commands: Iterable[Mapping[str, object]]) -> None:
        """Puts commands on an outbox, as their senders do."""
        client = self._queue_service.get_queue_client(queue)
        for command in commands:
            body = json.dumps(command)
            try:
                await client.send_message(body)
            except ResourceNotFoundError:
                await client.create_queue()
                await client.send_message(body)

    async def records(self) -> dict[str, dict[str, Any]]:
        """Every delivery record by its command's id, which a test uses for one recipient only."""
        table = self._table_service.get_table_client(DELIVERIES)
        try:
            return {each["RowKey"].partition(":")[2]: dict(each) async for each in table.list_entities()}
        except ResourceNotFoundError:
            return {}

    async def states(self) -> dict[str, str]:
        """The state of each delivery by its command's id."""
        return {command_id: record["state"] for command_id, record in (await self.records()).items()}

    async def depth(self, queue: str) -> int:
        """The number of messages of a queue, invisible ones included."""
        try:
            properties = await self._queue_service.get_queue_client(queue).get_queue_properties()
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)

    async def take_all(self, queue: str = DEAD_LETTER) -> list[dict[str, Any]]:
        """Takes all visible messages off a queue."""
        client = self._queue_service.get_queue_client(queue)
        found = []
        try:
            async for message in client.receive_messages(messages_per_page=32):
                found.append(json.loads(message.content))
                await client.delete_message(message)
        except ResourceNotFoundError:
            return []
        return found

    async def published(self) -> dict[str, list[str]]:
        """The published states by command id, each as often as it was published."""
        found: dict[str, list[str]] = defaultdict(list)
        for event in await self.take_all(EVENTS):
            published.check(event)
            data = event["data"]
            found[data["command_id"]].append(data.get("state", event["type"]))
        return found

    async def left_over(self) -> dict[str, int]:
        """The number of messages on the poison queues and `dead-letter`."""
        return {queue: await self.depth(queue) for queue in LEFT_OVER}

    async def until_quiet(self, *queues: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until an outbox and its poison queue are empty, invisible copies included."""

        async def is_quiet() -> bool:
            return not any([await self.depth(queue) for queue in (*queues, *(f"{queue}-poison" for queue in queues))])

        await until(is_quiet, "the outboxes are empty", seconds=seconds)

    async def transactions_of(self, texts: int) -> list[Transaction]:
        """Starts the app and returns the storage requests of so many delivered texts, without their callbacks."""
        # The first text creates the tables.
        await self.push("sms-outbox", [_text(0)])
        await self.app.start()
        await self.until_quiet("sms-outbox")
        await until(lambda: self.twilio.is_done, "the first text's callbacks are delivered")
        self.twilio.sends_callbacks.clear()
        self.tables.seen.clear()
        self.queues.seen.clear()
        await self.push("sms-outbox", map(_text, range(1, texts + 1)))
        await self.until_quiet("sms-outbox")
        seen = [*self.tables.seen, *self.queues.seen]
        self.twilio.sends_callbacks.set()
        await until(lambda: self.twilio.is_done, "every callback is delivered")
        return seen

    def _environ(self, claim: int, settle: int) -> dict[str, str]:
        blob, queue, table = self._options.blob, self._options.queue, self._options.table
        if self._watched:
            queue, table = self.queues.port, self.tables.port
        queues = "AzureFunctionsJobHost__extensions__queues__"
        return {
            "AzureWebJobsStorage": development_storage(blob, queue, table),
            "PUBLIC_BASE_URL": self.url,
            "TWILIO_API_BASE_URL": self.twilio.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": NUMBER,
            "TWILIO_MESSAGING_SERVICE_SID": "",
            "TWILIO_API_KEY_SID": "",
            "KEY_VAULT_URL": "",
            "ALLOWED_DESTINATIONS": "",
            "DELIVERY_CLAIM_SECONDS": str(claim),
            "DELIVERY_SETTLE_SECONDS": str(settle),
            # Many messages are held at once, and idle polling must not delay requeued ones further.
            f"{queues}newBatchThreshold": "200",
            f"{queues}maxPollingInterval": "00:00:00.5",
        }


def _text(number: int) -> dict[str, str]:
    return {"id": f"t{number}", "to": f"+35191{number:07}", "body": f"Your code is {number}."}


async def until(
    condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS, again: float = LOOK_AGAIN_SECONDS
) -> None:
    """Waits until a condition is true, which may be a coroutine's. Fails when it is not for so long."""
    end = time.monotonic() + seconds
    while True:
        holds = condition()
        if asyncio.iscoroutine(holds):
            holds = await holds
        if holds:
            return
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(again)
