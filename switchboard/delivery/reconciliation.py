"""Reconciliation: finds out from Twilio's list what became of an attempt without an answer.

Nothing is assumed. A text is adopted when it is certainly ours; the attempt is repeated when Twilio, asked twice, has
nothing of it; in every other case an operator decides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from switchboard.delivery import opt_outs, transitions
from switchboard.delivery.context import DeliveryContext
from switchboard.delivery.queued_command import GIVEN_UP_AFTER, QueuedCommand
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.states import UNRESOLVED
from switchboard.delivery.status_reports import StatusReport, apply_report
from switchboard.delivery.transitions import FIRST_DELAY, OUTCOME_NEVER_KNOWN, Ending
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import AccountFault, ConfigurationError, SecretsUnavailable, TwilioError
from switchboard.queues import QueueMessage
from switchboard.text import full_digest

logger = logging.getLogger(__name__)

# Twilio's clock and ours may differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
OUR_DIRECTION = "outbound-api"
# Twilio's list may lag, so a single empty answer proves nothing.
EMPTY_LOOKS_NEEDED = 2
MAY_BE_OURS = Ending(UNRESOLVED, "Twilio has something for this number that may or may not be this command")


class Verdict(Enum):
    """What Twilio's list says of an attempt."""

    OURS = "one text is certainly ours"
    NOTHING = "nothing in the list can be ours"
    UNDECIDED = "something may be ours or another open delivery's: ask again later"
    AMBIGUOUS = "something may be ours, and no open delivery explains it: an operator decides"


class ListMatch(msgspec.Struct, frozen=True):
    """A verdict, and the text that is ours where there is one."""

    verdict: Verdict
    ours: TwilioResource | None = None


async def reconcile(context: DeliveryContext, message: QueueMessage, queued: QueuedCommand, stored: Stored) -> None:
    """Looks in Twilio's list once, and does what it shows. Raises StorageUnavailable."""
    try:
        sent = await context.twilio.list_sent(queued.key.kind, stored.record.to, search_start(stored.record))
    except AccountFault as fault:
        context.breaker.note_answer(queued.key.kind, stored.record.sender, fault)
        await transitions.pause(context, queued)
        return
    except (TwilioError, SecretsUnavailable, ConfigurationError) as error:
        logger.warning("event=reconciliation_failed id=%s error=%s", queued.key.row, error)
        await _look_again(context, message, queued, stored)
        return
    # Read after the list: what another delivery owns by now is no longer a candidate.
    of_recipient = [each.record for each in await context.ledger.of_recipient(queued.key.partition)]
    match = match_list(stored.record, sent, of_recipient)
    logger.info("event=reconciled id=%s verdict=%s", queued.key.row, match.verdict.name.lower())
    await _act(context, message, queued, stored, match)


async def _act(
    context: DeliveryContext, message: QueueMessage, queued: QueuedCommand, stored: Stored, match: ListMatch
) -> None:
    if match.ours:
        await _adopt(context, queued, stored, match.ours)
    elif match.verdict is Verdict.NOTHING:
        await _count_empty_look(context, queued, stored)
    elif match.verdict is Verdict.UNDECIDED:
        await _look_again(context, message, queued, stored)
    else:
        await leave_unresolved(context, message, queued, stored, MAY_BE_OURS)


async def _adopt(context: DeliveryContext, queued: QueuedCommand, stored: Stored, ours: TwilioResource) -> None:
    record = await apply_report(context, stored, StatusReport.of(ours, queued.attempt))
    if record is None:
        await transitions.requeue(context, queued, FIRST_DELAY)
    else:
        await opt_outs.cancel_if_opted_out(context, queued, record)


async def _count_empty_look(context: DeliveryContext, queued: QueuedCommand, stored: Stored) -> None:
    looks = stored.record.empty_looks + 1
    if looks >= EMPTY_LOOKS_NEEDED:
        await transitions.retry(context, queued, stored)
        return
    await transitions.update(context, stored, empty_looks=looks)
    await transitions.wait_for_callback(context, queued)


