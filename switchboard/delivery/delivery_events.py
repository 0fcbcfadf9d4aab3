"""Events made from delivery records and from refused messages.

Their `time` does not change when the same event is published again: it is the record's, or the queue's for a command
without a record. `observed_at` is the moment of the observation.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from switchboard.addresses import is_service
from switchboard.delivery.record import DeliveryRecord
from switchboard.events import (
    CallStatus,
    CommandDuplicate,
    CommandDuplicateData,
    CommandEnded,
    CommandEndedData,
    SmsStatus,
)
from switchboard.queues import QueueMessage
from switchboard.status_updates import StatusUpdate


def message_refused(message: QueueMessage, command_id: str, reason: str, now: datetime) -> CommandEnded:
    """Returns `switchboard.command.ended` for a message that is not a valid command; no delivery begins.

    The event's id contains the queue message's id, so a message that is delivered again has the same event.
    """
    data = CommandEndedData(
        state="refused",
        queue=message.queue,
        message_id=message.id,
        command_id=command_id,
        reason=reason,
        observed_at=now,
    )
    return CommandEnded(id=f"command.ended:{message.id}:refused", time=message.inserted_at or now, data=data)


def command_ended(record: DeliveryRecord, *, message_id: str, since: datetime, now: datetime) -> CommandEnded:
    """Returns `switchboard.command.ended`: the delivery ended without Twilio, or with an outcome that stays unknown.

    `since` is the time of the event.
    """
    data = CommandEndedData(
        state=record.state,
        sender=number_of(record),
        recipient=record.to,
        messaging_service_sid=service_of(record),
        queue=record.key.outbox,
        message_id=message_id,
        command_id=record.key.id,
        reason=record.reason,
        error_code=record.code,
        observed_at=now,
    )
    return CommandEnded(
        id=_delivery_id("command.ended", record, record.attempt, record.state),
        time=since,
        subject=record.key.row,
        data=data,
    )


def delivery_state(
    record: DeliveryRecord, update: StatusUpdate, *, attempt: int, now: datetime
) -> SmsStatus | CallStatus:
    """Returns `switchboard.sms.status` or `switchboard.call.status`: the delivery reached a new state at Twilio.

    `update` is what Twilio reports; what it does not say comes from the record.
    """
    common = {
        "state": record.state,
        "sender": update.sender or number_of(record),
        "recipient": record.to,
        "command_id": record.key.id,
        "error_code": record.code,
    }
    event_id = _delivery_id(f"{record.key.kind}.status", record, attempt, record.state)
    moment = update.time or time_of(record)
    if record.key.kind == "call":
        call = msgspec.structs.replace(update.call_data(observed_at=now), **common)
        return CallStatus(id=event_id, time=moment, subject=record.key.row, data=call)
    service = update.messaging_service_sid or service_of(record)
    text = msgspec.structs.replace(update.text_data(observed_at=now), **common, messaging_service_sid=service)
    return SmsStatus(id=event_id, time=moment, subject=record.key.row, data=text)


def duplicate(record: DeliveryRecord, sid: str, now: datetime) -> CommandDuplicate:
    """Returns `switchboard.command.duplicate`: Twilio created a second text or call for one command."""
    data = CommandDuplicateData(
        sid=sid,
        sender=number_of(record),
        recipient=record.to,
        messaging_service_sid=service_of(record),
        command_id=record.key.id,
        observed_at=now,
    )
    return CommandDuplicate(
        id=_delivery_id("command.duplicate", record, record.attempt, sid),
        time=time_of(record),
        subject=record.key.row,
        data=data,
    )


def time_of(record: DeliveryRecord) -> datetime:
    """Returns when the delivery was first claimed: no later version of its record changes that."""
    moment = record.first_claimed_at or record.first_seen
    # The tables' SDK returns a subclass of datetime, which msgspec does not encode.
    return datetime.combine(moment.date(), moment.timetz())


def number_of(record: DeliveryRecord) -> str:
    """Returns the number or name that sends, "" while only a messaging service is known."""
    return "" if is_service(record.sender) else record.sender


def service_of(record: DeliveryRecord) -> str:
    """Returns the messaging service that sends, "" without one."""
    return record.sender if is_service(record.sender) else ""


def _delivery_id(kind: str, record: DeliveryRecord, attempt: int, state: str) -> str:
    """Returns a stable id: kind, recipient's partition, row, attempt and state."""
    return f"{kind}:{record.key.partition}:{record.key.row}:{attempt}:{state}"
