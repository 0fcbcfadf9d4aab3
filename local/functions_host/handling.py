"""What becomes of one message: run, deleted, left to come again, or moved to the poison queue.

Source of the rules: the storage extension's QueueProcessor.cs in azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from local.functions_host.functions import Function
from local.functions_host.host_json import QueueRules
from local.functions_host.invocation import Invoker, Trigger
from local.functions_host.log import Log
from local.functions_host.pauses import within
from local.functions_host.storage import decode, send

POISON = "-poison"
SHORTEST_LEASE = 1


class Handling:
    """Handles the messages of one queue. `poison` is None for a queue that is a poison queue itself."""

    def __init__(
        self,
        function: Function,
        queue: QueueClient,
        poison: QueueClient | None,
        *,
        rules: QueueRules,
        lease: float,
        invoker: Invoker,
        log: Log,
    ) -> None:
        self.queue = queue
        self.lease_seconds = max(SHORTEST_LEASE, round(lease))
        self._function = function
        self._poison = poison
        self._rules = rules
        self._invoker = invoker
        self._log = log

    async def handle(self, message: QueueMessage) -> None:
        """See a message that was taken through to its end. Storage that is away leaves it to come again."""
        try:
            await self._see_through(message)
        except ResourceNotFoundError:
            self._say(message, "was taken by somebody else meanwhile")
        except AzureError as error:
            self._say(message, f"stays hidden until its lease ends: storage did not answer ({type(error).__name__})")

    async def _see_through(self, message: QueueMessage) -> None:
        taken = message.dequeue_count or 1
        if taken > self._rules.max_dequeue_count:
            await self._give_up(message)
            return
        try:
            trigger = read_message(message, self._rules.message_encoding)
        except ValueError as error:
            self._say(message, f"cannot be read: {error}")
            await self._give_up(message)
            return
        if await self._run(message, trigger):
            await self.queue.delete_message(message)
        elif taken >= self._rules.max_dequeue_count:
            await self._give_up(message)
        else:
            await self._release(message)

    async def _run(self, message: QueueMessage, trigger: Trigger) -> bool:
        """Whether the function succeeded."""
        async with self._renewed(message):
            try:
                await self._invoker.run(self._function, trigger)
            except Exception as error:
                self._log.failed(self._function.name, error)
                return False
        return True

    async def _give_up(self, message: QueueMessage) -> None:
        """To the poison queue, the text alone, for seven days. A poison queue's own message stays hidden."""
        if self._poison is None:
            return
        await send(self._poison, message.content)
        await self.queue.delete_message(message)
        self._say(message, f"moved to {self._poison.queue_name}, taken {message.dequeue_count} times")

    async def _release(self, message: QueueMessage) -> None:
        """Let it come again after a while; a poison queue's own when its lease has run out."""
        if self._poison is None:
            return
        await self.queue.update_message(message, visibility_timeout=round(self._rules.visibility_timeout))

    @asynccontextmanager
    async def _renewed(self, message: QueueMessage) -> AsyncIterator[None]:
        """Keep a message hidden as long as the body of the `async with` lasts."""
        ended = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, ended))
        try:
            yield
        finally:
            ended.set()
            # Not cancelled: a renewal that is under way changes the receipt that the message is deleted by.
            await renewal

    async def _renew(self, message: QueueMessage, ended: asyncio.Event) -> None:
        while not await within(self.lease_seconds / 2, ended):
            try:
                renewed = await self.queue.update_message(message, visibility_timeout=self.lease_seconds)
                message.pop_receipt = renewed.pop_receipt
            except ResourceNotFoundError:
                return
            except AzureError as error:
                self._say(message, f"could not be renewed ({type(error).__name__})")

    def _say(self, message: QueueMessage, what: str) -> None:
        self._log.say(f"{self._function.name} message {message.id} of {self.queue.queue_name} {what}", wrong=True)


def read_message(message: QueueMessage, encoding: str) -> Trigger:
    """A message as the Functions host hands it on: the text as it is, the rest as JSON. Raises ValueError."""
    body = decode(message.content, encoding)
    return _trigger(
        body,
        Id=Datum(message.id, "string"),
        PopReceipt=Datum(message.pop_receipt, "string"),
        DequeueCount=_json(message.dequeue_count),
        InsertionTime=_json(_time(message.inserted_on)),
        ExpirationTime=_json(_time(message.expires_on)),
        NextVisibleTime=_json(_time(message.next_visible_on)),
    )


def message_by_hand(body: str) -> Trigger:
    """A message that no queue held, with an id of its own."""
    now = datetime.now(UTC)
    return _trigger(
        body,
        Id=Datum(str(uuid.uuid4()), "string"),
        PopReceipt=Datum("", "string"),
        DequeueCount=_json(1),
        InsertionTime=_json(_time(now)),
        ExpirationTime=_json(_time(now + timedelta(days=7))),
        NextVisibleTime=_json(_time(now)),
    )


def _trigger(body: str | bytes, **metadata: Datum) -> Trigger:
    datum = Datum(body, "string" if isinstance(body, str) else "bytes")
    return Trigger(datum, {"QueueTrigger": datum, **metadata})


def _json(value: object) -> Datum:
    return Datum(json.dumps(value), "json")


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""
