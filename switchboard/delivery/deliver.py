"""Delivers one message of an outbox: reads the command, and does what the decision table says."""

from __future__ import annotations

import logging

from switchboard.delivery import queued_command, reconciliation, transitions
from switchboard.delivery.attempts import make_attempt, make_first_attempt
from switchboard.delivery.context import DeliveryContext
from switchboard.delivery.decision import Action, Decision, decide
from switchboard.delivery.opt_outs import cancel_if_opted_out
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import Stored
from switchboard.delivery.transitions import ABANDONED, ID_IN_USE, RECORD_GONE
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.queues import QueueMessage

logger = logging.getLogger(__name__)


async def deliver(context: DeliveryContext, message: QueueMessage) -> None:
    """Delivers the command of one message. Raises StorageUnavailable: the queue must deliver the message again."""
    try:
        queued = queued_command.read(message, context.clock.now())
    except CommandRefused as refused:
        await transitions.refuse(context, message, queued_command.own_id(message) or message.id, refused)
        return
    try:
        await _deliver(context, message, queued)
    except StorageUnavailable as unavailable:
        logger.warning("event=delivery_requeued id=%s error=%s", queued.key.row, unavailable)
        delay = transitions.delay_by_age(queued.first_seen, context.clock.now())
        await transitions.requeue(context, queued, delay)


async def _deliver(context: DeliveryContext, message: QueueMessage, queued: QueuedCommand) -> None:
    kind, sender = queued.key.kind, queued.command.sender_in(context.settings)
    is_open = context.breaker.is_open(kind, sender)
    if not is_open and await make_first_attempt(context, queued):
        return
    stored = await context.ledger.read(queued.key)
    decision = decide(stored, queued, context.settings)
    # Only what makes a request asks the open breaker: what is over, ended or refused needs none.
    makes_request = decision.action in (Action.CLAIM, Action.RECONCILE) and context.clock.now() < queued.give_up_at
    if is_open and makes_request and not context.breaker.allows(kind, sender):
        await transitions.pause(context, queued)
        return
    await _act(context, message, queued, stored, decision)


async def _act(
    context: DeliveryContext, message: QueueMessage, queued: QueuedCommand, stored: Stored | None, decision: Decision
) -> None:
    match decision.action:
        case Action.CLAIM:
            await make_attempt(context, queued, stored)
        case Action.LEAVE_UNRESOLVED:
            await reconciliation.leave_unresolved(context, message, queued, stored, RECORD_GONE)
        case Action.REFUSE:
            await transitions.refuse(context, message, queued.key.id, CommandRefused(ID_IN_USE))
        case Action.REQUEUE:
            await transitions.requeue(context, queued, decision.seconds)
        case Action.MARK_UNKNOWN if stored:
            await transitions.mark_unknown(context, queued, stored)
        case Action.RECONCILE if stored:
            await reconciliation.reconcile(context, message, queued, stored)
        case Action.DROP if stored and stored.record.reason == ABANDONED.reason:
            # Housekeeping ended it while the message was paused. Only `dead-letter` can keep the message now.
            await transitions.move_to_dead_letter(context, message, ABANDONED.reason)
        case Action.DROP if stored:
            await cancel_if_opted_out(context, queued, stored.record)
