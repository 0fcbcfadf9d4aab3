"""A message of an outbox, read: the command in it, and how far its delivery has come.

A sender's message is the command itself. A copy that we put back is an envelope around it,
`{"command": …, "id": …, "attempt": n, "first_seen": …}`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from switchboard import commands, events
from switchboard.commands import IDENTIFIER, Command, PlaceCall, SendSms
from switchboard.errors import CommandRefused
from switchboard.ledger import Key, Record
from switchboard.settings import Settings
from switchboard.status import CLAIMED, Kind

OUTBOXES: dict[str, type[SendSms] | type[PlaceCall]] = {"sms-outbox": SendSms, "call-outbox": PlaceCall}
KINDS: dict[str, Kind] = {"sms-outbox": "sms", "call-outbox": "call"}
POISON = "-poison"

GIVEN_UP_AFTER = timedelta(hours=24)
# Twilio wants a scheduled text at least this long before its time.
SCHEDULING_NOTICE = timedelta(minutes=15)
# A storage queue takes 64 KiB a message, and an envelope is a little larger than what it holds.
MOST_ATTEMPTS = 100_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
LARGEST_COMMAND = 60 * 1024


class QueueMessage(msgspec.Struct, frozen=True):
    """A message as its queue gave it: where it lay, the queue's id of it, its bytes, and when it was put there."""

    queue: str
    id: str
    body: bytes
    inserted: datetime | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What we put back: the command as its sender wrote it, and what the queue would forget."""

    command: msgspec.Raw
    id: str
    attempt: int
    first_seen: datetime

    def to_json(self) -> str:
        """The queue message's body."""
        return events.encode(self)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One command on its way. `attempt` is the one that this message may make, 0 for a sender's own message.

    `fingerprint` is SHA-256 of the command in one canonical form; `queued_at` when its sender pushed it, where
    that is known.
    """

    queue: str
    message_id: str
    command: Command
    key: Key
    attempt: int
    first_seen: datetime
    fingerprint: str
    queued_at: datetime

    def __repr__(self) -> str:
        """Neither the number nor the body."""
        return f"Order({self.key.row} attempt={self.attempt})"

    @property
    def give_up_at(self) -> datetime:
        """When nothing more is tried: a day after it was first seen, or sooner where the command says so."""
        ends = [self.first_seen + GIVEN_UP_AFTER]
        if isinstance(self.command, SendSms):
            if self.command.validity_period is not None:
                ends.append(self.first_seen + timedelta(seconds=self.command.validity_period))
            if self.command.send_at is not None:
                ends.append(self.command.send_at - SCHEDULING_NOTICE)
        return min(ends)

    def claim(self, settings: Settings, run: str, now: datetime) -> Record:
        """The record that says: this attempt is being made."""
        body = self.command.body if isinstance(self.command, SendSms) else ""
        return Record(
            key=self.key,
            to=self.command.to,
            state=CLAIMED,
            attempt=self.attempt,
            run=run,
            first_seen=self.first_seen,
            give_up_at=self.give_up_at,
            fingerprint=self.fingerprint,
            sender=self.command.sender_in(settings),
            body_digest=digest(body),
            body_length=len(body),
            first_claimed_at=now,
        )

    def to_json(self, *, attempt: int | None = None, first_seen: datetime | None = None) -> str:
        """This order as a message that we put back."""
        return Envelope(
            command=msgspec.Raw(msgspec.json.encode(self.command)),
            id=self.key.id,
            attempt=self.attempt if attempt is None else attempt,
            first_seen=first_seen or self.first_seen,
        ).to_json()


def read(message: QueueMessage, now: datetime) -> Order:
    """The order that a message of an outbox, or of its poison queue, holds. Raises CommandRefused."""
    queue = message.queue.removesuffix(POISON)
    value = commands.read_json(message.body)
    envelope = _envelope(value, now)
    command = commands.parse(OUTBOXES[queue], msgspec.json.decode(envelope.command) if envelope else value)
    encoded = msgspec.json.encode(command, order="deterministic")
    if len(encoded) > LARGEST_COMMAND:
        raise CommandRefused(f"the message: {len(encoded):,} bytes, {LARGEST_COMMAND:,} at most")
    return Order(
        queue=queue,
        message_id=message.id,
        command=command,
        key=Key.of(KINDS[queue], command.to, command.id or (envelope.id if envelope else message.id)),
        attempt=envelope.attempt if envelope else 0,
        first_seen=envelope.first_seen if envelope else now,
        fingerprint=hashlib.sha256(encoded).hexdigest(),
        queued_at=envelope.first_seen if envelope else message.inserted or now,
    )


def wrap(message: QueueMessage, now: datetime) -> str | None:
    """A message as an envelope that keeps its id, whatever it asks for; None when it is no JSON object."""
    try:
        value = commands.read_json(message.body)
    except CommandRefused:
        return None
    if not isinstance(value, dict):
        return None
    if "command" in value:
        return msgspec.json.encode(value).decode()
    own = commands.id_of(value) or message.id
    return Envelope(command=msgspec.Raw(msgspec.json.encode(value)), id=own, attempt=0, first_seen=now).to_json()


def id_in(message: QueueMessage) -> str:
    """The id that a message gives itself, as its sender's or because we put it back; "" without one."""
    try:
        return commands.id_of(commands.read_json(message.body))
    except CommandRefused:
        return ""


def digest(text: str) -> str:
    """What a text is recognised by, without keeping it: SHA-256, "" for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _envelope(value: object, now: datetime) -> Envelope | None:
    """The envelope, None for a sender's own message. Raises CommandRefused for one that cannot be ours."""
    if not isinstance(value, dict) or "command" not in value:
        return None
    try:
        encoded = msgspec.json.encode(value)
        envelope = msgspec.json.decode(encoded, type=Envelope)
    except msgspec.MsgspecError as error:
        raise CommandRefused("the message: not an envelope of ours") from error
    if not (IDENTIFIER.fullmatch(envelope.id) and 0 <= envelope.attempt <= MOST_ATTEMPTS and _is_past(envelope, now)):
        raise CommandRefused("the message: not an envelope of ours")
    return envelope


def _is_past(envelope: Envelope, now: datetime) -> bool:
    """Whether it was first seen by now, or a while from now: what waits without ageing was seen later than it was."""
    seen = envelope.first_seen
    return seen.tzinfo is not None and EPOCH <= seen <= now + GIVEN_UP_AFTER
