"""Processes one queue message: runs the function, then deletes, releases or poisons the message.

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

from local.functions_host.backoff import is_set_within
from local.functions_host.functions import Function
from local.functions_host.host_json import QueueRules
from local.functions_host.invocation import Invoker, Trigger
from local.functions_host.log import Log
from local.functions_host.storage import decode, send

POISON = "-poison"
SHORTEST_LEASE = 1


class MessageProcessor:
    """Processes the messages of one queue. `poison` is its poison queue, None for a poison queue itself."""

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

    async def process(self, message: QueueMessage) -> None:
        """Process a received message. When storage is unavailable, the message becomes visible after its lease."""
        try:
            await self._process(message)
        except ResourceNotFoundError:
            self._say(message, "was received by another worker meanwhile")
        except AzureError as error:
            self._say(message, f"stays hidden until its lease ends: storage did not answer ({type(error).__name__})")

    async def _process(self, message: QueueMessage) -> None:
        attempts = message.dequeue_count or 1
        if attempts > self._rules.max_dequeue_count:
            await self._poison_message(message)
            return
        try:
            trigger = read_message(message, self._rules.message_encoding)
        except ValueError as error:
            self._say(message, f"cannot be read: {error}")
            await self._poison_message(message)
            return
        if await self._run(message, trigger):
            await self.queue.delete_message(message)
        elif attempts >= self._rules.max_dequeue_count:
            await self._poison_message(message)
        else:
            await self._release(message)

    async def _run(self, message: QueueMessage, trigger: Trigger) -> bool:
        """Run the function, and return whether it succeeded."""
        async with self._renewed(message):
            try:
                await self._invoker.run(self._function, trigger)
            except asyncio.CancelledError:
                await self._put_back(message)
                raise
            except Exception as error:
                self._log.failed(self._function.name, error)
                return False
        return True

    async def _poison_message(self, message: QueueMessage) -> None:
        """Move the text to the poison queue. A poison queue's own message stays hidden until its lease ends."""
        if self._poison is None:
            return
        await send(self._poison, message.content)
        await self.queue.delete_message(message)
        self._say(message, f"moved to {self._poison.queue_name}, received {message.dequeue_count} times")

    async def _release(self, message: QueueMessage) -> None:
        """Make the message visible after `visibility_timeout`; one of a poison queue after its lease."""
        if self._poison is None:
            return
        await self.queue.update_message(message, visibility_timeout=round(self._rules.visibility_timeout))

    async def _put_back(self, message: QueueMessage) -> None:
        """Make a message visible at once, because the host stops before its function has ended.

        Otherwise it would stay hidden until its lease ends, which is ten minutes.
        """
        try:
            await self.queue.update_message(message, visibility_timeout=0)
        except AzureError as error:
            self._say(message, f"stays hidden until its lease ends: storage did not answer ({type(error).__name__})")

    @asynccontextmanager
    async def _renewed(self, message: QueueMessage) -> AsyncIterator[None]:
        """Renew a message's lease until the `async with` ends."""
        ended = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, ended))
        try:
            yield
        finally:
            ended.set()
            # Not cancelled: a renewal in progress changes the pop receipt that the deletion needs.
            await renewal

    async def _renew(self, message: QueueMessage, ended: asyncio.Event) -> None:
        while not await is_set_within(self.lease_seconds / 2, ended):
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
    """Make the trigger of a message as the Functions host does: its text, and JSON metadata. Raises ValueError."""
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


def manual_message(body: str) -> Trigger:
    """Make the trigger of a message that is on no queue, with a new id."""
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
