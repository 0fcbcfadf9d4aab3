"""Queue Storage: puts messages onto queues, where an output binding cannot (before a record is written, delayed)."""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from switchboard.adapters.storage_connection import StorageConnection
from switchboard.delivery import EVENTS
from switchboard.errors import StorageUnavailable

# A queue that does not answer within this is away: the message that waits for it comes again.
CONNECT_SECONDS = 5
READ_SECONDS = 10


class QueueOutbox:
    """Writes plain text messages (`messageEncoding` none). Bound to the event loop it is first used on."""

    def __init__(self, connection: StorageConnection) -> None:
        self._service = _open(connection)
        self._queues: dict[str, QueueClient] = {}

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None) -> None:
        """Add a message, making the queue when it is absent. Raises StorageUnavailable.

        `time_to_live` is in seconds, -1 for ever, None the service's own seven days.
        """
        client = self._client(queue)
        try:
            try:
                await client.send_message(body, time_to_live=time_to_live)
            except ResourceNotFoundError:
                await client.create_queue()
                await client.send_message(body, time_to_live=time_to_live)
        except AzureError as error:
            raise StorageUnavailable(f"queue {queue} did not take a message: {type(error).__name__}") from error

    async def check(self) -> None:
        """Ask for the `events` queue. Raises StorageUnavailable."""
        try:
            await self._client(EVENTS).get_queue_properties()
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise StorageUnavailable(f"queue storage did not answer: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._queues:
            self._queues[queue] = self._service.get_queue_client(queue)
        return self._queues[queue]


def _open(connection: StorageConnection) -> QueueServiceClient:
    bounds: dict[str, Any] = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retry_total": 2}
    if connection.connection_string:
        return QueueServiceClient.from_connection_string(connection.connection_string, **bounds)
    return QueueServiceClient(connection.queue_endpoint, credential=connection.credential(), **bounds)
