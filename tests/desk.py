"""A worker's deliveries on fakes: clock, chance, ledger, queues and Twilio are in the test's hand."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from switchboard import orders
from switchboard.delivery import Delivery
from switchboard.housekeeping import Housekeeping
from switchboard.ledger import Key, Record
from switchboard.line import Line
from switchboard.opt_outs import OptOutDesk
from switchboard.orders import Order, QueueMessage
from switchboard.poison import Poison
from switchboard.progress import Progress
from switchboard.reconciliation import Reconciliation
from switchboard.settings import Settings
from switchboard.settlement import Settlement
from tests.fakes import FakeOutbox, FakeTwilio, Put
from tests.memory import NOON, Failures, HeldClock, MemoryLedger, MemoryOptOuts, SteadyChance

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


def order(command: object = TEXT, queue: str = "sms-outbox", *, attempt: int = 0, first_seen: datetime = NOON) -> Order:
    """A command on its way, first seen at noon."""
    return msgspec.structs.replace(orders.read(message(command, queue), first_seen), attempt=attempt)


def record(of: Order | None = None, **changes: object) -> Record:
    """The record of an order that was claimed at noon, with some of it changed."""
    return msgspec.structs.replace((of or order()).claim(SETTINGS, "run-of-another", NOON), **changes)


class Desk:
    """One worker, at noon, with nothing behind it."""

    def __init__(
        self, error: Exception | None = None, *, twilio: FakeTwilio | None = None, ledger: MemoryLedger | None = None
    ) -> None:
        self.twilio = twilio or FakeTwilio(error)
        self.outbox = FakeOutbox()
        self.failures = Failures()
        self.clock = ledger.clock if ledger else HeldClock()
        self.ledger = ledger or MemoryLedger(self.clock, self.failures)
        self.opt_outs = MemoryOptOuts(self.failures)
        self.chance = SteadyChance()
        self.settlement = Settlement(self.ledger, self.opt_outs, self.outbox, self.clock, self.chance)
        self.line = Line(self.clock)
        self.settings = SETTINGS

    @property
    def progress(self) -> Progress:
        """How a delivery moves on."""
        return Progress(
            settings=self.settings,
            outbox=self.outbox,
            ledger=self.ledger,
            clock=self.clock,
            chance=self.chance,
        )

    @property
    def delivery(self) -> Delivery:
        """Commands, to Twilio."""
        return Delivery(
            twilio=self.twilio,
            opt_outs=self.opt_outs,
            settlement=self.settlement,
            progress=self.progress,
            reconciliation=Reconciliation(twilio=self.twilio, settlement=self.settlement, progress=self.progress),
            line=self.line,
        )

    @property
    def poison(self) -> Poison:
        """What failed too often."""
        return Poison(self.progress)

    @property
    def opt_out_desk(self) -> OptOutDesk:
        """STOP and START."""
        return OptOutDesk(self.ledger, self.opt_outs, self.twilio, self.settlement)

    @property
    def housekeeping(self) -> Housekeeping:
        """The timers' work."""
        return Housekeeping(gauge=self.outbox, twilio=self.twilio, settlement=self.settlement, progress=self.progress)

    def set(self, **settings: object) -> None:
        """Change some of the settings."""
        self.settings = msgspec.structs.replace(self.settings, **settings)

    async def deliver(self, command: object = TEXT, queue: str = "sms-outbox", message_id: str = "m1") -> None:
        """Deliver a message with a command's JSON, or with bytes as they are."""
        await self.delivery.deliver(message(command, queue, message_id))

    async def take_next(self) -> Put:
        """Wait for the message that was put back first, and deliver it."""
        returned = self.returned[0]
        self.outbox.messages.remove(returned)
        self.clock.pass_(returned.delay)
        await self.delivery.deliver(QueueMessage(returned.queue, "m2", returned.body.encode()))
        return returned

    @property
    def returned(self) -> list[Put]:
        """What was put back onto an outbox, in the order it was."""
        return [put for put in self.outbox.messages if put.queue in OUTBOXES]

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        """What these messages hold."""
        return [json.loads(put.body) for put in self.returned]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was told."""
        return [json.loads(body) for body in self.outbox.bodies("events")]

    @property
    def letters(self) -> list[dict[str, Any]]:
        """What lies in `dead-letter`."""
        return [json.loads(body) for body in self.outbox.bodies("dead-letter")]

    @property
    def record(self) -> Record:
        """The only record there is."""
        (only,) = self.ledger.records()
        return only

    async def hold(self, *records: Record) -> None:
        """Write records, as other workers have."""
        for each in records:
            await self.ledger.insert(each)

    async def read(self, key: Key) -> Record:
        """The record by this key, which is there."""
        stored = await self.ledger.read(key)
        assert stored is not None
        return stored.record
