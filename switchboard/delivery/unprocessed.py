"""Messages that arrive while the settings are wrong: requeued without being processed."""

from __future__ import annotations

from datetime import datetime

from switchboard.delivery.queued_command import wrap
from switchboard.queues import NEVER_EXPIRES, QueueMessage, QueueWriter

# How long a message waits for corrected settings.
REQUEUE_SECONDS = 120


async def requeue_unprocessed(queues: QueueWriter, message: QueueMessage, now: datetime) -> None:
    """Puts a message back on its queue. The wait does not count against the command. Raises StorageUnavailable."""
    body = wrap(message, now, REQUEUE_SECONDS) or message.body.decode(errors="replace")
    await queues.put(message.queue, body, time_to_live=NEVER_EXPIRES, delay=REQUEUE_SECONDS)
