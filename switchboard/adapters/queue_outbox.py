"""Queue Storage: puts messages onto queues, where an output binding cannot (before a record is written, delayed)."""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from switchboard.adapters.storage_connection import StorageConnection
from switchboard.errors import StorageUnavailable
from switchboard.housekeeping import Depth
from switchboard.outbox import EVENTS

# A queue that does not answer within this is away: the message that waits for it comes again.
CONNECT_SECONDS = 5
READ_SECONDS = 10
# Unless told otherwise this SDK waits 15 s and more before each retry: longer than Twilio waits for us.
RETRIES = {"retry_total": 2, "initial_backoff": 0, "increment_base": 1, "random_jitter_range": 1}
# Queue Storage hides a message for seven days at most.
LONGEST_DELAY = 7 * 24 * 3600


class QueueOutbox:
    """Writes plain text messages (`messageEncoding` none). Bound to the event loop it is first used on."""

    def __init__(self, connection: StorageConnection) -> None:
        self._service = _open(connection)
        self._queues: dict[str, QueueClient] = {}

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Add a message, making the queue when it is absent. Raises StorageUnavailable.

        `time_to_live` is in seconds, -1 for ever, None the service's own seven days; it is seen after `delay` seconds.
        """
        client = self._client(queue)
        how: dict[str, Any] = {"time_to_live": time_to_live, "visibility_timeout": min(round(delay), LONGEST_DELAY)}
        try:
            try:
                await client.send_message(body, **how)
            except ResourceNotFoundError:
                await client.create_queue()
                await client.send_message(body, **how)
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

    async def depth(self, queue: str) -> Depth:
        """How many messages it holds, about, and the age of the oldest that can be seen. Raises StorageUnavailable."""
        client = self._client(queue)
        try:
            properties = await client.get_queue_properties()
            peeked = await client.peek_messages(1)
        except ResourceNotFoundError:
            return Depth(0, None)
        except AzureError as error:
            raise StorageUnavailable(f"queue {queue} did not answer: {type(error).__name__}") from error
        return Depth(properties.approximate_message_count or 0, peeked[0].inserted_on if peeked else None)

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._queues:
            self._queues[queue] = self._service.get_queue_client(queue)
        return self._queues[queue]


def _open(connection: StorageConnection) -> QueueServiceClient:
    bounds: dict[str, Any] = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, **RETRIES}
    if connection.connection_string:
        return QueueServiceClient.from_connection_string(connection.connection_string, **bounds)
    return QueueServiceClient(connection.queue_endpoint, credential=connection.credential(), **bounds)
