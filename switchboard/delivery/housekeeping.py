"""Housekeeping by timers: queue depths, and delivery records that no message moves on any more.

The nightly clean-up does what protects deliveries first, and is bounded in time and concurrency. It can be interrupted
anywhere: each part changes or deletes the records that it has finished, so the next night continues with the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from switchboard.commands import LATEST
from switchboard.delivery import transitions
from switchboard.delivery.context import DeliveryContext, LedgerContext
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import Stored
from switchboard.delivery.states import SCHEDULED, UNRESOLVED
from switchboard.delivery.status_reports import StatusReport, apply_report
from switchboard.delivery.transitions import ABANDONED
from switchboard.errors import (
    AccountFault,
    ConfigurationError,
    SecretsUnavailable,
    StorageUnavailable,
    TwilioError,
    describe,
)
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

# For the whole run. Azure ends a function after 30 minutes.
RUN_SECONDS = 20 * 60
CONCURRENCY = 16

Work = Callable[[Stored], Awaitable[bool]]
Pages = AsyncIterator[list[Stored]]
# What ends a part: every further record would get the same error.
ENDS_PART = (AccountFault, SecretsUnavailable, ConfigurationError, StorageUnavailable)


async def log_queue_depths(context: LedgerContext, gauge: QueueGauge) -> None:
    """Logs one line per queue. Alerts query these lines, and their absence."""
    for queue in QUEUES:
        depth = await gauge.depth(queue)
        age = (context.clock.now() - depth.oldest).total_seconds() if depth.oldest else 0
        logger.info("event=queue_depth queue=%s messages=%d oldest_seconds=%d", queue, depth.messages, age)


async def clean_up(context: DeliveryContext, concurrency: int = CONCURRENCY) -> None:
    """Runs the nightly clean-up of delivery records, the most important part first.

    `concurrency` is how many records are worked on at once. An error of one part keeps no other from running; the first
    one is raised at the end.
    """
    run = _Run(context, concurrency, context.clock.monotonic() + RUN_SECONDS)
    retention = context.settings.retention_days * DAY
    older = context.ledger.older

    async def report(stored: Stored) -> bool:
        return await _report_abandoned(context, stored)

    async def purge(stored: Stored) -> bool:
        return await _purge(context, stored)

    async def look_up(stored: Stored) -> bool:
        return await _look_up(context, stored)

    # Not sooner than the retention: while the account is at fault, a message waits without changing its record.
    unresolved = await run.part("abandoned", older("open", retention), report)
    purged = await run.part("purge", older("ended", retention), purge)
    purged += await run.part("purge", older("accepted", retention), purge)
    recent = older("accepted", LOOK_UP_AFTER_SECONDS, younger_than=LOOKED_UP_WITHIN_SECONDS)
    looked_up = await run.part("look_up", recent, look_up)
    looked_up += await run.part("look_up", older("accepted", LOOKED_UP_WITHIN_SECONDS, state=SCHEDULED), look_up)
    logger.info("event=housekeeping_done unresolved=%d purged=%d looked_up=%d", unresolved, purged, looked_up)
    if run.errors:
        raise run.errors[0]


async def _report_abandoned(context: LedgerContext, stored: Stored) -> bool:
    """Ends, as unresolved, an open record that was not written for the whole retention: no message drives it."""
    logger.error("event=delivery_unresolved id=%s attempt=%d", stored.record.key.row, stored.record.attempt)
    return await transitions.end(context, stored.record, ABANDONED, stored=stored) is not None


async def _purge(context: LedgerContext, stored: Stored) -> bool:
    """Deletes a record past retention: an ended one, or an accepted one whose end Twilio no longer reports.

    An unresolved one stays until an operator decides: without it, a replay of its dead letter would send again.
    """
    if stored.record.state == UNRESOLVED or (stored.record.state == SCHEDULED and not _is_past(context, stored)):
        return False
    try:
        await context.ledger.delete(stored)
    except RecordChanged:
        return False
    return True


def _is_past(context: LedgerContext, stored: Stored) -> bool:
    """Returns whether Twilio can no longer hold a scheduled text, and a STOP and callbacks need no record of it."""
    retention = timedelta(days=context.settings.retention_days)
    return _accepted_for(context, stored) >= LATEST + retention


def _accepted_for(context: LedgerContext, stored: Stored) -> timedelta:
    return context.clock.now() - (stored.record.accepted_at or stored.record.first_seen)


async def _look_up(context: DeliveryContext, stored: Stored) -> bool:
    """Looks up by SID a text or call that was accepted more than a day ago and never reported an end."""
    record = stored.record
    until = LOOK_UP_UNTIL + (LATEST if record.state == SCHEDULED else timedelta())
    if _accepted_for(context, stored) > until:
        return False
    try:
        resource = await context.twilio.fetch(record.key.kind, record.sids[0])
    except TwilioError as error:
        if isinstance(error, AccountFault) and not is_not_found(error):
            raise
        logger.warning("event=housekeeping_failed id=%s error=%s", record.key.row, error)
        return False
    if await apply_report(context, stored, StatusReport.of(resource, record.attempt)) == record:
        # Nothing new. The write moves the record behind those that were not looked up yet.
        await transitions.update(context, stored)
    return True


class _Run:
    """One night: parts that share the time, and the errors that ended or disturbed them."""

    def __init__(self, context: LedgerContext, concurrency: int, ends_at: float) -> None:
        self._context = context
        self._concurrency = concurrency
        self._ends_at = ends_at
        self.errors: list[Exception] = []

    async def part(self, name: str, pages: Pages, work: Work) -> int:
        """Does the work on each record, some at a time, until the time is over. Returns how often it was done."""
        count = 0
        try:
            async for page in pages:
                for start in range(0, len(page), self._concurrency):
                    if self._context.clock.monotonic() >= self._ends_at:
                        logger.warning("event=housekeeping_unfinished part=%s records=%d", name, count)
                        return count
                    count += await self._all(work, page[start : start + self._concurrency])
        except Exception as error:
            logger.error("event=housekeeping_stopped part=%s error=%s", name, describe(error))
            # A fault of ours at Twilio ends the look-ups, and is no failure of the night.
            if not isinstance(error, AccountFault | SecretsUnavailable | ConfigurationError):
                self.errors.append(error)
        return count

    async def _all(self, work: Work, page: list[Stored]) -> int:
        """Works on all of these records. Raises what ends the part; another error of one record disturbs no other."""
        if len(page) == 1:  # needs no task
            return await self._one(work, page[0])
        outcomes = await asyncio.gather(*(self._one(work, stored) for stored in page), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return sum(outcome is True for outcome in outcomes)

    async def _one(self, work: Work, stored: Stored) -> bool:
        try:
            return await work(stored)
        except ENDS_PART:
            raise
        except Exception as error:
            logger.error("event=housekeeping_failed id=%s error=%s", stored.record.key.row, describe(error))
            self.errors.append(error)
            return False
