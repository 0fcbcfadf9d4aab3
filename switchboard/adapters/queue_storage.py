"""Queue Storage: writes messages to queues, and measures queues."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from switchboard.adapters.storage_connection import StorageConnection
from switchboard.errors import StorageUnavailable
from switchboard.queues import EVENTS, QueueDepth

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

# A request that takes longer has failed: the message that waits for it is delivered again.
CONNECT_SECONDS = 5
READ_SECONDS = 10
# By default this SDK waits 15 s and more before each retry: longer than Twilio waits for a webhook.
RETRIES = {"retry_total": 2, "initial_backoff": 0, "increment_base": 1, "random_jitter_range": 1}
# Queue Storage hides a message for seven days at most.
LONGEST_DELAY = 7 * 24 * 3600


class QueueStorage:
    """The queues of one storage account, with plain text messages (`messageEncoding` none).

    Bound to the event loop that it is first used on. `reads_proxies` is that of the tables.
    """

    def __init__(
        self,
        connection: StorageConnection,
        credential: AsyncTokenCredential | None = None,
        *,
        reads_proxies: bool = False,
    ) -> None:
        self._service = _open(connection, credential, reads_proxies=reads_proxies)
        self._queues: dict[str, QueueClient] = {}

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Adds a message, and creates the queue when it is absent. Raises StorageUnavailable.

        `time_to_live` is in seconds, NEVER_EXPIRES, or None for the service's seven days. The message becomes visible
        after `delay` seconds.
        """
        client = self._client(queue)
        how: dict[str, Any] = {"time_to_live": time_to_live, "visibility_timeout": min(round(delay), LONGEST_DELAY)}
        try:
            try:
                await client.send_message(body, **how)
            except ResourceNotFoundError:
                with suppress(ResourceExistsError):  # another worker created it meanwhile
                    await client.create_queue()
                await client.send_message(body, **how)
        except AzureError as error:
            raise StorageUnavailable(f"queue {queue} did not take a message: {type(error).__name__}") from error

    async def check(self) -> None:
        """Reads the properties of the queue `events`. Raises StorageUnavailable."""
        try:
            await self._client(EVENTS).get_queue_properties()
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise StorageUnavailable(f"queue storage did not answer: {type(error).__name__}") from error

    async def depth(self, queue: str) -> QueueDepth:
        """Returns the approximate number of messages and the oldest visible one's time. Raises StorageUnavailable."""
        client = self._client(queue)
        try:
            properties = await client.get_queue_properties()
            peeked = await client.peek_messages(1)
        except ResourceNotFoundError:
            return QueueDepth(0, None)
        except AzureError as error:
            raise StorageUnavailable(f"queue {queue} did not answer: {type(error).__name__}") from error
        return QueueDepth(properties.approximate_message_count or 0, peeked[0].inserted_on if peeked else None)

    async def close(self) -> None:
        """Closes the connections."""
        await self._service.close()

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._queues:
            self._queues[queue] = self._service.get_queue_client(queue)
        return self._queues[queue]


def _open(
    connection: StorageConnection, credential: AsyncTokenCredential | None, *, reads_proxies: bool
) -> QueueServiceClient:
    bounds: dict[str, Any] = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, **RETRIES}
    bounds["use_env_settings"] = reads_proxies
    if connection.connection_string:
        return QueueServiceClient.from_connection_string(connection.connection_string, **bounds)
    return QueueServiceClient(connection.queue_endpoint, credential=credential, **bounds)
