"""Deliver a command: from a queue message to Twilio, and what is told when it ends without.

A message that breaks a rule, and one that Twilio will never take, end as an event and are not tried again. What may
pass by itself is raised, so that the queue brings the message again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from switchboard import commands, events
from switchboard.commands import Command, PlaceCall, SendSms
from switchboard.errors import CommandRefused, Rejected
from switchboard.settings import Settings

logger = logging.getLogger(__name__)

EVENTS = "events"
DEAD_LETTER = "dead-letter"
OUTBOXES: dict[str, type[SendSms] | type[PlaceCall]] = {"sms-outbox": SendSms, "call-outbox": PlaceCall}
# A storage queue takes 64 KiB a message.
LARGEST_MESSAGE = 64 * 1024
FOREVER = -1


class Taken(msgspec.Struct, frozen=True):
    """What Twilio answers to a create: the resource's SID and its first status."""

    sid: str
    status: str


class Twilio(Protocol):
    """Twilio's REST API, as far as we use it. Each raises a TwilioError."""

    async def send_text(self, command: SendSms, status_callback: str) -> Taken:
        """Create a Message."""

    async def place_call(self, command: PlaceCall, status_callback: str) -> Taken:
        """Create a Call."""


class Outbox(Protocol):
    """Queues we write to. Raises StorageUnavailable."""

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None) -> None:
        """Add a message; `time_to_live` in seconds, FOREVER, or None for the service's seven days."""

    async def check(self) -> None:
        """Whether the queues can be reached at this moment."""


class QueueMessage(msgspec.Struct, frozen=True):
    """A message as its queue gave it: where it lay, the queue's id of it, its bytes."""

    queue: str
    id: str
    body: bytes


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What `dead-letter` holds: a message that nothing more is done about, whole, and why."""

    queue: str
    message_id: str
    reason: str
    time: str
    body: str


class Delivery(msgspec.Struct, frozen=True):
    """Everything a delivery touches."""

    settings: Settings
    twilio: Twilio
    outbox: Outbox

    async def deliver(self, message: QueueMessage) -> None:
        """Deliver one message of an outbox. Raises a retryable error when the queue shall bring it again."""
        command_id = message.id
        try:
            value = commands.read_json(message.body)
            command_id = commands.id_of(value) or message.id
            command = commands.parse(OUTBOXES[message.queue], value)
            command.check_when_taken(self.settings, datetime.now(UTC))
            taken = await self._create(command, command_id)
        except CommandRefused as refused:
            logger.warning("event=command_refused queue=%s message=%s reason=%s", message.queue, message.id, refused)
            await self._tell_end(message, command_id, "refused", refused.reason)
        except Rejected as rejected:
            logger.warning("event=command_rejected queue=%s id=%s code=%d", message.queue, command_id, rejected.code)
            await self._tell_end(message, command_id, "rejected", rejected.said, rejected.code)
        else:
            logger.info("event=command_accepted queue=%s id=%s sid=%s", message.queue, command_id, taken.sid)

    async def bury(self, message: QueueMessage) -> None:
        """Move a message of a poison queue to `dead-letter`, for good, with the reason."""
        letter = DeadLetter(
            queue=message.queue.removesuffix("-poison"),
            message_id=message.id,
            reason="it failed five times, or took its worker down five times",
            time=events.now(),
            body=message.body.decode(errors="replace"),
        )
        body = msgspec.json.encode(letter).decode()
        if len(body.encode()) > LARGEST_MESSAGE:
            # Its reason would not fit beside it: the message is what must not be lost.
            body = letter.body
        await self.outbox.put(DEAD_LETTER, body, time_to_live=FOREVER)
        logger.error("event=dead_letter queue=%s message=%s reason=%s", letter.queue, message.id, letter.reason)

    async def _create(self, command: Command, command_id: str) -> Taken:
        if isinstance(command, SendSms):
            return await self.twilio.send_text(command, self._status_url("sms", command, command_id))
        return await self.twilio.place_call(command, self._status_url("call", command, command_id))

    def _status_url(self, kind: str, command: Command, command_id: str) -> str:
        reference = f"{events.hashed(command.to)}.0.{command_id}"
        return status_url(self.settings, f"{kind}?id={reference}")

    async def _tell_end(
        self, message: QueueMessage, command_id: str, state: str, reason: str, error_code: int = 0
    ) -> None:
        event = events.command_ended(
            state=state,
            queue=message.queue,
            message_id=message.id,
            command_id=command_id,
            reason=reason,
            error_code=error_code,
        )
        await self.outbox.put(EVENTS, event.to_json())


def status_url(settings: Settings, path: str) -> str:
    """A status callback's URL as Twilio is given it: it comes again, three times, after any failure of ours.

    The fragment is Twilio's connection overrides and is not part of what Twilio signs.
    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """
    return f"{settings.public_origin}/api/status/{path}#rc=3&rp=all"
