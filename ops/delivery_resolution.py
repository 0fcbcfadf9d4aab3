"""Resolves an unresolved delivery as an operator decides.

Each way first publishes its event or queues its copy, then writes the record by the version that was read, and deletes
the dead letter last. So a command that is interrupted at any point can be run again, and a late status callback of
Twilio's has precedence.
"""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import msgspec

from ops.command import CommandContext
from ops.dead_letter_queue import DeadLetterMessage, HiddenMessage
from ops.delivery_output import as_json, line_of
from ops.delivery_search import find_by_id
from ops.errors import OpsError, UsageError
from switchboard.clock import random_token
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.reconciliation import search_start
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.states import REFUSED, RELEASED, UNRESOLVED
from switchboard.delivery.status_reports import StatusReport, apply_report
from switchboard.delivery.transitions import Ending, end
from switchboard.errors import CommandRefused
from switchboard.queues import NEVER_EXPIRES

# The copy must stay invisible until the record is released: a worker drops the copy of an ended delivery.
COPY_DELAY_SECONDS = 60
SID_PREFIXES = {"sms": ("SM", "MM"), "call": ("CA",)}
DROPPED = Ending(REFUSED, "an operator dropped it: it is unknown whether Twilio accepted it")
RECORD_CHANGED = "a callback or another operator changed the record meanwhile: show it and decide again"


class DeliveryResolution:
    """Resolves one delivery at a time. `yes` answers every question in advance."""

    def __init__(self, context: CommandContext, *, yes: bool) -> None:
        self._context = context
        self._services = context.services
        self._yes = yes

    async def find_unresolved(self, name: str, to: str) -> Stored:
        """Returns the one unresolved record with this id. Raises OpsError, UsageError when there are several."""
        found = await find_by_id(self._context, name, to)
        unresolved = [stored for stored in found if stored.record.state == UNRESOLVED]
        if not unresolved:
            raise OpsError(f"the delivery is not unresolved: it is {found[0].record.state}")
        if len(unresolved) > 1:
            names = ", ".join(f"{stored.record.key.row} to {stored.record.to}" for stored in unresolved)
            raise UsageError(f"several are unresolved ({names}): choose one by sms:<id> or call:<id> and --to NUMBER")
        return unresolved[0]

    async def mark_sent(self, stored: Stored, sid: str) -> None:
        """Settles the delivery by the text or call that Twilio has. Raises OpsError unless it can be this delivery."""
        record = stored.record
        if not sid.startswith(SID_PREFIXES[record.key.kind]):
            raise UsageError(f"--sent: the SID of a {record.key.kind} begins with {SID_PREFIXES[record.key.kind][0]}")
        report = await self._report_of(record, sid)
        self._confirm(f"Settle {record.key.row} to {record.to} as {sid}, {report.status}?")
        settled = await apply_report(self._services.ledger_context, stored, report)
        if settled is None:
            raise OpsError(RECORD_CHANGED)
        async with self._hide_dead_letters(record) as hidden:
            await self._delete(hidden)
        self._answer(settled)

    async def resend(self, stored: Stored) -> None:
        """Requeues the command of its dead letter as the next attempt. Raises OpsError without a dead letter."""
        record = stored.record
        async with self._hide_dead_letters(record) as hidden:
            queued = _next_attempt(record, hidden)
            self._confirm(f"Send {record.key.row} to {record.to} again?")
            await self._put_copy(queued)
            begun = time.monotonic()
            released = await self._release(stored, queued)
            # A worker may have dropped a copy that became visible before the record was released.
            if time.monotonic() - begun > COPY_DELAY_SECONDS / 2:
                await self._put_copy(queued)
            await self._delete(hidden)
        self._answer(released)

    async def drop(self, stored: Stored) -> None:
        """Ends the delivery as refused, without sending it."""
        record = stored.record
        self._confirm(f"End {record.key.row} to {record.to} as refused, without another attempt?")
        ended = await end(self._services.ledger_context, record, DROPPED, stored=stored)
        if ended is None:
            raise OpsError(RECORD_CHANGED)
        async with self._hide_dead_letters(record) as hidden:
            await self._delete(hidden)
        self._answer(ended)

    async def _report_of(self, record: DeliveryRecord, sid: str) -> StatusReport:
        """Returns Twilio's status of a text or call to this number that no other delivery owns. Raises OpsError."""
        of_recipient = await self._services.ledger.of_recipient(record.key.partition)
        owner = next((each.record for each in of_recipient if sid in each.record.sids), None)
        if owner and owner.key != record.key:
            raise OpsError(f"{sid} belongs to the delivery {owner.key.row}")
        listed = await self._services.twilio.list_sent(record.key.kind, record.to, search_start(record))
        found = next((each for each in listed if each.sid == sid), None)
        if found is None:
            raise OpsError(f"Twilio has no {sid} to {record.to} since the first attempt")
        return StatusReport.of(found, record.attempt)

    def _hide_dead_letters(self, record: DeliveryRecord) -> AbstractAsyncContextManager[list[HiddenMessage]]:
        return self._services.dead_letters.hide(lambda message: contains_command_of(message, record))

    async def _put_copy(self, queued: QueuedCommand) -> None:
        await self._services.queues.put(
            queued.outbox, queued.to_json(), time_to_live=NEVER_EXPIRES, delay=COPY_DELAY_SECONDS
        )

    async def _release(self, stored: Stored, queued: QueuedCommand) -> DeliveryRecord:
        """Writes that the next attempt is on its queue. Raises OpsError when the record has changed."""
        record = msgspec.structs.replace(
            stored.record,
            run=random_token(self._services.random),
            state=RELEASED,
            attempt=queued.attempt,
            give_up_at=queued.give_up_at,
            empty_looks=0,
            ended_at=None,
            code=0,
            reason="",
        )
        try:
            return (await self._services.ledger.replace(stored, record)).record
        except RecordChanged as changed:
            raise OpsError(RECORD_CHANGED) from changed

    async def _delete(self, hidden: list[HiddenMessage]) -> None:
        for each in hidden:
            await self._services.dead_letters.delete(each)

    def _confirm(self, question: str) -> None:
        self._context.terminal.confirm(question, yes=self._yes)

    def _answer(self, record: DeliveryRecord) -> None:
        self._context.terminal.answer({"delivery": as_json(record)}, f"{record.key.row} is {line_of(record)}")


def contains_command_of(message: DeadLetterMessage, record: DeliveryRecord) -> bool:
    """Returns whether a dead letter contains the command of this record."""
    try:
        queued = message.queued_command(record.key.outbox)
    except CommandRefused:
        return False
    return queued.key == record.key and queued.fingerprint == record.fingerprint


def _next_attempt(record: DeliveryRecord, hidden: list[HiddenMessage]) -> QueuedCommand:
    """Returns the next attempt, with a full day of time. Raises OpsError when it cannot be made."""
    if not hidden:
        raise OpsError("its message is not in dead-letter, so the text is lost: send it again with another id")
    now = datetime.now(UTC)
    queued = hidden[0].message.queued_command(record.key.outbox)
    queued = msgspec.structs.replace(queued, attempt=record.attempt + 1, first_seen=now, queued_at=now, paused=0)
    if queued.give_up_at <= now:
        raise OpsError("its send_at has passed: drop it, and send a new command if it is still needed")
    return queued
