"""What we tell others: JSON messages on the `events` queue.

Every event has `id`, `kind` and `time`. The id is stable: the same happening told twice has the same id, so a
consumer drops ids it has seen. docs/guide.md has the schema; Twilio's retries and a crash of ours are why an event
may come twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from switchboard.ledger import Record, hashed
from switchboard.webhooks import IncomingMessage, RecordingUpdate, StatusUpdate


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One happening. Fields that do not apply to its kind are left out of the JSON.

    `state` is Twilio's word, or ours for a command that ended before Twilio took it. `command_id` is the sender's own
    id of the command. `retryable` says of a failure that the same command may go well when asked for again.
    """

    id: str
    kind: str
    time: str
    sid: str = ""
    state: str = ""
    sender: str = msgspec.field(default="", name="from")
    recipient: str = msgspec.field(default="", name="to")
    body: str = ""
    media: tuple[dict[str, str], ...] = ()
    messaging_service_sid: str = ""
    opt_out: str = ""
    call_sid: str = ""
    direction: str = ""
    duration: int | None = None
    url: str = ""
    email: str = ""
    transcription: str = ""
    queue: str = ""
    message_id: str = ""
    command_id: str = ""
    reason: str = ""
    error_code: int = 0
    retryable: bool | None = None

    def to_json(self) -> str:
        """The queue message's body."""
        return encode(self)


def encode(message: msgspec.Struct) -> str:
    """JSON for a queue. Queue Storage takes it inside XML, which has no place for two characters."""
    return msgspec.json.encode(message).decode().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def text_received(message: IncomingMessage) -> Event:
    """`sms.received`: a text came in, whatever we answered."""
    return Event(
        id=f"sms.received:{message.sid}",
        kind="sms.received",
        time=now(),
        sid=message.sid,
        sender=message.sender,
        recipient=message.recipient,
        messaging_service_sid=message.messaging_service_sid,
        body=message.body,
        media=tuple({"url": item.url, "content_type": item.content_type} for item in message.media),
        opt_out=message.opt_out,
    )


def text_status(update: StatusUpdate, *, retryable: bool | None = None) -> Event:
    """`sms.status`: a text we sent came to a state."""
    return _status("sms.status", update, retryable)


def call_status(update: StatusUpdate) -> Event:
    """`call.status`: a call, in or out, came to a state; `completed` and its like are its end."""
    return _status("call.status", update, None)


def _status(kind: str, update: StatusUpdate, retryable: bool | None) -> Event:
    return Event(
        id=f"{kind}:{update.sid}:{update.state}",
        kind=kind,
        time=now(),
        sid=update.sid,
        state=update.state,
        sender=update.sender,
        recipient=update.recipient,
        direction=update.direction,
        duration=update.duration if kind == "call.status" else None,
        error_code=update.error_code,
        retryable=retryable,
    )


def recording(update: RecordingUpdate) -> Event:
    """`recording.status`: a recording was made (`completed`), or could not be."""
    return Event(
        id=f"recording.status:{update.sid}:{update.state}",
        kind="recording.status",
        time=now(),
        sid=update.sid,
        call_sid=update.call_sid,
        state=update.state,
        url=update.url,
        duration=update.duration,
    )


def voicemail_received(
    *,
    recording_sid: str,
    call_sid: str,
    caller: str,
    called: str,
    url: str,
    duration: int | None,
    email: str,
    state: str,
    transcription: str,
) -> Event:
    """`voicemail.received`: the voicemail Twimlet recorded a message for `email`.

    `state` is the transcription's, `completed` or `failed`, "" when none was asked for.
    """
    return Event(
        id=f"voicemail.received:{recording_sid or hashed(url)}",
        kind="voicemail.received",
        time=now(),
        sid=recording_sid,
        call_sid=call_sid,
        sender=caller,
        recipient=called,
        url=url,
        duration=duration,
        email=email,
        state=state,
        transcription=transcription,
    )


def message_refused(*, queue: str, message_id: str, command_id: str, reason: str) -> Event:
    """`command.ended`: a message is no command that we take; no delivery begins.

    The id holds the queue message's id, so a redelivered message tells the same event again.
    """
    return Event(
        id=f"command.ended:{message_id}:refused",
        kind="command.ended",
        time=now(),
        state="refused",
        queue=queue,
        message_id=message_id,
        command_id=command_id,
        reason=reason,
    )


def command_ended(record: Record, *, queue: str, message_id: str) -> Event:
    """`command.ended`: a delivery ended without Twilio taking it, or without anybody knowing whether it did."""
    return Event(
        id=_delivery_id("command.ended", record, record.attempt, record.state),
        kind="command.ended",
        time=now(),
        state=record.state,
        recipient=record.to,
        sender=record.sender,
        queue=queue,
        message_id=message_id,
        command_id=record.key.id,
        reason=record.reason,
        error_code=record.code,
    )


def delivery_state(
    record: Record,
    *,
    sid: str,
    attempt: int,
    sender: str,
    direction: str,
    duration: int | None,
    retryable: bool | None,
) -> Event:
    """`sms.status`, `call.status`: a delivery came to a state at Twilio's."""
    kind = f"{record.key.kind}.status"
    return Event(
        id=_delivery_id(kind, record, attempt, record.state),
        kind=kind,
        time=now(),
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


def duplicate(record: Record, sid: str) -> Event:
    """`command.duplicate`: Twilio made a second text or call of one command."""
    return Event(
        id=_delivery_id("command.duplicate", record, record.attempt, sid),
        kind="command.duplicate",
        time=now(),
        sid=sid,
        state="duplicate",
        sender=record.sender,
        recipient=record.to,
        command_id=record.key.id,
    )


def _delivery_id(kind: str, record: Record, attempt: int, state: str) -> str:
    """The same happening told twice has the same id: kind, recipient's hash, command, attempt and state."""
    return f"{kind}:{record.key.partition}:{record.key.row}:{attempt}:{state}"


def now() -> str:
    """This moment as RFC 3339, to the millisecond, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
