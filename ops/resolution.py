"""What an operator decides about a delivery that nobody could settle.

Each way is told before it is written, written by the version that was looked at, and only then is the dead letter taken
away: cut off anywhere, it can be given again, and a late callback of Twilio's still goes before it.
"""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import msgspec

from ops.desk import Desk
from ops.errors import OpsError, UsageError
from ops.finding import by_id
from ops.letters import Held, Letter
from ops.shown import as_json, line_of
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

# The copy must not be seen before the record says released: it would meet an ended one, and be let go.
COPY_SECONDS = 60
PREFIXES = {"sms": ("SM", "MM"), "call": ("CA",)}
DROPPED = Ending(REFUSED, "an operator dropped it: it is unknown whether Twilio took it")
CHANGED = "its record changed meanwhile, by a callback or another operator: look at it again"


class Resolution:
    """Decides about one delivery at a time."""

    def __init__(self, desk: Desk, *, yes: bool) -> None:
        self._desk = desk
        self._edges = desk.edges
        self._yes = yes

    async def unresolved(self, name: str, to: str) -> Stored:
        """The one record of this name that waits for a decision. Raises OpsError."""
        found = await by_id(self._desk, name, to)
        waiting = [stored for stored in found if stored.record.state == UNRESOLVED]
        if not waiting:
            raise OpsError(f"there is nothing to decide: it is {found[0].record.state}")
        if len(waiting) > 1:
            whose = ", ".join(f"{stored.record.key.row} to {stored.record.to}" for stored in waiting)
            raise UsageError(f"several are unresolved ({whose}): say which by sms:<id> or call:<id> and --to NUMBER")
        return waiting[0]

    async def sent(self, stored: Stored, sid: str) -> None:
        """Twilio took it: settle it by this text or call of Twilio's. Raises OpsError unless it can be that."""
        record = stored.record
        if not sid.startswith(PREFIXES[record.key.kind]):
            raise UsageError(f"--sent: the SID of a {record.key.kind} begins with {PREFIXES[record.key.kind][0]}")
        said = await self._said_of(record, sid)
        self._desk.terminal.confirm(f"Settle {record.key.row} to {record.to} as {sid}, {said.status}?", yes=self._yes)
        settled = await apply_report(self._edges.ledger_context, stored, said)
        if settled is None:
            raise OpsError(CHANGED)
        async with self._letters_of(record) as held:
            await self._take_away(held)
        self._answer(settled)

    async def resend(self, stored: Stored) -> None:
        """Twilio did not take it: make another attempt, from its dead letter. Raises OpsError without one."""
        record = stored.record
        async with self._letters_of(record) as held:
            order = _order_of(record, held)
            self._desk.terminal.confirm(f"Send {record.key.row} to {record.to} once more?", yes=self._yes)
            await self._put_copy(order)
            begun = time.monotonic()
            released = await self._write(
                stored,
                state=RELEASED,
                attempt=order.attempt,
                give_up_at=order.give_up_at,
                empty_looks=0,
                ended_at=None,
                code=0,
                reason="",
            )
            if time.monotonic() - begun > COPY_SECONDS / 2:
                await self._put_copy(order)
            await self._take_away(held)
        self._answer(released)

    async def drop(self, stored: Stored) -> None:
        """Let it go: it ends as refused, and is not sent."""
        record = stored.record
        self._desk.terminal.confirm(f"Let {record.key.row} to {record.to} go, unsent by us?", yes=self._yes)
        written = await end(self._edges.ledger_context, record, DROPPED, stored=stored)
        if written is None:
            raise OpsError(CHANGED)
        async with self._letters_of(record) as held:
            await self._take_away(held)
        self._answer(written)

    async def _said_of(self, record: DeliveryRecord, sid: str) -> StatusReport:
        """What Twilio says of it, and that it may be ours: to this number, and no other delivery's."""
        of_number = await self._edges.ledger.of_recipient(record.key.partition)
        owner = next((each.record for each in of_number if sid in each.record.sids), None)
        if owner and owner.key != record.key:
            raise OpsError(f"{sid} is the delivery {owner.key.row}")
        listed = await self._edges.twilio.list_sent(record.key.kind, record.to, search_start(record))
        found = next((each for each in listed if each.sid == sid), None)
        if found is None:
            raise OpsError(f"Twilio has no {sid} to {record.to} since it was first tried")
        return StatusReport.of(found, record.attempt)

    def _letters_of(self, record: DeliveryRecord) -> AbstractAsyncContextManager[list[Held]]:
        return self._edges.letters.held(lambda letter: is_of(letter, record))

    async def _put_copy(self, order: QueuedCommand) -> None:
        await self._edges.queues.put(order.outbox, order.to_json(), time_to_live=NEVER_EXPIRES, delay=COPY_SECONDS)

    async def _write(self, stored: Stored, **changes: object) -> DeliveryRecord:
        record = msgspec.structs.replace(stored.record, run=random_token(self._edges.random), **changes)
        try:
            return (await self._edges.ledger.replace(stored, record)).record
        except RecordChanged as changed:
            raise OpsError(CHANGED) from changed

    async def _take_away(self, held: list[Held]) -> None:
        for each in held:
            await self._edges.letters.delete(each)

    def _answer(self, record: DeliveryRecord) -> None:
        self._desk.terminal.answer({"delivery": as_json(record)}, f"{record.key.row} is {line_of(record)}")


def is_of(letter: Letter, record: DeliveryRecord) -> bool:
    """Whether a letter holds the command of this record."""
    try:
        order = letter.order(f"{record.key.kind}-outbox")
    except CommandRefused:
        return False
    return order.key == record.key and order.fingerprint == record.fingerprint


def _order_of(record: DeliveryRecord, held: list[Held]) -> QueuedCommand:
    """The next attempt, with its whole time before it. Raises OpsError when it cannot be made."""
    if not held:
        raise OpsError("its message is not in dead-letter, so nobody knows what it said: send it anew by another id")
    now = datetime.now(UTC)
    order = held[0].letter.order(f"{record.key.kind}-outbox")
    order = msgspec.structs.replace(order, attempt=record.attempt + 1, first_seen=now)
    if order.give_up_at <= now:
        raise OpsError("the time of its send_at is over: drop it, and send anew what is still wanted")
    return order
