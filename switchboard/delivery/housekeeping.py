"""Housekeeping by timers: queue depths, and delivery records that no message moves on any more.

Each part can be interrupted anywhere and run again: it works page by page, and does not find again what is done.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from switchboard.commands import LATEST
from switchboard.delivery import transitions
from switchboard.delivery.context import DeliveryContext, LedgerContext
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import Stored
from switchboard.delivery.states import SCHEDULED, UNRESOLVED
from switchboard.delivery.status_reports import StatusReport, apply_report
from switchboard.delivery.transitions import Ending
from switchboard.errors import AccountFault, ConfigurationError, SecretsUnavailable, TwilioError, is_not_found
from switchboard.queues import QUEUES, QueueGauge

logger = logging.getLogger(__name__)

DAY = 24 * 3600.0
# Some carriers report no final status and their texts stay `sent`: each is looked up on three nights, not for ever.
LOOK_UP_AFTER_SECONDS = DAY
LOOK_UP_UNTIL = timedelta(days=4)
ABANDONED = Ending(UNRESOLVED, "its message is gone, and it is unknown whether Twilio took it")


async def log_queue_depths(context: LedgerContext, gauge: QueueGauge) -> None:
    """Logs one line per queue. Alerts query these lines, and their absence."""
    for queue in QUEUES:
        depth = await gauge.depth(queue)
        age = (context.clock.now() - depth.oldest).total_seconds() if depth.oldest else 0
        logger.info("event=queue_depth queue=%s messages=%d oldest_seconds=%d", queue, depth.messages, age)


async def clean_up(context: DeliveryContext) -> None:
    """Runs the nightly clean-up of delivery records."""
    purged = await _purge(context)
    looked_up = await _look_up_unfinished(context)
    unresolved = await _report_abandoned(context)
    logger.info("event=housekeeping_done purged=%d looked_up=%d unresolved=%d", purged, looked_up, unresolved)


async def _purge(context: LedgerContext) -> int:
    """Deletes records past retention: ended ones, and accepted ones whose end Twilio no longer reports."""
    count = 0
    for phase in ("ended", "accepted"):
        async for page in context.ledger.older(phase, context.settings.retention_days * DAY):
            for stored in page:
                count += await _delete(context, stored)
            logger.info("event=housekeeping_purged records=%d", count)
    return count


async def _delete(context: LedgerContext, stored: Stored) -> bool:
    if _may_still_be_sent(context, stored):
        return False
    try:
        await context.ledger.delete(stored)
    except RecordChanged:
        return False
    return True


def _may_still_be_sent(context: LedgerContext, stored: Stored) -> bool:
    """Returns whether Twilio may still hold a scheduled text: a STOP and its callbacks need the record."""
    kept = LATEST.total_seconds() + context.settings.retention_days * DAY
    return stored.record.state == SCHEDULED and stored.age < kept


async def _look_up_unfinished(context: DeliveryContext) -> int:
    """Looks up by SID the texts and calls that were accepted more than a day ago and never reported an end."""
    count = 0
    async for page in context.ledger.older("accepted", LOOK_UP_AFTER_SECONDS):
        for stored in page:
            try:
                count += await _look_up(context, stored)
            except (AccountFault, SecretsUnavailable, ConfigurationError) as error:
                logger.error("event=housekeeping_stopped error=%s", error)
                return count
    return count


async def _look_up(context: DeliveryContext, stored: Stored) -> bool:
    record = stored.record
    accepted_for = context.clock.now() - (record.accepted_at or record.first_seen)
    if accepted_for > LOOK_UP_UNTIL and record.state != SCHEDULED:
        return False
    try:
        resource = await context.twilio.fetch(record.key.kind, record.sids[0])
    except TwilioError as error:
        if isinstance(error, AccountFault) and not is_not_found(error):
            raise
        logger.warning("event=housekeeping_failed id=%s error=%s", record.key.row, error)
        return False
    await apply_report(context, stored, StatusReport.of(resource, record.attempt))
    return True


async def _report_abandoned(context: LedgerContext) -> int:
    """Ends, as unresolved, open records that were not written for the whole retention: no message drives them.

    Not sooner: while the account is at fault, a message waits without changing its record.
    """
    count = 0
    async for page in context.ledger.older("open", context.settings.retention_days * DAY):
        for stored in page:
            logger.error("event=delivery_unresolved id=%s attempt=%d", stored.record.key.row, stored.record.attempt)
            count += await transitions.end(context, stored.record, ABANDONED, stored=stored) is not None
    return count
