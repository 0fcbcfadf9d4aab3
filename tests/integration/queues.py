"""Queues on Azurite, filled and read by a test."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueServiceClient

# A setting of the host, in place of host.json's two seconds: a test waits less for an idle queue's next poll.
FREQUENT_POLLING = {"AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.5"}


class Queues:
    """An account's queues. `name` is a queue of this test, `poison` its poison queue."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self.name = f"test-{uuid.uuid4().hex[:12]}"
        self.poison = f"{self.name}-poison"

    async def put(self, *bodies: str, queue: str = "") -> None:
        """Puts messages onto a queue, which is created when absent."""
        client = self._service.get_queue_client(queue or self.name)
        with contextlib.suppress(ResourceExistsError):
            await client.create_queue()
        for body in bodies:
            await client.send_message(body)

    async def empty(self, *queues: str) -> None:
        """Creates absent queues, and clears all of them."""
        for queue in queues:
            await self.put(queue=queue)
            await self._service.get_queue_client(queue).clear_messages()

    async def count(self, queue: str = "") -> int:
        """The number of messages, invisible ones included; -1 for an absent queue."""
        try:
            properties = await self._service.get_queue_client(queue or self.name).get_queue_properties()
        except ResourceNotFoundError:
            return -1
        return properties.approximate_message_count or 0

    async def visible(self, queue: str = "") -> list[QueueMessage]:
        """The visible messages, unchanged. None of an absent queue."""
        try:
            return await self._service.get_queue_client(queue or self.name).peek_messages(max_messages=32)
        except ResourceNotFoundError:
            return []

    async def bodies(self, queue: str = "") -> list[str]:
        """The bodies of the visible messages."""
        return [str(message.content) for message in await self.visible(queue)]

    async def take_and_abandon(self, queue: str = "") -> None:
        """Takes each message and makes it visible at once, as after a crash, but without the wait."""
        client = self._service.get_queue_client(queue or self.name)
        async for message in client.receive_messages(max_messages=32):
            await client.update_message(message, visibility_timeout=0)

    async def until_taken(self, times: int, queue: str) -> None:
        """Waits until the only message of a queue has been taken so often, and is visible again."""
        async with asyncio.timeout(20):
            while not any((message.dequeue_count or 0) >= times for message in await self.visible(queue)):  # noqa: ASYNC110 - a queue signals nothing
                await asyncio.sleep(0.01)

    async def until_count(self, number: int, queue: str = "") -> None:
        """Waits until a queue has so many messages."""
        async with asyncio.timeout(10):
            while await self.count(queue) != number:  # noqa: ASYNC110 - a queue signals nothing
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def open_queues(connection: str) -> AsyncIterator[Queues]:
    """The queues of a connection string."""
    async with QueueServiceClient.from_connection_string(connection) as service:
        yield Queues(service)
