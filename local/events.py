"""Reads the queue `events`: peeks, which takes nothing away, or takes each event, which then reaches no other consumer.

A queue lets a reader peek at its 32 oldest visible messages. A message that another consumer works on is not visible.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError, ServiceRequestError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from local.running import silence
from local.settings import queue_origin
from switchboard.errors import CommandRefused
from switchboard.queues import EVENTS, read_json

MOST_PEEKED = 32
POLL_SECONDS = 1.0
# How long an event that is taken is hidden, until it is printed and deleted.
HIDDEN_SECONDS = 60
CONNECT_SECONDS = 2
LONGEST_LINE = 240
ONLY_THE_OLDEST = (
    f"! {MOST_PEEKED} events wait, and no more of them can be seen: later ones are shown when a consumer takes these. "
    "--take takes each event: then no other consumer gets it"
)


@dataclass(frozen=True)
class Reading:
    """How to read: once or until cancelled (`follow`), and whether to take each event after it is shown."""

    follow: bool = False
    take: bool = False


async def read_events(
    queue: QueueClient, reading: Reading, note: Callable[[str], None]
) -> AsyncGenerator[object, None]:
    """Yields each event once. An event that is taken is deleted after the caller asks for the next one.

    Calls `note`, once, when there are more than can be seen. Raises AzureError.
    """
    seen: set[str] = set()
    noted = False
    while True:
        messages = _taken(queue) if reading.take else _peeked(queue)
        count = 0
        async for message in messages:
            count += 1
            if message.id not in seen:
                seen.add(message.id)
                yield event_of(message)
        if count == MOST_PEEKED and not reading.take and not noted:
            noted = True
            note(ONLY_THE_OLDEST)
        if not reading.follow:
            return
        await asyncio.sleep(POLL_SECONDS)


async def print_events(connection: str, reading: Reading, *, as_json: bool, say: Callable[[str], None]) -> None:
    """Print the events of the local stack. Raises LocalError."""
    from local.queues import QueueError

    client = QueueClient.from_connection_string(connection, EVENTS, retry_total=0, connection_timeout=CONNECT_SECONDS)
    async with client:
        try:
            async for event in read_events(client, reading, say):
                say(json.dumps(event, ensure_ascii=False) if as_json else line_of(event))
        except ServiceRequestError as error:
            raise QueueError(silence("storage", queue_origin(connection))) from error
        except AzureError as error:
            raise QueueError(f"storage did not answer: {error}") from error


def event_of(message: QueueMessage) -> object:
    """Return the event in a message; the text itself when it is not JSON."""
    content = str(message.content)
    try:
        return read_json(content.encode())
    except CommandRefused:
        return content


def line_of(event: object) -> str:
    """Return an event in one line: time of day, type and data, which is cut at the end of the line.

    `parameters`, where Twilio's other parameters are, comes last.
    """
    fields = event if isinstance(event, dict) else {"data": event}
    time = str(fields.get("time", "")).partition("T")[2][:8]
    data = json.dumps(_parameters_last(fields.get("data")), ensure_ascii=False)
    line = f"{time:<8} {fields.get('type', '')}  {data}"
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _parameters_last(data: object) -> object:
    return dict(sorted(data.items(), key=lambda field: field[0] == "parameters")) if isinstance(data, dict) else data


async def _peeked(queue: QueueClient) -> AsyncIterator[QueueMessage]:
    try:
        messages = await queue.peek_messages(MOST_PEEKED)
    except ResourceNotFoundError:
        return
    for message in messages:
        yield message


async def _taken(queue: QueueClient) -> AsyncIterator[QueueMessage]:
    """Yields each visible message, and deletes it afterwards."""
    try:
        async for message in queue.receive_messages(messages_per_page=MOST_PEEKED, visibility_timeout=HIDDEN_SECONDS):
            yield message
            await queue.delete_message(message)
    except ResourceNotFoundError:
        return
