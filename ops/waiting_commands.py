"""Which deliveries have a message on an outbox now, without taking the message.

A message that a sender pushed has no time of its first sight in it: read without a record, it is a new command however
long it waited, as while the app was stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from switchboard.delivery import queued_command
from switchboard.delivery.record import DeliveryKey
from switchboard.errors import CommandRefused
from switchboard.queues import OUTBOXES, POISON_SUFFIX, QueueMessage

MOST_PEEKED = 32
WATCHED = (*OUTBOXES, *(outbox + POISON_SUFFIX for outbox in OUTBOXES))


class WaitingCommands(msgspec.Struct, frozen=True):
    """The deliveries that visible messages are about. `full` are the queues that may have more than can be seen."""

    keys: frozenset[DeliveryKey]
    full: tuple[str, ...] = ()

    def may_contain(self, key: DeliveryKey) -> str:
        """Returns the name of a queue that may have a message of this delivery, "" for none."""
        full = [queue for queue in self.full if queue.removesuffix(POISON_SUFFIX) == key.outbox]
        return key.outbox if key in self.keys else "".join(full[:1])


async def waiting_commands(service: QueueServiceClient) -> WaitingCommands:
    """Peeks at the outboxes and their poison queues."""
    peeked = [message for queue in WATCHED for message in await _peek(service, queue)]
    full = [queue for queue in WATCHED if sum(message.queue == queue for message in peeked) >= MOST_PEEKED]
    return WaitingCommands(keys_of(peeked), tuple(full))


def keys_of(messages: Iterable[QueueMessage]) -> frozenset[DeliveryKey]:
    """Returns the deliveries of these messages; one that is no command has none."""
    found = set()
    for message in messages:
        try:
            found.add(queued_command.read(message, datetime.now(UTC)).key)
        except CommandRefused:
            continue
    return frozenset(found)


async def _peek(service: QueueServiceClient, queue: str) -> list[QueueMessage]:
    try:
        messages = await service.get_queue_client(queue).peek_messages(MOST_PEEKED)
    except ResourceNotFoundError:
        return []
    return [QueueMessage(queue, message.id, str(message.content).encode(), message.inserted_on) for message in messages]
