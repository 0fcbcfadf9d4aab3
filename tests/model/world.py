"""A small world around the real delivery: workers, queues, Twilio and its webhooks, advanced by the test."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import housekeeping, opt_outs, queued_command
from switchboard.delivery.circuit_breaker import CircuitBreaker
from switchboard.delivery.context import DeliveryContext
from switchboard.delivery.deliver import deliver
from switchboard.delivery.poison import handle_poison
from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.errors import CommandRefused
from switchboard.publishing import QueuePublisher
from switchboard.queues import DEAD_LETTER, POISON_SUFFIX, QueueMessage
from switchboard.settings import Settings
from switchboard.webhooks import IncomingMessage
from tests.fakes import ENVIRONMENT
from tests.memory import HeldClock, SteadyRandom
from tests.model.stepping import Run, Stage
from tests.model.storage import MOST_TRIES, Message, Queues, SteppedLedger, SteppedOptOuts
from tests.model.twilio import ModelTwilio

CLAIM_SECONDS = 120
SETTLE_SECONDS = 600
SERVICE = "MG" + "0" * 32
NUMBER = ENVIRONMENT["TWILIO_FROM"]
POISONS = tuple(queue + POISON_SUFFIX for queue in COMMAND_TYPES)
TRIGGERED = (*COMMAND_TYPES, *POISONS)
# A delivery expires after a day and is reconciled once per settling time: a correct drain takes fewer messages.
MOST_MESSAGES = 20_000


@dataclass
class Pushed:
    """A pushed command: its delivery and its content."""

    key: DeliveryKey
    fingerprint: str
    has_id: bool


@dataclass
class Letter:
    """A message on `dead-letter`, its reason, and the run that put it there."""

    message: QueueMessage
    reason: str
    author: Run


@dataclass
class World:
    """Everything that workers share, and the pushed commands."""

    clock: HeldClock = field(default_factory=HeldClock)
    stage: Stage = field(default_factory=Stage)
    environ: Mapping[str, str] = field(default_factory=dict)
    pushed: list[Pushed] = field(default_factory=list)
    incoming: list[IncomingMessage] = field(default_factory=list)
    random: SteadyRandom = field(default_factory=SteadyRandom)

    def __post_init__(self) -> None:
        own = {"DELIVERY_CLAIM_SECONDS": str(CLAIM_SECONDS), "DELIVERY_SETTLE_SECONDS": str(SETTLE_SECONDS)}
        self.settings = Settings.from_environ({**ENVIRONMENT, **own, **self.environ})
        self.ledger = SteppedLedger(self.clock, self.stage)
        self.opt_outs = SteppedOptOuts(self.clock, self.stage)
        self.queues = Queues(self.clock, self.stage)
        self.twilio = ModelTwilio(self.clock, self.stage, self.settings.claim_seconds, self.settings.settle_seconds)
        # The context of a webhook or a timer.
        self.context = self.new_context()

    def new_context(self) -> DeliveryContext:
        """The context of one worker process, with a circuit breaker of its own."""
        return DeliveryContext(
            settings=self.settings,
            ledger=self.ledger,
            opt_outs=self.opt_outs,
            queues=self.queues,
            events=QueuePublisher(self.queues, "/switchboard/test"),
            clock=self.clock,
            random=self.random,
            twilio=self.twilio,
            breaker=CircuitBreaker(self.clock),
        )

    def push(self, command: dict[str, Any]) -> None:
        """Pushes a command."""
        queue = "call-outbox" if "say" in command else "sms-outbox"
        message = self.queues.add(queue, json.dumps(command).encode())
        queued = queued_command.read(_given(message), self.clock.now())
        self.pushed.append(Pushed(queued.key, queued.fingerprint, "id" in command))

    def receive_keyword(self, to: str, keyword: str, sender: str) -> None:
        """A recipient texts STOP or START: Twilio applies it at once, and its webhook arrives later."""
        if keyword == "STOP":
            self.twilio.stopped.add((to, sender))
        else:
            self.twilio.stopped.discard((to, sender))
        sid = f"SM{len(self.incoming):032x}"
        fields = {"messaging_service_sid": "", "body": keyword, "media": (), "opt_out": ""}
        self.incoming.append(IncomingMessage(sid=sid, sender=to, recipient=sender, **fields))  # type: ignore[arg-type]

    def clean_up(self) -> Run:
        """The nightly clean-up."""
        return Run(housekeeping.clean_up(self.context, concurrency=1))

    def letters(self) -> list[Letter]:
        """The messages on `dead-letter`."""
        letters = []
        for message in self.queues.on(DEAD_LETTER):
            read = json.loads(message.body)
            given = QueueMessage(read["queue"], read["message_id"], read["body"].encode())
            assert message.author
            letters.append(Letter(given, read["reason"], message.author))
        return letters

    def record(self, key: DeliveryKey) -> DeliveryRecord | None:
        """The record with this key."""
        row = self.ledger.rows.get((key.partition, key.row))
        return row.record if row else None

    def next_change(self) -> datetime | None:
        """When the next message of a triggered queue becomes visible."""
        return min((each.visible_at for each in self.queues.messages if each.queue in TRIGGERED), default=None)


class Worker:
    """One worker process: it takes a message, processes it, and may crash."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.run: Run | None = None
        self._taken: tuple[Message, int] | None = None
        self._start()

    def _start(self) -> None:
        """Starts a new process, without any state."""
        self.context = self._world.new_context()

    def take(self, message: Message) -> None:
        """Begins a message, unless the host moves it to the poison queue."""
        receipt = self._world.queues.take(message)
        if receipt is None:
            return
        given = _given(message)
        is_poison = message.queue.endswith(POISON_SUFFIX)
        self._taken = message, receipt
        work = handle_poison(self.context, given) if is_poison else deliver(self.context, given)
        self.run = Run(work, self._key(given), self._world.clock.now())
        if is_poison and message.tries == MOST_TRIES:
            self._finish_without_faults(self.run)

    def work(self, effects: int) -> None:
        """Executes some effects; the host then deletes the message as one more effect."""
        for _ in range(effects):
            if self.run is None:
                return
            if self.run.ended:
                self._end_message(failed=self.run.failed)
            else:
                self._world.stage.step(self.run)

    def crash(self) -> None:
        """Crashes. The message returns when its lease ends."""
        if self.run:
            self.run.coroutine.close()
        self.run = self._taken = None
        self._start()

    def _finish_without_faults(self, run: Run) -> None:
        """A poison queue has no poison queue: its fifth try must succeed, or nothing can be promised."""
        stage = self._world.stage
        faults, away = stage.faults.copy(), (stage.tables_away, stage.queues_away)
        stage.faults.clear()
        stage.tables_away = stage.queues_away = False
        stage.finish(run)
        stage.faults, (stage.tables_away, stage.queues_away) = faults, away

    def _end_message(self, *, failed: bool) -> None:
        if self._taken:
            (self._world.queues.failed if failed else self._world.queues.done)(*self._taken)
        self.run = self._taken = None

    def _key(self, given: QueueMessage) -> DeliveryKey | None:
        try:
            return queued_command.read(given, self._world.clock.now()).key
        except CommandRefused:
            return None


def drain(world: World, worker: Worker, until: datetime | None = None) -> None:
    """Processes visible messages and advances the time, until the queues are empty or `until` is reached."""
    for _ in range(MOST_MESSAGES):
        worker.work(1000)
        visible = world.queues.visible(TRIGGERED)
        if visible:
            worker.take(visible[0])
            continue
        at = world.next_change()
        if at is None or (until and at > until):
            world.clock.at = until or world.clock.at
            return
        world.clock.at = max(world.clock.at, at)
    raise AssertionError(f"the queues never become empty: {world.ledger.records()}")


def _given(message: Message) -> QueueMessage:
    return QueueMessage(message.queue, message.id, message.body, message.inserted)


async def receive_text(context: DeliveryContext, message: IncomingMessage) -> None:
    """What the webhook of a text does about its keyword."""
    await opt_outs.record_keyword(context, message)
    if message.opt_out_keyword == "STOP":
        await opt_outs.cancel_after_stop(context, message)
