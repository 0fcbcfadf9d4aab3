"""Replays a dead letter: puts its message onto the outbox, and deletes the dead letter after that.

When it is interrupted in between, the message is in both places. Replayed again it has the same id, and the same id
never goes to the same recipient twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from ops.dead_letter_queue import DeadLetterMessage, HiddenMessage
from ops.operator_services import OperatorServices
from switchboard.delivery.queued_command import QueuedCommand, own_id
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import UNRESOLVED
from switchboard.errors import CommandRefused
from switchboard.queues import NEVER_EXPIRES, QueueMessage


class ReplayResult(msgspec.Struct, frozen=True):
    """The result for one dead letter: its id, its command's id ("" without one), whether it was replayed, and why."""

    id: str
    command: str
    replayed: bool
    detail: str


async def replay(services: OperatorServices, hidden: HiddenMessage, outbox: str = "") -> ReplayResult:
    """Replays a dead letter unless that would do nothing. `outbox` is for a message that does not name its own."""
    message = hidden.message
    try:
        queued = _with_full_time(message.queued_command(outbox))
    except CommandRefused as refused:
        remedy = "drop it" if message.outbox or outbox else "name it by --queue sms-outbox or call-outbox"
        return ReplayResult(message.id, "", False, f"not replayed: {refused.reason}; {remedy}")
    stored = await services.ledger.read(queued.key)
    obstacle = _obstacle(queued, stored.record if stored else None)
    if obstacle:
        return ReplayResult(message.id, queued.key.id, False, f"not replayed: {obstacle}")
    await services.queues.put(queued.outbox, queued.to_json(), time_to_live=NEVER_EXPIRES)
    await services.dead_letters.delete(hidden)
    return ReplayResult(message.id, queued.key.id, True, f"put onto {queued.outbox}")


def has_no_id(message: DeadLetterMessage) -> bool:
    """Returns whether its sender gave it no id: then it cannot be recognized as a command that was already sent."""
    return not own_id(QueueMessage(message.outbox, "", message.body.encode()))


def _with_full_time(queued: QueuedCommand) -> QueuedCommand:
    """Returns the same attempt of the same command, first seen now: it has a full day again."""
    return msgspec.structs.replace(queued, first_seen=datetime.now(UTC))


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
