"""Queues on Azurite, as a test fills them and looks into them."""

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
    """An account's queues. `name` is a queue of this test's own, `poison` its poison queue."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self.name = f"test-{uuid.uuid4().hex[:12]}"
        self.poison = f"{self.name}-poison"

    async def put(self, *bodies: str, queue: str = "") -> None:
        """Put messages onto a queue, which is made when absent."""
        client = self._service.get_queue_client(queue or self.name)
        with contextlib.suppress(ResourceExistsError):
            await client.create_queue()
        for body in bodies:
            await client.send_message(body)

    async def empty(self, *queues: str) -> None:
        """Make queues where they are absent, and leave nothing in them."""
        for queue in queues:
            await self.put(queue=queue)
            await self._service.get_queue_client(queue).clear_messages()

    async def count(self, queue: str = "") -> int:
        """How many messages there are, hidden ones too; -1 where there is no queue."""
        try:
            properties = await self._service.get_queue_client(queue or self.name).get_queue_properties()
        except ResourceNotFoundError:
            return -1
        return properties.approximate_message_count or 0

    async def visible(self, queue: str = "") -> list[QueueMessage]:
        """The messages that can be seen at this moment; they stay as they are. None where there is no queue."""
        try:
            return await self._service.get_queue_client(queue or self.name).peek_messages(max_messages=32)
        except ResourceNotFoundError:
            return []

    async def bodies(self, queue: str = "") -> list[str]:
        """The bodies of the messages that can be seen."""
        return [str(message.content) for message in await self.visible(queue)]

    async def take_and_let_go(self, queue: str = "") -> None:
        """Take each message and let it go at once, as workers do that die, but without the wait."""
        client = self._service.get_queue_client(queue or self.name)
        async for message in client.receive_messages(max_messages=32):
            await client.update_message(message, visibility_timeout=0)

    async def until_taken(self, times: int, queue: str) -> None:
        """Wait until the only message of a queue has been taken so often, and can be seen again."""
        async with asyncio.timeout(20):
            while not any((message.dequeue_count or 0) >= times for message in await self.visible(queue)):  # noqa: ASYNC110 - a queue signals nothing
                await asyncio.sleep(0.01)

    async def until_count(self, number: int, queue: str = "") -> None:
        """Wait until a queue holds so many."""
        async with asyncio.timeout(10):
            while await self.count(queue) != number:  # noqa: ASYNC110 - a queue signals nothing
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def open_queues(connection: str) -> AsyncIterator[Queues]:
    """The queues of a connection string."""
    async with QueueServiceClient.from_connection_string(connection) as service:
        yield Queues(service)
