"""Status reports: what Twilio says of a text or call, applied to its record and published as events.

A callback, the answer to a create, a list and a look-up all report the same kind of fact: this SID has this status.
Reports come in any order, repeat, or never come, and several workers may receive them at once.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from switchboard.clock import random_token
from switchboard.delivery import delivery_events, states
from switchboard.delivery.context import LedgerContext
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.states import ACCEPTED, FIRST_STATUSES
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import StorageUnavailable
from switchboard.status_updates import StatusUpdate
from switchboard.twilio_codes import is_opt_out

logger = logging.getLogger(__name__)

MOST_TRIES = 10


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """Twilio reports that `sid` has `status`. `attempt` is the attempt whose request created it.

    `sender` is the number that Twilio chose, "" when the source does not say it; `duration` a call's seconds; `time`
    Twilio's own, None when the source does not say it. `callback` is the status callback that reports it, if one does.
    """

    sid: str
    status: str
    attempt: int
    error_code: int = 0
    sender: str = ""
    direction: str = ""
    duration: int | None = None
    time: datetime | None = None
    callback: StatusUpdate | None = None

    @classmethod
    def of_callback(cls, update: StatusUpdate, attempt: int) -> StatusReport:
        """Returns the report that a status callback contains."""
        return cls(
            sid=update.sid,
            status=update.status,
            attempt=attempt,
            error_code=update.error_code,
            sender=update.sender,
            direction=update.direction,
            duration=update.duration,
            time=update.time,
            callback=update,
        )

    @classmethod
    def of(cls, resource: TwilioResource, attempt: int) -> StatusReport:
        """Returns the report that a list or a look-up contains."""
        return cls(
            sid=resource.sid,
            status=resource.status,
            attempt=attempt,
            error_code=resource.error_code,
            sender=resource.sender,
            direction=resource.direction,
            duration=resource.duration,
            time=resource.updated,
        )

    def as_update(self) -> StatusUpdate:
        """Returns the callback, or what one with the same report says."""
        return self.callback or StatusUpdate(
            sid=self.sid,
            status=self.status,
            sender=self.sender,
            direction=self.direction,
            error_code=self.error_code,
            duration=self.duration,
            time=self.time,
        )


async def record_report(context: LedgerContext, key: DeliveryKey, report: StatusReport) -> DeliveryRecord | None:
    """Applies a report to the record with this key; returns the record after it, None when there is no record.

    Raises StorageUnavailable when it could not be written: the report must be repeated.
    """
    # Without the lock, each of many reports at once would publish its event and lose all but one of the writes.
    async with context.locks.of(key):
        for _ in range(MOST_TRIES):
            stored = await context.ledger.read(key)
            if stored is None:
                return None
            record = await apply_report(context, stored, report)
            if record is not None:
                return record
    raise StorageUnavailable("a record changed each time it was to be written")


async def apply_report(context: LedgerContext, stored: Stored, report: StatusReport) -> DeliveryRecord | None:
    """Applies a report to the version that was read; None when another worker wrote the record since."""
    record = merge(stored.record, report, context.clock.now())
    if is_opt_out(report.error_code):
        await _add_opt_out(context, stored.record, report)
    if record == stored.record:
        return record
    await _publish(context, stored.record, record, report)
    try:
        return (
            await context.ledger.replace(stored, msgspec.structs.replace(record, run=random_token(context.random)))
        ).record
    except RecordChanged:
        return None


def merge(record: DeliveryRecord, report: StatusReport, now: datetime) -> DeliveryRecord:
    """Returns the record after a report. A state never goes backwards; an open record takes any report.

    The record's attempt does not change: a late report for an earlier attempt thereby stops the attempt that waits.
    """
    kind = record.key.kind
    state, word = record.state, record.word
    if states.follows(kind, state, report.status):
        state = report.status
    elif not states.is_known(kind, report.status):
        word = report.status
        # Whatever the status means, Twilio has the text or call.
        state = state if states.is_known(kind, state) else ACCEPTED
    moved = state != record.state
    return msgspec.structs.replace(
        record,
        state=state,
        word=word,
        sids=record.sids if report.sid in record.sids else (*record.sids, report.sid),
        code=report.error_code if moved else record.code,
        reason="" if moved else record.reason,
        accepted_at=record.accepted_at or now,
        ended_at=now if moved and states.phase(kind, state) == "ended" else record.ended_at,
    )


def is_news(before: DeliveryRecord, after: DeliveryRecord) -> bool:
    """Returns whether the change is an event: each change of state after acceptance, not acceptance itself."""
    if after.state == before.state:
        return False
    return states.is_known(before.key.kind, before.state) or after.state not in FIRST_STATUSES


async def _publish(context: LedgerContext, before: DeliveryRecord, after: DeliveryRecord, report: StatusReport) -> None:
    """Publishes before the record is written: a crash repeats an event and never loses one."""
    if before.sids and report.sid not in before.sids:
        logger.error("event=duplicate_sid id=%s attempt=%d sid=%s", before.key.row, report.attempt, report.sid)
        await context.events.publish(delivery_events.duplicate(after, report.sid, context.clock.now()))
    if is_news(before, after):
        update, now = report.as_update(), context.clock.now()
        await context.events.publish(delivery_events.delivery_state(after, update, attempt=report.attempt, now=now))


async def _add_opt_out(context: LedgerContext, record: DeliveryRecord, report: StatusReport) -> None:
    for sender in {record.sender, report.sender} - {""}:
        await context.opt_outs.add(record.key.partition, sender)
