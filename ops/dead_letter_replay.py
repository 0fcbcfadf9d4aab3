"""Replays a dead letter: puts its message onto the outbox, and deletes the dead letter after that.

When it is interrupted in between, the message is in both places. Replayed again it has the same id, and the same id
never goes to the same recipient twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from ops.dead_letter_queue import DeadLetterMessage, HiddenMessage
from ops.operator_services import OperatorServices
from switchboard.delivery.queued_command import QueuedCommand, own_id
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import UNRESOLVED
from switchboard.errors import CommandRefused
from switchboard.queues import NEVER_EXPIRES, QueueMessage

RECORD_GONE = (
    "it has no record any more, so it is unknown whether it was sent; "
    "--without-record sends it, once more if it was sent before"
)


class ReplayResult(msgspec.Struct, frozen=True):
    """The result for one dead letter: its id, its command's id ("" without one), whether it was replayed, and why."""

    id: str
    command: str
    replayed: bool
    detail: str


async def replay(
    services: OperatorServices, hidden: HiddenMessage, outbox: str = "", *, without_record: bool = False
) -> ReplayResult:
    """Replays a dead letter unless that would do nothing, or might send twice.

    `outbox` is for a message that does not name its own. `without_record` replays a command whose record may have been
    purged: then it is unknown whether it was sent.
    """
    message = hidden.message
    try:
        queued = message.queued_command(outbox)
    except CommandRefused as refused:
        remedy = "drop it" if message.outbox or outbox else "name it by --queue sms-outbox or call-outbox"
        return ReplayResult(message.id, "", False, f"not replayed: {refused.reason}; {remedy}")
    stored = await services.ledger.read(queued.key)
    if stored is None and not without_record and _may_have_had_record(services, message, queued):
        return ReplayResult(message.id, queued.key.id, False, f"not replayed: {RECORD_GONE}")
    queued = _with_full_time(queued, has_record=stored is not None)
    obstacle = _obstacle(queued, stored.record if stored else None)
    if obstacle:
        return ReplayResult(message.id, queued.key.id, False, f"not replayed: {obstacle}")
    await services.queues.put(queued.outbox, queued.to_json(), time_to_live=NEVER_EXPIRES)
    await services.dead_letters.delete(hidden)
    return ReplayResult(message.id, queued.key.id, True, f"put onto {queued.outbox}")


def has_no_id(message: DeadLetterMessage) -> bool:
    """Returns whether its sender gave it no id: then it cannot be recognized as a command that was already sent."""
    return not own_id(QueueMessage(message.outbox, "", message.body.encode()))


def _may_have_had_record(services: OperatorServices, message: DeadLetterMessage, queued: QueuedCommand) -> bool:
    """Returns whether an absent record can mean that it was purged, and not that nothing was ever tried."""
    now = datetime.now(UTC)
    age = now - min(queued.first_seen, message.inserted_at or now)
    return queued.attempt > 0 or age > timedelta(days=services.retention_days)


def _with_full_time(queued: QueuedCommand, *, has_record: bool) -> QueuedCommand:
    """Returns the same command as if it was pushed now: it has its full time again.

    The attempt stays, so that the record shows what was tried. Without a record the first attempt begins.
    """
    now, attempt = datetime.now(UTC), queued.attempt if has_record else 0
    return msgspec.structs.replace(queued, attempt=attempt, first_seen=now, queued_at=now, paused=0)


def _obstacle(queued: QueuedCommand, record: DeliveryRecord | None) -> str:
    """Returns why a replay would do nothing, "" when it would do something."""
    if queued.give_up_at <= queued.first_seen:
        return "its send_at has passed; drop it, and send a new command if it is still needed"
    if record is None:
        return ""
    if record.fingerprint != queued.fingerprint:
        return "its id belongs to another command for this number; drop it"
    if record.state == UNRESOLVED:
        return (
            f"it is unknown whether Twilio accepted it; `deliveries resolve {queued.key.id} --to {record.to}` decides"
        )
    if record.phase != "open":
        return f"its delivery is {record.state}; drop it"
    return "a later attempt is on its outbox; drop it" if record.attempt > queued.attempt else ""
