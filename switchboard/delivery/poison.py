"""The poison queues: messages that failed five times, or crashed their worker five times.

A message whose delivery can still proceed is requeued, one that is finished is dropped, and everything else moves to
`dead-letter`. The host's copy on a poison queue has the body only, so a message is matched to its delivery by the id
inside it. A poison queue has no poison queue of its own: this function fails only when it can neither requeue the
message nor move it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from switchboard.delivery import queued_command, transitions
from switchboard.delivery.context import LedgerContext
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import Stored
from switchboard.delivery.states import RELEASED
from switchboard.delivery.transitions import ID_IN_USE, OUTCOME_NEVER_KNOWN, TIME_OVER
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.queues import QueueMessage

logger = logging.getLogger(__name__)

FAILED = "it failed five times, or crashed its worker five times"


async def handle_poison(context: LedgerContext, message: QueueMessage) -> None:
    """Requeues, drops or moves the message. Raises StorageUnavailable when none of them is possible."""
    try:
        queued = queued_command.read(message, context.clock.now())
    except CommandRefused as refused:
        await _move(context, message, f"{FAILED}, and is not a command: {refused.problem}")
        return
    if not queued_command.own_id(message):
        await _move(context, message, f"{FAILED}, and has no id that distinguishes it from a command already delivered")
        return
    try:
        stored = await context.ledger.read(queued.key)
    except StorageUnavailable:
        # Requeueing is always safe: the next delivery reads the record again.
        await _requeue(context, message, queued, queued.first_seen)
    else:
        await _handle(context, message, queued, stored)


async def _handle(context: LedgerContext, message: QueueMessage, queued: QueuedCommand, stored: Stored | None) -> None:
    if stored and stored.record.fingerprint != queued.fingerprint:
        await transitions.refuse(context, message, queued.key.id, CommandRefused(ID_IN_USE))
    elif stored and stored.record.phase != "open":
        logger.warning("event=poison_dropped id=%s state=%s", queued.key.row, stored.record.state)
    elif context.clock.now() >= queued.give_up_at:
        await _move(context, message, f"{FAILED}, and its time is over")
        never_taken = stored.record.state == RELEASED if stored else queued.attempt == 0
        ending = TIME_OVER if never_taken else OUTCOME_NEVER_KNOWN
        await transitions.end_queued(context, queued, stored, ending)
    else:
        await _requeue(context, message, queued, stored.record.first_seen if stored else queued.first_seen)


async def _requeue(context: LedgerContext, message: QueueMessage, queued: QueuedCommand, first_seen: datetime) -> None:
    delay = transitions.delay_by_age(first_seen, context.clock.now())
    try:
        await transitions.requeue(context, queued, delay)
    except StorageUnavailable:
        await _move(context, message, f"{FAILED}, and could not be requeued")
    else:
        logger.warning("event=poison_requeued queue=%s id=%s delay=%d", message.queue, queued.key.row, delay)


async def _move(context: LedgerContext, message: QueueMessage, reason: str) -> None:
    await transitions.move_to_dead_letter(context, message, reason)
    logger.error("event=dead_letter queue=%s message=%s", message.outbox, message.id)
