"""Messages that arrive while the settings are wrong: requeued without being processed."""

from __future__ import annotations

from datetime import datetime

from switchboard.delivery.queued_command import wrap
from switchboard.queues import NEVER_EXPIRES, QueueMessage, QueueWriter

# How long a message waits for corrected settings.
REQUEUE_SECONDS = 120


async def requeue_unprocessed(queues: QueueWriter, message: QueueMessage, now: datetime) -> None:
    """Puts a message back on its queue. Raises StorageUnavailable.

    A message of an outbox keeps its id in an envelope. A message of a poison queue stays as it is: the id of its copy
    there is not the command's, and a message without an id must not become a new command.
    """
    wrapped = None if message.is_poison else wrap(message, now)
    body = wrapped or message.body.decode(errors="replace")
    await queues.put(message.queue, body, time_to_live=NEVER_EXPIRES, delay=REQUEUE_SECONDS)
