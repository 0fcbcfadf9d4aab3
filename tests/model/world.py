"""A small world around the real delivery: workers, queues, Twilio and its webhooks, moved on by hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import housekeeping, queued_command
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
# A delivery is given up after a day, and looks at a list once a settling time: no honest drain takes more messages.
MOST_MESSAGES = 20_000


@dataclass
class Pushed:
    """A command that somebody pushed: whose delivery it is, and which content."""

    key: DeliveryKey
    fingerprint: str
    has_id: bool


@dataclass
class Letter:
    """A message that was buried, why, and by whom."""

    message: QueueMessage
    reason: str
    author: Run


@dataclass
class World:
    """Everything that workers share, and what was asked of them."""

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
        # What a process that handles no message of an outbox uses: a webhook, a timer.
        self.context = self.new_context()

    def new_context(self) -> DeliveryContext:
        """What one worker process uses; its circuit breaker is its own."""
        return DeliveryContext(
            settings=self.settings,
            ledger=self.ledger,
            opt_outs=self.opt_outs,
            queues=self.queues,
            events=QueuePublisher(self.queues),
            clock=self.clock,
            random=self.random,
            twilio=self.twilio,
            breaker=CircuitBreaker(self.clock),
        )

    def push(self, command: dict[str, Any]) -> None:
        """A sender pushes a command."""
        queue = "call-outbox" if "say" in command else "sms-outbox"
        message = self.queues.add(queue, json.dumps(command).encode())
        queued = queued_command.read(_given(message), self.clock.now())
        self.pushed.append(Pushed(queued.key, queued.fingerprint, "id" in command))

    def hear_stop(self, to: str, word: str, sender: str) -> None:
        """A recipient texts STOP or START: Twilio heeds it at once, and its webhook is on its way."""
        if word == "STOP":
            self.twilio.stopped.add((to, sender))
        else:
            self.twilio.stopped.discard((to, sender))
        sid = f"SM{len(self.incoming):032x}"
        fields = {"messaging_service_sid": "", "body": word, "media": (), "opt_out": ""}
        self.incoming.append(IncomingMessage(sid=sid, sender=to, recipient=sender, **fields))  # type: ignore[arg-type]

    def tidy(self) -> Run:
        """The nightly round."""
        return Run(housekeeping.clean_up(self.context, concurrency=1))

    def letters(self) -> list[Letter]:
        """What lies in `dead-letter`."""
        letters = []
        for message in self.queues.on(DEAD_LETTER):
            read = json.loads(message.body)
            given = QueueMessage(read["queue"], read["message_id"], read["body"].encode())
            assert message.author
            letters.append(Letter(given, read["reason"], message.author))
        return letters

    def record(self, key: DeliveryKey) -> DeliveryRecord | None:
        """The record by this key."""
        row = self.ledger.rows.get((key.partition, key.row))
        return row.record if row else None

    def next_change(self) -> datetime | None:
        """When the next message will be seen that somebody works on."""
        return min((each.seen_at for each in self.queues.messages if each.queue in TRIGGERED), default=None)


class Worker:
    """One worker process: it takes a message, works on it, and may die over it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.run: Run | None = None
        self._taken: tuple[Message, int] | None = None
        self._start()

    def _start(self) -> None:
        """A new process, which remembers nothing."""
        self.context = self._world.new_context()

    def take(self, message: Message) -> None:
        """Begin a message, unless the host moves it to poison."""
        receipt = self._world.queues.take(message)
        if receipt is None:
            return
        given = _given(message)
        is_poison = message.queue.endswith(POISON_SUFFIX)
        self._taken = message, receipt
        work = handle_poison(self.context, given) if is_poison else deliver(self.context, given)
        self.run = Run(work, self._key(given), self._world.clock.now())
        if is_poison and message.tries == MOST_TRIES:
            self._finish_unharmed(self.run)

    def work(self, effects: int) -> None:
        """Go on for so many effects; the message goes with one more, when all is done."""
        for _ in range(effects):
            if self.run is None:
                return
            if self.run.ended:
                self._let_go(failed=self.run.failed)
            else:
                self._world.stage.step(self.run)

    def crash(self) -> None:
        """Die where it stands. The message comes again when its lease ends."""
        if self.run:
            self.run.coroutine.close()
        self.run = self._taken = None
        self._start()

    def _finish_unharmed(self, run: Run) -> None:
        """A poison queue has no poison of its own: its fifth try goes well, or there is nothing to promise."""
        stage = self._world.stage
        faults, away = stage.faults.copy(), (stage.tables_away, stage.queues_away)
        stage.faults.clear()
        stage.tables_away = stage.queues_away = False
        stage.finish(run)
        stage.faults, (stage.tables_away, stage.queues_away) = faults, away

    def _let_go(self, *, failed: bool) -> None:
        if self._taken:
            (self._world.queues.failed if failed else self._world.queues.done)(*self._taken)
        self.run = self._taken = None

    def _key(self, given: QueueMessage) -> DeliveryKey | None:
        try:
            return queued_command.read(given, self._world.clock.now()).key
        except CommandRefused:
            return None


def drain(world: World, worker: Worker, until: datetime | None = None) -> None:
    """Work on all that is seen, and let time pass to what is not yet, until nothing is left or the time is come."""
    for _ in range(MOST_MESSAGES):
        worker.work(1000)
        seen = world.queues.seen(TRIGGERED)
        if seen:
            worker.take(seen[0])
            continue
        at = world.next_change()
        if at is None or (until and at > until):
            world.clock.at = until or world.clock.at
            return
        world.clock.at = max(world.clock.at, at)
    raise AssertionError(f"the queues never come to rest: {world.ledger.records()}")


def _given(message: Message) -> QueueMessage:
    return QueueMessage(message.queue, message.id, message.body, message.inserted)