async def _look_again(context: DeliveryContext, message: QueueMessage, queued: QueuedCommand, stored: Stored) -> None:
    """Requeues for another look, or leaves the delivery to an operator after a day.

    A day since the claim, also for a text that is valid for a minute: what is unknown is whether it was sent in time.
    """
    since_claim = (stored.record.first_claimed_at or stored.record.first_seen) + GIVEN_UP_AFTER
    # After a pause the message's give_up_at is later than the record's, which nobody wrote meanwhile.
    if context.clock.now() >= max(stored.record.give_up_at, queued.give_up_at, since_claim):
        await leave_unresolved(context, message, queued, stored, OUTCOME_NEVER_KNOWN)
    else:
        await transitions.wait_for_callback(context, queued)


async def leave_unresolved(
    context: DeliveryContext, message: QueueMessage, queued: QueuedCommand, stored: Stored | None, ending: Ending
) -> None:
    """Ends the delivery for an operator to decide: neither sent again nor lost. Only `dead-letter` keeps the body."""
    await transitions.move_to_dead_letter(context, message, ending.reason)
    logger.error("event=delivery_unresolved id=%s attempt=%d", queued.key.row, queued.attempt)
    await transitions.end_queued(context, queued, stored, ending)


def search_start(record: DeliveryRecord) -> datetime:
    """Returns how far back Twilio's list is read: to the first claim, less the clock tolerance."""
    return (record.first_claimed_at or record.first_seen) - CLOCK_TOLERANCE


def match_list(
    record: DeliveryRecord, sent: Iterable[TwilioResource], of_recipient: Iterable[DeliveryRecord]
) -> ListMatch:
    """Returns what Twilio's list says of an unknown record, given every record of the recipient.

    The list must be read before the records: what another delivery owns by then is not a candidate, and what no
    delivery owns yet belongs to an open one.
    """
    others = [other for other in of_recipient if other.key != record.key]
    owned = {sid for each in (record, *others) for sid in each.sids}
    candidates = [each for each in sent if each.sid not in owned and _may_be_ours(each, record)]
    if not candidates:
        return ListMatch(Verdict.NOTHING)
    rivals = [other for other in others if _is_rival(other, record)]
    ours = [each for each in candidates if is_certainly_ours(each, record, rivals)]
    if ours:
        return ListMatch(Verdict.OURS, ours[-1])
    return ListMatch(Verdict.UNDECIDED if any(rival.phase == "open" for rival in rivals) else Verdict.AMBIGUOUS)


def is_certainly_ours(sent: TwilioResource, record: DeliveryRecord, rivals: Iterable[DeliveryRecord]) -> bool:
    """Returns whether a text has our body and no rival delivery to this number can have sent it.

    A trial account puts words in front of each text, so a body that ends with ours counts too. A call has no body and
    is never certainly ours.
    """
    if _has_body_of(sent, record):
        return not any(_has_body_of(sent, rival) for rival in rivals)
    return _ends_with_body_of(sent, record) and not any(_ends_with_body_of(sent, rival) for rival in rivals)


def _is_rival(other: DeliveryRecord, record: DeliveryRecord) -> bool:
    """Returns whether another delivery may have sent what no record owns: it is open or unresolved."""
    return other.key.kind == record.key.kind and (other.phase == "open" or other.state == UNRESOLVED)


def _may_be_ours(sent: TwilioResource, record: DeliveryRecord) -> bool:
    recent = sent.created is None or sent.created >= search_start(record)
    return recent and sent.direction == OUR_DIRECTION


def _has_body_of(sent: TwilioResource, record: DeliveryRecord) -> bool:
    return bool(record.body_digest) and full_digest(sent.body) == record.body_digest


def _ends_with_body_of(sent: TwilioResource, record: DeliveryRecord) -> bool:
    return bool(record.body_digest) and full_digest(sent.body[-record.body_length :]) == record.body_digest
