"""Queue Storage as the host uses it: one client a queue, messages encoded as host.json says."""

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

# The host makes its own pauses. One repetition at once is for a connection that the other side had closed.
BOUNDS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "retry_total": 1,
    "initial_backoff": 0,
    "increment_base": 0,
    "random_jitter_range": 0,
}


class Storage:
    """The queues of an app, by the connections that its bindings name."""

    def __init__(self, environ: Mapping[str, str], encoding: str) -> None:
        self._environ = environ
        self._encoding = encoding
        self._services: dict[str, QueueServiceClient] = {}
        self._queues: dict[tuple[str, str], QueueClient] = {}

    def queue(self, binding: Binding, suffix: str = "") -> QueueClient:
        """The client of a binding's queue, or of the one beside it with that ending. Raises HostError."""
        connection = binding.text("connection", STORAGE) or STORAGE
        name = binding.text("queueName") + suffix
        if (connection, name) not in self._queues:
            self._queues[connection, name] = self._service(connection).get_queue_client(name)
        return self._queues[connection, name]

    async def put(self, binding: Binding, messages: list[str | bytes]) -> None:
        """Add messages to an output binding's queue, which is made when absent. Raises AzureError."""
        queue = self.queue(binding)
        for message in messages:
            await send(queue, encode(message, self._encoding))

    async def close(self) -> None:
        """Close the connections."""
        for service in self._services.values():
            await service.close()

    def _service(self, connection: str) -> QueueServiceClient:
        if connection not in self._services:
            place = _place(connection, self._environ)
            try:
                self._services[connection] = QueueServiceClient.from_connection_string(place, **BOUNDS)
            except ValueError as error:
                raise HostError(f"{connection}: not a connection string of Azure Storage") from error
        return self._services[connection]


class Reachability:
    """Says once that storage is away, and once that it is back, however many queues notice."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._away = False

    def lost(self, error: AzureError) -> None:
        """Storage did not answer."""
        if not self._away:
            self._away = True
            # Azure's own code where it answered, as with a wrong key.
            code = getattr(error, "error_code", None)
            reason = getattr(code, "value", code) or type(error).__name__
            self._log.say(f"storage is away ({reason}): trying again", wrong=True)

    def found(self) -> None:
        """Storage answered."""
        if self._away:
            self._away = False
            self._log.say("storage is back")


async def create(queue: QueueClient) -> None:
    """Make a queue unless it is there. Raises AzureError."""
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return


async def send(queue: QueueClient, text: str) -> None:
    """Put a message's text onto a queue as it is; the queue is made when absent. Raises AzureError."""
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        await create(queue)
        await queue.send_message(text)


def encode(message: str | bytes, encoding: str) -> str:
    """A message's text as it lies on the queue."""
    if encoding == "base64":
        return base64.b64encode(message.encode() if isinstance(message, str) else message).decode()
    return message if isinstance(message, str) else message.decode()


def decode(text: str, encoding: str) -> str | bytes:
    """What a message's text stands for. Raises ValueError."""
    if encoding == "none":
        return text
    try:
        body = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64, which messageEncoding wants") from error
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _place(connection: str, environ: Mapping[str, str]) -> str:
    """The connection string of that name, with or without the prefix that Azure allows to leave out."""
    for name in (connection, f"AzureWebJobs{connection}"):
        if environ.get(name):
            return connection_string({STORAGE: environ[name]})
    raise HostError(f"{connection}: not set; on this machine it wants a connection string, or {SHORTHAND}")
