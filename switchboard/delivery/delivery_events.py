"""Events made from delivery records and from refused messages."""

from __future__ import annotations

from datetime import UTC, datetime

from switchboard.clock import timestamp
from switchboard.delivery.record import DeliveryRecord
from switchboard.events import Event
from switchboard.queues import QueueMessage


def message_refused(message: QueueMessage, command_id: str, reason: str) -> Event:
    """Returns `command.ended` for a message that is not a valid command; no delivery begins.

    The event's id contains the queue message's id, so a message that is delivered again has the same event.
    """
    return Event(
        id=f"command.ended:{message.id}:refused",
        kind="command.ended",
        time=_now(),
        state="refused",
        queue=message.queue,
        message_id=message.id,
        command_id=command_id,
        reason=reason,
    )


def command_ended(record: DeliveryRecord, *, message_id: str) -> Event:
    """Returns `command.ended`: the delivery ended without Twilio, or with an outcome that stays unknown."""
    return Event(
        id=_delivery_id("command.ended", record, record.attempt, record.state),
        kind="command.ended",
        time=_now(),
        state=record.state,
        recipient=record.to,
        sender=record.sender,
        queue=record.key.outbox,
        message_id=message_id,
        command_id=record.key.id,
        reason=record.reason,
        error_code=record.code,
    )


def delivery_state(
    record: DeliveryRecord,
    *,
    sid: str,
    attempt: int,
    sender: str,
    direction: str,
    duration: int | None,
    retryable: bool | None,
) -> Event:
    """Returns `sms.status` or `call.status`: the delivery reached a new state at Twilio."""
    kind = f"{record.key.kind}.status"
    return Event(
        id=_delivery_id(kind, record, attempt, record.state),
        kind=kind,
        time=_now(),
        sid=sid,
        state=record.state,
        sender=sender,
        recipient=record.to,
        direction=direction,
        duration=duration,
        command_id=record.key.id,
        error_code=record.code,
        retryable=retryable,
    )


def duplicate(record: DeliveryRecord, sid: str) -> Event:
    """Returns `command.duplicate`: Twilio created a second text or call for one command."""
    return Event(
        id=_delivery_id("command.duplicate", record, record.attempt, sid),
        kind="command.duplicate",
        time=_now(),
        sid=sid,
        state="duplicate",
        sender=record.sender,
        recipient=record.to,
        command_id=record.key.id,
    )


def _delivery_id(kind: str, record: DeliveryRecord, attempt: int, state: str) -> str:
    """Returns a stable id: kind, recipient's partition, row, attempt and state."""
    return f"{kind}:{record.key.partition}:{record.key.row}:{attempt}:{state}"


def _now() -> str:
    return timestamp(datetime.now(UTC))
