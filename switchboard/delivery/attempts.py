"""One attempt: checked, claimed in the ledger, and made at Twilio.

The claim is written before the request, so that no two workers make the same attempt. The time of a claim bounds the
request: it starts within a quarter of `DELIVERY_CLAIM_SECONDS` by the worker's own monotonic clock and ends within
half, so that an older claim can only be a dead worker's.
"""

from __future__ import annotations

import logging

import msgspec

from switchboard.clock import random_token
from switchboard.commands import PlaceCall
from switchboard.delivery import opt_outs, transitions
from switchboard.delivery.circuit_breaker import is_fault_of_command
from switchboard.delivery.context import DeliveryContext
from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import Stored
from switchboard.delivery.states import OPTED_OUT, REFUSED, REJECTED
from switchboard.delivery.status_reports import StatusReport, apply_report, record_report
from switchboard.delivery.transitions import FIRST_DELAY, TIME_OVER, Ending
from switchboard.delivery.twilio_client import CreatedResource
from switchboard.errors import (
    AccountFault,
    CommandRefused,
    ConfigurationError,
    DestinationFault,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SecretsUnavailable,
    TwilioError,
    UnknownCode,
)
from switchboard.urls import status_url

logger = logging.getLogger(__name__)

# A destination is permitted by a person, so the first retries need not be fast.
DESTINATION_SECONDS = 300.0

RECIPIENT_OPTED_OUT = Ending(OPTED_OUT, "the recipient opted out of this sender")


async def make_attempt(context: DeliveryContext, queued: QueuedCommand, stored: Stored | None) -> None:
    """Claims and makes the attempt, or ends the delivery where it may not be made."""
    ending = await _obstacle(context, queued, is_new=stored is None)
    if ending:
        await transitions.end_queued(context, queued, stored, ending)
    elif not await _claim_and_send(context, queued, stored):
        await transitions.requeue(context, queued, FIRST_DELAY)


async def make_first_attempt(context: DeliveryContext, queued: QueuedCommand) -> bool:
    """Claims and makes the first attempt without reading the ledger first; False when it was not made.

    Most commands are new, and the claim is a conditional insert: it fails where there is a record.
    """
    if queued.attempt > 0 or await _obstacle(context, queued, is_new=True):
        return False
    return await _claim_and_send(context, queued, None)


async def _obstacle(context: DeliveryContext, queued: QueuedCommand, *, is_new: bool) -> Ending | None:
    """Returns how the delivery ends where the command may not be sent now.

    Settings and clock are checked for a new command only: a later attempt was allowed before.
    """
    now = context.clock.now()
    try:
        if is_new:
            queued.command.check_when_taken(context.settings, now)
    except CommandRefused as refused:
        return Ending(REFUSED, refused.reason)
    if now >= queued.give_up_at:
        return TIME_OVER
    return RECIPIENT_OPTED_OUT if await opt_outs.has_opted_out(context, queued) else None


async def _claim_and_send(context: DeliveryContext, queued: QueuedCommand, stored: Stored | None) -> bool:
    """Claims the attempt and makes it; False when another worker wrote the record."""
    begun = context.clock.monotonic()
    claim = queued.claim(context.settings, random_token(context.random), context.clock.now())
    try:
        if stored is None:
            claimed = await context.ledger.insert(claim)
        else:
            # Reconciliation looks back to the first claim, and owns the SIDs of earlier attempts.
            first, sids = stored.record.first_claimed_at, stored.record.sids
            claim = msgspec.structs.replace(claim, first_claimed_at=first, sids=sids)
            claimed = await context.ledger.replace(stored, claim)
    except (RecordExists, RecordChanged):
        return False
    spent = context.clock.monotonic() - begun
    if spent > context.settings.claim_seconds / 4:
        await transitions.retry(context, queued, claimed)
    else:
        await _send(context, queued, claimed, context.settings.claim_seconds / 2 - spent)
    return True


