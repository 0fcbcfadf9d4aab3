"""A command as read from its queue, with the state that travels with the message: id, attempt, first_seen.

A sender's message is the command itself. A copy that Switchboard requeues is an envelope around it,
`{"command": …, "id": …, "attempt": n, "first_seen": …, "queued_at": …, "paused": seconds}`. Older envelopes have no
`queued_at` and `paused`, and their `first_seen` may lie ahead of now by less than a day.
"""

from __future__ import annotations

import hashlib
import re
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
# host.json: five tries with a visibility timeout of 30 s.
POISON_AFTER = timedelta(seconds=4 * 30)
# Twilio wants a scheduled text at least this long before its time.
SCHEDULING_NOTICE = timedelta(minutes=15)
# An envelope with more was not written here: the backoff would take eleven years to get there.
MOST_ATTEMPTS = 100_000
# Ten years in seconds.
LONGEST_PAUSE = 10 * 365 * 24 * 3600
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# A storage queue's limit is 64 KiB, and the envelope of a requeued command needs some of it.
LARGEST_COMMAND = 60 * 1024


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requeued copy: the command as its sender wrote it, and the state that a queue does not keep."""

    command: msgspec.Raw
    id: str
    attempt: int
    first_seen: datetime
    queued_at: datetime | None = None
    paused: float = 0

    def to_json(self) -> str:
        """Returns the queue message's body."""
        return encode(self)


class QueuedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command as read from its queue.

    `attempt` is the attempt that this message may make, 0 for a sender's own message. `canonical` is the command's JSON
    in one form (`commands.canonical`), `fingerprint` its SHA-256. `first_seen` never changes. `paused` is the sum of
    the seconds that the command waited for a repaired account or corrected settings: they do not count against the day
    that a delivery may take. `queued_at` is when the sender pushed the command: what the sender asked for is wall-clock
    time, and does count.
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
    paused: float = 0

    def __repr__(self) -> str:
        """Leaves number and body out."""
        return f"QueuedCommand({self.key.row} attempt={self.attempt})"

    @property
    def give_up_at(self) -> datetime:
        """When no further attempt is made: a day after first_seen and the pauses, or at the deadline if sooner."""
        end = self.first_seen + timedelta(seconds=self.paused) + GIVEN_UP_AFTER
        return min(end, self.deadline) if self.deadline else end

    @property
    def deadline(self) -> datetime | None:
        """When the sender no longer wants the text or call; None without `send_at` and `validity_period`.

        The validity of a scheduled text begins at `send_at`.
        """
        if isinstance(self.command, SendSms) and self.command.send_at is not None:
            return self.command.send_at - SCHEDULING_NOTICE
        if self.command.validity_period is not None:
            return self.queued_at + timedelta(seconds=self.command.validity_period)
        return None

    def validity_left(self, now: datetime) -> int | None:
        """Returns the seconds that Twilio may still take to send the text; None without a validity period.

        A scheduled text has its whole period, which begins at `send_at`.
        """
        period = self.command.validity_period if isinstance(self.command, SendSms) else None
        if period is None or (isinstance(self.command, SendSms) and self.command.send_at):
            return period
        # Clocks differ: the queue's may be ahead of the worker's.
        return min(period, max(1, period - int((now - self.queued_at).total_seconds())))

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

    def to_json(self, *, attempt: int | None = None, paused: float | None = None) -> str:
        """Returns the body of a requeued copy."""
        return Envelope(
            command=msgspec.Raw(self.canonical),
            id=self.key.id,
            attempt=self.attempt if attempt is None else attempt,
            first_seen=self.first_seen,
            queued_at=self.queued_at,
            paused=self.paused if paused is None else paused,
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
        queued_at=(envelope.queued_at or envelope.first_seen) if envelope else _pushed_at(message, now),
        paused=envelope.paused if envelope else 0,
    )


def _pushed_at(message: QueueMessage, now: datetime) -> datetime:
    """Returns when a sender's own message was pushed. A poison queue's copy is younger than that by the five tries."""
    inserted_at = message.inserted_at or now
    return inserted_at - POISON_AFTER if message.is_poison else inserted_at


def wrap(message: QueueMessage, now: datetime, paused: float) -> str | None:
    """Returns a message in an envelope that keeps its id and adds a pause, whatever command it contains.

    Returns None for a message that is not a JSON object, and for one of a poison queue that is no envelope: the id of
    its copy there is not the command's, and a message without an id must not become a new command.
    """
    try:
        value = read_json(message.body)
        envelope = _envelope(value, now)
    except CommandRefused:
        return None
    if envelope:
        queued_at = envelope.queued_at or envelope.first_seen
        return msgspec.structs.replace(envelope, queued_at=queued_at, paused=envelope.paused + paused).to_json()
    if message.is_poison or not isinstance(value, dict):
        return None
    return Envelope(
        command=msgspec.Raw(msgspec.json.encode(value)),
        id=commands.id_of(value) or message.id,
        attempt=0,
        first_seen=now,
        queued_at=_pushed_at(message, now),
        paused=paused,
    ).to_json()


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
    times = (envelope.first_seen, envelope.queued_at or envelope.first_seen)
    is_plausible = (
        0 <= envelope.attempt <= MOST_ATTEMPTS
        and 0 <= envelope.paused <= LONGEST_PAUSE
        and all(time.tzinfo is not None and EPOCH <= time <= now + GIVEN_UP_AFTER for time in times)
    )
    if not (re.fullmatch(IDENTIFIER, envelope.id) and is_plausible):
        raise CommandRefused("the message: not an envelope of Switchboard's")
    return envelope
