"""A worker on fakes: the test controls clock, randomness, ledger, queues and Twilio."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from switchboard.delivery import deliver, housekeeping, opt_outs, poison, queued_command, status_reports
from switchboard.delivery.circuit_breaker import CircuitBreaker
from switchboard.delivery.context import DeliveryContext
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryKey, DeliveryRecord, Stored
from switchboard.delivery.status_reports import StatusReport
from switchboard.publishing import QueuePublisher
from switchboard.queues import QueueMessage
from switchboard.settings import Settings
from switchboard.webhooks import IncomingMessage
from tests import published
from tests.fakes import FakeQueues, FakeTwilioClient, Put
from tests.memory import NOON, Failures, HeldClock, MemoryLedger, MemoryOptOuts, SteadyRandom

TO = "+15005550010"
FROM = "+15005550001"
SERVICE = "MG" + "a1" * 16
SETTINGS = Settings(account_sid="AC" + "0" * 32, public_origin="https://voice.example.com", sender=FROM)
TEXT: Mapping[str, object] = {"id": "t1", "to": TO, "body": "Hello world."}
CALL: Mapping[str, object] = {"id": "c1", "to": TO, "say": "Hello world."}
COMMANDS = {"sms-outbox": TEXT, "call-outbox": CALL}
OUTBOXES = tuple(COMMANDS)


def message(command: object = TEXT, queue: str = "sms-outbox", message_id: str = "m1") -> QueueMessage:
    """A queue's message with a command's JSON, or with bytes as they are."""
    body = command if isinstance(command, bytes) else json.dumps(command).encode()
    return QueueMessage(queue, message_id, body)


def queued(
    command: object = TEXT, queue: str = "sms-outbox", *, attempt: int = 0, first_seen: datetime = NOON
) -> QueuedCommand:
    """A command as read from its queue, first seen at noon."""
    return msgspec.structs.replace(queued_command.read(message(command, queue), first_seen), attempt=attempt)


def record(of: QueuedCommand | None = None, **changes: object) -> DeliveryRecord:
    """The record of a command that was claimed at noon, with some fields changed."""
    return msgspec.structs.replace((of or queued()).claim(SETTINGS, "run-of-another", NOON), **changes)


class FakeWorker:
    """One worker, at noon, with nothing on its queues and in its ledger."""

    def __init__(
        self,
        error: Exception | None = None,
        *,
        twilio: FakeTwilioClient | None = None,
        ledger: MemoryLedger | None = None,
    ) -> None:
        self.twilio = twilio or FakeTwilioClient(error)
        self.queues = FakeQueues()
        self.failures = Failures()
        self.clock = ledger.clock if ledger else HeldClock()
        self.ledger = ledger or MemoryLedger(self.clock, self.failures)
        self.opt_outs = MemoryOptOuts(self.failures)
        self.random = SteadyRandom()
        self.breaker = CircuitBreaker(self.clock)
        self.settings = SETTINGS

    @property
    def context(self) -> DeliveryContext:
        """What its deliveries use."""
        return DeliveryContext(
            settings=self.settings,
            ledger=self.ledger,
            opt_outs=self.opt_outs,
            queues=self.queues,
            events=QueuePublisher(self.queues, "/switchboard/test"),
            clock=self.clock,
            random=self.random,
            twilio=self.twilio,
            breaker=self.breaker,
        )

    async def handle_poison(self, message: QueueMessage) -> None:
        """Handle a message of a poison queue."""
        await poison.handle_poison(self.context, message)

    async def record_keyword(self, message: IncomingMessage) -> None:
        """Record the STOP or START of a text."""
        await opt_outs.record_keyword(self.context, message)
        if message.opt_out_keyword == "STOP":
            await opt_outs.cancel_after_stop(self.context, message)

    async def log_queue_depths(self) -> None:
        """Run the five-minute timer."""
        await housekeeping.log_queue_depths(self.context, self.queues)

    async def clean_up(self) -> None:
        """Run the nightly timer."""
        await housekeeping.clean_up(self.context)

    async def record_report(self, key: DeliveryKey, report: StatusReport) -> DeliveryRecord | None:
        """Apply a status report to the record of a key."""
        return await status_reports.record_report(self.context, key, report)

    async def apply_report(self, stored: Stored, report: StatusReport) -> DeliveryRecord | None:
        """Apply a status report to a version that was read."""
        return await status_reports.apply_report(self.context, stored, report)

    def set(self, **settings: object) -> None:
        """Change some of the settings."""
        self.settings = msgspec.structs.replace(self.settings, **settings)

    async def deliver(self, command: object = TEXT, queue: str = "sms-outbox", message_id: str = "m1") -> None:
        """Deliver a message with a command's JSON, or with bytes as they are."""
        await deliver.deliver(self.context, message(command, queue, message_id))

    async def deliver_next(self) -> Put:
        """Wait for the message that was requeued first, and deliver it."""
        returned = self.requeued[0]
        self.queues.messages.remove(returned)
        self.clock.pass_(returned.delay)
        await deliver.deliver(self.context, QueueMessage(returned.queue, "m2", returned.body.encode()))
        return returned

    @property
    def requeued(self) -> list[Put]:
        """What was requeued on an outbox, in order."""
        return [put for put in self.queues.messages if put.queue in OUTBOXES]

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        """The envelopes of these messages."""
        return [json.loads(put.body) for put in self.requeued]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The published events."""
        return [published.read(body) for body in self.queues.bodies("events")]

    @property
    def letters(self) -> list[dict[str, Any]]:
        """The messages on `dead-letter`."""
        return [json.loads(body) for body in self.queues.bodies("dead-letter")]

    @property
    def record(self) -> DeliveryRecord:
        """The only record."""
        (only,) = self.ledger.records()
        return only

    async def hold(self, *records: DeliveryRecord) -> None:
        """Write records, as other workers do."""
        for each in records:
            await self.ledger.insert(each)

    async def read(self, key: DeliveryKey) -> DeliveryRecord:
        """The record with this key, which exists."""
        stored = await self.ledger.read(key)
        assert stored is not None
        return stored.record
