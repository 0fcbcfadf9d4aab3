"""Creates the app's queues, and puts messages on them as other systems do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError, ServiceRequestError
from azure.storage.queue.aio import QueueClient

from local.errors import LocalError
from local.running import silence
from local.settings import queue_origin
from switchboard.delivery import queued_command
from switchboard.errors import CommandRefused
from switchboard.queues import LARGEST_MESSAGE, OUTBOXES, QUEUES, QueueMessage

CONNECT_SECONDS = 2


class QueueError(LocalError):
    """A message cannot be put on a queue; the error says why, and what to do."""


def check(queue: str, body: str, *, as_command: bool = True) -> None:
    """Raise QueueError unless the app has this queue and `body` is JSON that a queue can hold.

    `as_command`: a message on an outbox must also be a command; the error names the field.
    """
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
    if as_command and queue in OUTBOXES:
        _check_command(queue, body)


async def push(connection_string: str, queue: str, body: str, *, as_command: bool = True) -> str:
    """Check a message, and put it on one of the app's queues, created when absent: returns the message's id.

    Raises QueueError.
    """
    check(queue, body, as_command=as_command)
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
            raise QueueError(silence("storage", queue_origin(connection_string))) from error
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


def _check_command(queue: str, body: str) -> None:
    try:
        queued_command.read(QueueMessage(queue, "", body.encode()), datetime.now(UTC))
    except CommandRefused as refused:
        raise QueueError(f"the app would refuse it: {refused.reason}; --no-check pushes it all the same") from refused


async def _send(client: QueueClient, body: str) -> str:
    try:
        sent = await client.send_message(body)
    except ResourceNotFoundError:
        await client.create_queue()
        sent = await client.send_message(body)
    return str(sent.id)
