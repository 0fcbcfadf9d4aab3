"""Housekeeping by timers: queue depths, and delivery records that no message moves on any more.

The nightly clean-up does what protects deliveries first, and is bounded in time and concurrency. It can be interrupted
anywhere: each part changes or deletes the records that it is done with, so the next night continues with the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta

from switchboard.commands import LATEST
from switchboard.delivery import transitions
from switchboard.delivery.context import DeliveryContext, LedgerContext
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import Stored
from switchboard.delivery.states import SCHEDULED, UNRESOLVED
from switchboard.delivery.status_reports import StatusReport, apply_report
from switchboard.delivery.transitions import Ending
from switchboard.errors import AccountFault, ConfigurationError, SecretsUnavailable, TwilioError
from switchboard.queues import QUEUES, QueueGauge
from switchboard.twilio_codes import is_not_found

logger = logging.getLogger(__name__)

DAY = 24 * 3600.0
# Some carriers report no final status and their texts stay `sent`: each is looked up on three nights, not for ever.
LOOK_UP_AFTER_SECONDS = DAY
LOOK_UP_UNTIL = timedelta(days=4)
# Each look-up writes its record. One that was not written for longer than this is done with, and is not read again,
# unless Twilio may still send it.
LOOKED_UP_WITHIN_SECONDS = 5 * DAY
ABANDONED = Ending(UNRESOLVED, "its message is gone, and it is unknown whether Twilio took it")

# For each part. Azure ends a function after 30 minutes.
PART_SECONDS = 8 * 60
CONCURRENCY = 16

Work = Callable[[Stored], Awaitable[bool]]


async def log_queue_depths(context: LedgerContext, gauge: QueueGauge) -> None:
    """Logs one line per queue. Alerts query these lines, and their absence."""
    for queue in QUEUES:
        depth = await gauge.depth(queue)
        age = (context.clock.now() - depth.oldest).total_seconds() if depth.oldest else 0
        logger.info("event=queue_depth queue=%s messages=%d oldest_seconds=%d", queue, depth.messages, age)


async def clean_up(context: DeliveryContext, concurrency: int = CONCURRENCY) -> None:
    """Runs the nightly clean-up of delivery records, the most important part first.

    `concurrency` is how many records are worked on at once.
    """
    unresolved = await _report_abandoned(context, concurrency)
    purged = await _purge(context, concurrency)
    looked_up = await _look_up_unfinished(context, concurrency)
    logger.info("event=housekeeping_done unresolved=%d purged=%d looked_up=%d", unresolved, purged, looked_up)


async def _report_abandoned(context: LedgerContext, concurrency: int) -> int:
    """Ends, as unresolved, open records that were not written for the whole retention: no message drives them.

    Not sooner: while the account is at fault, a message waits without changing its record.
    """

    async def report(stored: Stored) -> bool:
        logger.error("event=delivery_unresolved id=%s attempt=%d", stored.record.key.row, stored.record.attempt)
        return await transitions.end(context, stored.record, ABANDONED, stored=stored) is not None

    pages = context.ledger.older("open", _retention(context))
    return await _for_each(context, "abandoned", pages, report, concurrency)


async def _purge(context: LedgerContext, concurrency: int) -> int:
    """Deletes records past retention: ended ones, and accepted ones whose end Twilio no longer reports.

    An unresolved one stays until an operator decides: without it, a replay of its dead letter would send again.
    """

    async def delete(stored: Stored) -> bool:
        if stored.record.state == UNRESOLVED or _may_still_be_sent(context, stored):
            return False
        try:
            await context.ledger.delete(stored)
        except RecordChanged:
            return False
        return True

    ended = context.ledger.older("ended", _retention(context))
    accepted = context.ledger.older("accepted", _retention(context))
    count = await _for_each(context, "purge", ended, delete, concurrency)
    return count + await _for_each(context, "purge", accepted, delete, concurrency)


def _may_still_be_sent(context: LedgerContext, stored: Stored) -> bool:
    """Returns whether Twilio may still hold a scheduled text: a STOP and its callbacks need the record."""
    return stored.record.state == SCHEDULED and stored.age < LATEST.total_seconds() + _retention(context)


async def _look_up_unfinished(context: DeliveryContext, concurrency: int) -> int:
    """Looks up by SID the texts and calls that were accepted more than a day ago and never reported an end."""

    async def look_up(stored: Stored) -> bool:
        return await _look_up(context, stored)

    older = context.ledger.older
    recent = older("accepted", LOOK_UP_AFTER_SECONDS, younger_than=LOOKED_UP_WITHIN_SECONDS)
    scheduled = older("accepted", LOOKED_UP_WITHIN_SECONDS, state=SCHEDULED)
    try:
        count = await _for_each(context, "look_up", recent, look_up, concurrency)
        return count + await _for_each(context, "look_up", scheduled, look_up, concurrency)
    except (AccountFault, SecretsUnavailable, ConfigurationError) as error:
        logger.error("event=housekeeping_stopped part=look_up error=%s", error)
        return 0


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
        await transitions.update(context, stored)
        return False
    if await apply_report(context, stored, StatusReport.of(resource, record.attempt)) == record:
        # Nothing new. The write moves the record behind those that were not looked up yet.
        await transitions.update(context, stored)
    return True


async def _for_each(
    context: LedgerContext, part: str, pages: AsyncIterator[list[Stored]], work: Work, concurrency: int
) -> int:
    """Does the work on each record, some at a time, until the part's time is over. Returns how often it was done."""
    ends_at = context.clock.monotonic() + PART_SECONDS
    count = 0
    async for page in pages:
        for start in range(0, len(page), concurrency):
            if context.clock.monotonic() >= ends_at:
                logger.warning("event=housekeeping_unfinished part=%s records=%d", part, count)
                return count
            count += sum(await _all(work(stored) for stored in page[start : start + concurrency]))
    return count


async def _all(works: Iterable[Awaitable[bool]]) -> list[bool]:
    """Runs all to their end, then raises the first error. A single one needs no task."""
    first, *others = works
    if not others:
        return [await first]
    outcomes = await asyncio.gather(first, *others, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome is True for outcome in outcomes]


def _retention(context: LedgerContext) -> float:
    return context.settings.retention_days * DAY