async def _send(context: DeliveryContext, queued: QueuedCommand, claimed: Stored, seconds: float) -> None:
    """Makes the request to Twilio, and does what its outcome asks for."""
    kind, sender = queued.key.kind, claimed.record.sender
    try:
        created = await _create(context, queued, seconds)
    except OptedOut as stopped:
        context.breaker.note_answer(kind, sender, stopped)
        await context.opt_outs.add(queued.key.partition, sender)
        await _end(context, queued, claimed, OPTED_OUT, stopped)
    except Rejected as rejected:
        context.breaker.note_answer(kind, sender, rejected)
        await _end(context, queued, claimed, REJECTED, rejected)
    except UnknownCode as refused:
        await _handle_unknown_code(context, queued, claimed, refused)
    except AccountFault as fault:
        await _handle_account_fault(context, queued, claimed, fault)
    except OutcomeUnknown as unknown:
        logger.warning("event=outcome_unknown id=%s attempt=%d error=%s", queued.key.row, queued.attempt, unknown)
        await transitions.mark_unknown(context, queued, claimed)
    except (SecretsUnavailable, ConfigurationError) as unready:
        logger.error("event=command_paused id=%s attempt=%d error=%s", queued.key.row, queued.attempt, unready)
        delay = transitions.backoff(context.random, queued.attempt)
        await transitions.pause_claimed(context, queued, claimed, delay)
    except TwilioError as not_taken:
        logger.warning("event=command_retried id=%s attempt=%d error=%s", queued.key.row, queued.attempt, not_taken)
        if not_taken.status:
            context.breaker.note_answer(kind, sender, not_taken)
        await transitions.retry(context, queued, claimed, not_taken.retry_after or 0)
    else:
        context.breaker.close(kind, sender)
        await _accept(context, queued, claimed, created)


async def _create(context: DeliveryContext, queued: QueuedCommand, seconds: float) -> CreatedResource:
    path = f"{queued.key.kind}?id={queued.key.callback_id(queued.attempt)}"
    callback = status_url(context.settings.public_origin, path)
    command, sender = queued.command, queued.command.sender_in(context.settings)
    if isinstance(command, PlaceCall):
        return await context.twilio.place_call(command, sender, callback, seconds)
    left = queued.validity_left(context.clock.now())
    return await context.twilio.send_text(
        msgspec.structs.replace(command, validity_period=left), sender, callback, seconds
    )


async def _accept(context: DeliveryContext, queued: QueuedCommand, claimed: Stored, created: CreatedResource) -> None:
    report = StatusReport(sid=created.sid, status=created.status, attempt=queued.attempt)
    # A callback may have written the record already: then the report is applied to what it wrote.
    record = await apply_report(context, claimed, report) or await record_report(context, queued.key, report)
    seconds = (context.clock.now() - queued.queued_at).total_seconds()
    line = "event=command_accepted queue=%s id=%s sid=%s attempt=%d seconds=%.1f"
    logger.info(line, queued.outbox, queued.key.row, created.sid, queued.attempt, seconds)
    if record:
        await opt_outs.cancel_if_opted_out(context, queued, record)


async def _handle_account_fault(
    context: DeliveryContext, queued: QueuedCommand, claimed: Stored, fault: AccountFault
) -> None:
    """Opens the circuit breaker and pauses; rejects the command when it named the faulty sender itself."""
    if is_fault_of_command(fault, has_own_sender=queued.command.has_own_sender):
        await _end(context, queued, claimed, REJECTED, fault)
        return
    context.breaker.note_answer(queued.key.kind, claimed.record.sender, fault)
    if isinstance(fault, DestinationFault):
        # Other commands go on, so nobody may notice that this one waits: it ages, and expires.
        await transitions.retry(context, queued, claimed, DESTINATION_SECONDS)
    else:
        await transitions.pause_claimed(context, queued, claimed)


async def _handle_unknown_code(
    context: DeliveryContext, queued: QueuedCommand, claimed: Stored, refused: UnknownCode
) -> None:
    """Rejects the command, or pauses it where the sender may be at fault (circuit_breaker.py)."""
    if context.breaker.is_final(claimed.record.sender, queued.key, refused):
        await _end(context, queued, claimed, REJECTED, refused)
    else:
        await transitions.pause_claimed(context, queued, claimed)


async def _end(
    context: DeliveryContext, queued: QueuedCommand, claimed: Stored, state: str, error: TwilioError
) -> None:
    ending = Ending(state, error.twilio_message, error.code)
    await transitions.end_queued(context, queued, claimed, ending)
