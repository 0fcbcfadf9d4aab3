"""A command as read from its queue, with the state that travels with the message: id, attempt, first_seen.

A sender's message is the command itself. A copy that Switchboard requeues is an envelope around it,
`{"command": …, "id": …, "attempt": n, "first_seen": …}`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from switchboard import commands
from switchboard.commands import COMMAND_TYPES, Command, SendSms
from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.delivery.states import CLAIMED, Kind
from switchboard.errors import CommandRefused
from switchboard.queues import CALL_OUTBOX, SMS_OUTBOX, QueueMessage, encode, read_json
from switchboard.settings import Settings
from switchboard.text import IDENTIFIER, full_digest

KINDS: dict[str, Kind] = {SMS_OUTBOX: "sms", CALL_OUTBOX: "call"}

GIVEN_UP_AFTER = timedelta(hours=24)
# Twilio wants a scheduled text at least this long before its time.
SCHEDULING_NOTICE = timedelta(minutes=15)
# An envelope with more was not written here: the backoff would take eleven years to get there.
MOST_ATTEMPTS = 100_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# A storage queue's limit is 64 KiB, and the envelope of a requeued command needs some of it.
LARGEST_COMMAND = 60 * 1024


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requeued copy: the command as its sender wrote it, and the state that a queue does not keep."""

    command: msgspec.Raw
    id: str
    attempt: int
    first_seen: datetime

    def to_json(self) -> str:
        """The queue message's body."""
        return encode(self)


class QueuedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command as read from its queue.

    `attempt` is the attempt that this message may make, 0 for a sender's own message. `canonical` is the command's JSON
    in one form (`commands.canonical`), `fingerprint` its SHA-256. `first_seen` lies ahead of now after a pause: the
    time of a pause is added to it, so that waiting for a repaired account does not count against `give_up_at`.
    `queued_at` is when the sender pushed the command, where that is known.
    """

    outbox: str
    message_id: str
    command: Command
    key: DeliveryKey
    attempt: int
    first_seen: datetime
    canonical: bytes
    fingerprint: str
    queued_at: datetime

    def __repr__(self) -> str:
        """Leaves number and body out."""
        return f"QueuedCommand({self.key.row} attempt={self.attempt})"

    @property
    def give_up_at(self) -> datetime:
        """When no further attempt is made: a day after first_seen, or sooner where the command says so."""
        ends = [self.first_seen + GIVEN_UP_AFTER]
        if isinstance(self.command, SendSms):
            if self.command.validity_period is not None:
                ends.append(self.first_seen + timedelta(seconds=self.command.validity_period))
            if self.command.send_at is not None:
                ends.append(self.command.send_at - SCHEDULING_NOTICE)
        return min(ends)

    def claim(self, settings: Settings, run: str, now: datetime) -> DeliveryRecord:
        """Returns the record of a worker that is about to make this attempt."""
        body = self.command.body if isinstance(self.command, SendSms) else ""
        return DeliveryRecord(
            key=self.key,
            to=self.command.to,
            state=CLAIMED,
            attempt=self.attempt,
            run=run,
            first_seen=self.first_seen,
            give_up_at=self.give_up_at,
            fingerprint=self.fingerprint,
            sender=self.command.sender_in(settings),
            body_digest=full_digest(body),
            body_length=len(body),
            first_claimed_at=now,
        )

    def to_json(self, *, attempt: int | None = None, first_seen: datetime | None = None) -> str:
        """Returns the body of a requeued copy."""
        return Envelope(
            command=msgspec.Raw(self.canonical),
            id=self.key.id,
            attempt=self.attempt if attempt is None else attempt,
            first_seen=first_seen or self.first_seen,
        ).to_json()


def read(message: QueueMessage, now: datetime) -> QueuedCommand:
    """Reads a message of an outbox or of its poison queue. Raises CommandRefused."""
    value = read_json(message.body)
    envelope = _envelope(value, now)
    given = msgspec.json.decode(envelope.command) if envelope else value
    command = commands.parse(COMMAND_TYPES[message.outbox], given)
    canonical = commands.canonical(command, given)
    if len(canonical) > LARGEST_COMMAND:
        raise CommandRefused(f"the message: {len(canonical):,} bytes, {LARGEST_COMMAND:,} at most")
    command_id = command.id or (envelope.id if envelope else message.id)
    return QueuedCommand(
        outbox=message.outbox,
        message_id=message.id,
        command=command,
        key=DeliveryKey.of(KINDS[message.outbox], command.to, command_id),
        attempt=envelope.attempt if envelope else 0,
        first_seen=envelope.first_seen if envelope else now,
        canonical=canonical,
        fingerprint=hashlib.sha256(canonical).hexdigest(),
        queued_at=envelope.first_seen if envelope else message.inserted_at or now,
    )


def wrap(message: QueueMessage, now: datetime) -> str | None:
    """Returns a message in an envelope that keeps its id, whatever it contains; None when it is not a JSON object."""
    try:
        value = read_json(message.body)
    except CommandRefused:
        return None
    if not isinstance(value, dict):
        return None
    if "command" in value:
        return encode(value)
    own_id = commands.id_of(value) or message.id
    return Envelope(command=msgspec.Raw(msgspec.json.encode(value)), id=own_id, attempt=0, first_seen=now).to_json()


def own_id(message: QueueMessage) -> str:
    """Returns the id inside a message, its sender's or its envelope's; "" without one."""
    try:
        return commands.id_of(read_json(message.body))
    except CommandRefused:
        return ""


def _envelope(value: object, now: datetime) -> Envelope | None:
    """Returns the envelope, None for a sender's own message. Raises CommandRefused for one that is not ours."""
    if not isinstance(value, dict) or "command" not in value:
        return None
    try:
        envelope = msgspec.json.decode(msgspec.json.encode(value), type=Envelope)
    except msgspec.MsgspecError as error:
        raise CommandRefused("the message: not an envelope of Switchboard's") from error
    plausible = 0 <= envelope.attempt <= MOST_ATTEMPTS and _is_plausible(envelope.first_seen, now)
    if not (IDENTIFIER.fullmatch(envelope.id) and plausible):
        raise CommandRefused("the message: not an envelope of Switchboard's")
    return envelope


def _is_plausible(first_seen: datetime, now: datetime) -> bool:
    """Returns whether Switchboard can have written this time. A pause moves it ahead of now, by less than a day."""
    return first_seen.tzinfo is not None and EPOCH <= first_seen <= now + GIVEN_UP_AFTER
