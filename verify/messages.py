"""Puts messages on queues, and takes those of this run from a queue that others use too.

A message is hidden while it is looked at. Ours are deleted, and the others become visible again at once. After a crash
of ours they become visible by themselves, HIDDEN_SECONDS later. Nothing of theirs is lost; their dequeue count grows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError

from verify.run import Run

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

HIDDEN_SECONDS = 30
PAGE = 32
# Of a queue that nobody empties only so many are looked at.
MOST_IN_A_PASS = 20 * PAGE

Test = Callable[[dict[str, Any]], bool]


async def put(run: Run, queue: str, message: dict[str, Any]) -> str:
    """Puts a JSON message on a queue, and returns the message's id."""
    sent = await run.services.queue_service.get_queue_client(queue).send_message(json.dumps(message))
    return str(sent.id)


async def take(run: Run, queue: str, *, wanted: Test, is_ours: Test, count: int) -> list[dict[str, Any]]:
    """Takes this run's messages from a queue, until `count` of them are wanted or it has waited long enough.

    Returns the wanted ones, each once, by its `id` where it has one.
    """
    client = run.services.queue_service.get_queue_client(queue)
    found: dict[str, dict[str, Any]] = {}

    async def look() -> bool:
        for message in await _pass(client, is_ours):
            if wanted(message):
                found[str(message.get("id", len(found)))] = message
        return len(found) >= count

    await run.until(look, run.target.patience.effect)
    return list(found.values())


async def _pass(client: QueueClient, is_ours: Test) -> list[dict[str, Any]]:
    """Looks at every visible message once: deletes and returns ours, and makes the others visible again."""
    ours: list[dict[str, Any]] = []
    others: list[QueueMessage] = []
    pages = client.receive_messages(
        messages_per_page=PAGE, visibility_timeout=HIDDEN_SECONDS, max_messages=MOST_IN_A_PASS
    )
    try:
        async for message in pages:
            content = _read(message.content)
            if is_ours(content):
                await client.delete_message(message)
                ours.append(content)
            else:
                others.append(message)
    finally:
        for message in others:
            await _show(client, message)
    return ours


async def _show(client: QueueClient, message: QueueMessage) -> None:
    """Makes a message visible. One that is already visible again may have been taken by its consumer."""
    try:
        await client.update_message(message, visibility_timeout=0)
    except HttpResponseError as error:
        if error.status_code not in (400, 404):
            raise


def _read(content: object) -> dict[str, Any]:
    """Returns a message as an object, an empty one for anything else."""
    try:
        value = json.loads(str(content))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
