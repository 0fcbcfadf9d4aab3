"""Creates the app's queues, and puts messages on them as other systems do."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError, ServiceRequestError
from azure.storage.queue.aio import QueueClient

from local.errors import LocalError
from local.running import silence
from switchboard.queues import LARGEST_MESSAGE, QUEUES

CONNECT_SECONDS = 2


class QueueError(LocalError):
    """A message cannot be put on a queue; the error says why, and what to do."""


def check(queue: str, body: str) -> None:
    """Raise QueueError unless the app has this queue and `body` is JSON that a queue can hold."""
    if queue not in QUEUES:
        raise QueueError(f"the app has no queue {queue}; it has {', '.join(QUEUES)}")
    try:
        json.loads(body)
    except ValueError as error:
        hint = """put it in single quotes, as '{"to": "+15005550006", "body": "Hello"}'"""
        raise QueueError(f"the message is not JSON ({error}): {hint}") from error
    size = len(body.encode())
    if size > LARGEST_MESSAGE:
        raise QueueError(f"the message has {size:,} bytes; a queue takes {LARGEST_MESSAGE:,} at most")


async def push(connection_string: str, queue: str, body: str) -> str:
    """Put a message on one of the app's queues, created when absent: returns the message's id. Raises QueueError."""
    check(queue, body)
    try:
        client = QueueClient.from_connection_string(
            connection_string, queue, retry_total=0, connection_timeout=CONNECT_SECONDS
        )
    except ValueError as error:
        raise QueueError(f"AzureWebJobsStorage is not a connection string: {error}") from error
    async with client:
        try:
            return await _send(client, body)
        except ServiceRequestError as error:
            raise QueueError(silence("storage", _origin(client.url))) from error
        except AzureError as error:
            raise QueueError(f"storage did not take the message: {error}") from error


async def create_all(connection_string: str) -> None:
    """Create each of the app's queues that is absent, as infra/ does in Azure. Raises QueueError.

    So a consumer can wait on `events` before the first event.
    """
    for queue in QUEUES:
        async with QueueClient.from_connection_string(
            connection_string, queue, connection_timeout=CONNECT_SECONDS
        ) as client:
            try:
                await client.create_queue()
            except ResourceExistsError:
                continue
            except AzureError as error:
                raise QueueError(f"storage did not create the queue {queue}: {error}") from error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _send(client: QueueClient, body: str) -> str:
    try:
        sent = await client.send_message(body)
    except ResourceNotFoundError:
        await client.create_queue()
        sent = await client.send_message(body)
    return str(sent.id)
