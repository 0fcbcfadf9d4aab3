"""Queue Storage for the host: a client for each queue, and the message encoding of host.json."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.functions_host.functions import Binding
from local.functions_host.log import Log
from local.functions_host.options import HostError
from local.settings import SHORTHAND, STORAGE, connection_string

# The host has its own delays. One retry, at once, covers a connection that storage has closed.
BOUNDS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "retry_total": 1,
    "initial_backoff": 0,
    "increment_base": 0,
    "random_jitter_range": 0,
}


class Storage:
    """The queues of an app, by the connections in its bindings."""

    def __init__(self, environ: Mapping[str, str], encoding: str) -> None:
        self._environ = environ
        self._encoding = encoding
        self._services: dict[str, QueueServiceClient] = {}
        self._queues: dict[tuple[str, str], QueueClient] = {}

    def queue(self, binding: Binding, suffix: str = "") -> QueueClient:
        """Return the client of a binding's queue, with a suffix to its name. Raises HostError."""
        connection = binding.text("connection", STORAGE) or STORAGE
        name = binding.text("queueName") + suffix
        if (connection, name) not in self._queues:
            self._queues[connection, name] = self._service(connection).get_queue_client(name)
        return self._queues[connection, name]

    async def put(self, binding: Binding, messages: list[str | bytes]) -> None:
        """Add messages to an output binding's queue, which is created when absent. Raises AzureError."""
        queue = self.queue(binding)
        for message in messages:
            await send(queue, encode(message, self._encoding))

    async def close(self) -> None:
        """Close the connections."""
        for service in self._services.values():
            await service.close()

    def _service(self, connection: str) -> QueueServiceClient:
        if connection not in self._services:
            value = _connection_string(connection, self._environ)
            try:
                self._services[connection] = QueueServiceClient.from_connection_string(value, **BOUNDS)
            except ValueError as error:
                raise HostError(f"{connection}: not a connection string of Azure Storage") from error
        return self._services[connection]


class StorageMonitor:
    """Logs once that storage is unavailable, and once that it is available again, for all queues together."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._unavailable = False

    def failed(self, error: AzureError) -> None:
        """Record a failed request."""
        if not self._unavailable:
            self._unavailable = True
            # Azure's error code where storage answered, as for a wrong key.
            code = getattr(error, "error_code", None)
            reason = getattr(code, "value", code) or type(error).__name__
            self._log.say(f"storage is unavailable ({reason}): trying again", wrong=True)

    def answered(self) -> None:
        """Record an answer."""
        if self._unavailable:
            self._unavailable = False
            self._log.say("storage is available again")


async def create(queue: QueueClient) -> None:
    """Create a queue unless it exists. Raises AzureError."""
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return


async def send(queue: QueueClient, text: str) -> None:
    """Put a text on a queue; the queue is created when absent. Raises AzureError."""
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        await create(queue)
        await queue.send_message(text)


def encode(message: str | bytes, encoding: str) -> str:
    """Encode a message for the queue."""
    if encoding == "base64":
        return base64.b64encode(message.encode() if isinstance(message, str) else message).decode()
    return message if isinstance(message, str) else message.decode()


def decode(text: str, encoding: str) -> str | bytes:
    """Decode the text of a message. Raises ValueError."""
    if encoding == "none":
        return text
    try:
        body = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64, which messageEncoding requires") from error
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _connection_string(connection: str, environ: Mapping[str, str]) -> str:
    """Return the connection string in the setting of that name, or with Azure's prefix. Raises HostError."""
    for name in (connection, f"AzureWebJobs{connection}"):
        if environ.get(name):
            return connection_string({STORAGE: environ[name]})
    raise HostError(f"{connection}: not set; on this machine it must be a connection string, or {SHORTHAND}")
