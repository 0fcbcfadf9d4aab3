"""What may happen to deliveries, as actions that a search puts in any order; and how a play ends."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from switchboard.delivery.opt_outs import record_keyword
from switchboard.delivery.status_reports import record_report
from switchboard.errors import TwilioError
from tests.memory import NOON
from tests.model import promises
from tests.model.stepping import Fault, Run
from tests.model.twilio import Answer
from tests.model.world import NUMBER, SERVICE, TRIGGERED, Worker, World, drain

ALICE, BOB = "+15005550010", "+15005550011"
SCHEDULED = {"send_at": (NOON + timedelta(hours=30)).isoformat(), "messaging_service_sid": SERVICE}
COMMANDS: list[dict[str, Any]] = [
    {"id": "a", "to": ALICE, "body": "Hello."},
    {"id": "b", "to": ALICE, "body": "Hello."},
    {"id": "c", "to": ALICE, "body": "And hello: Hello."},
    {"id": "a", "to": ALICE, "body": "Other content."},
    {"id": "a", "to": BOB, "body": "Hello."},
    {"to": BOB, "body": "Without an id."},
    {"id": "s", "to": ALICE, "body": "Later.", **SCHEDULED},
    {"id": "v", "to": BOB, "body": "Soon or never.", "validity_period": 3600},
    {"id": "a", "to": ALICE, "say": "Hello."},
]
# Longer than any play: what was purged is forgotten, and would be sent again.
RETENTION = timedelta(days=100)
EVERYTHING = 1000


class Play:
    """Two workers and a webhook at a time, one effect after another in any order."""

    def __init__(self, commands: list[dict[str, Any]]) -> None:
        """A few commands, of which the first is there; few, so that they meet."""
        self.commands = commands
        self.world = World(environ={"RETENTION_DAYS": str(RETENTION.days)})
        self.workers = [Worker(self.world), Worker(self.world)]
        self.webhook: tuple[Run, Callable[[], None]] | None = None
        self.watch = promises.Watch()
        self.push(0)

    def push(self, which: int) -> None:
        """A command, new or again."""
        self.world.push(self.commands[which % len(self.commands)])

    def expect(self, answer: Answer, lag: int, fault: Fault) -> None:
        """What Twilio answers from now on, how late its lists are, and what becomes of the next storage request."""
        self.world.twilio.answer, self.world.twilio.lag = answer, lag
        if fault is not Fault.NONE:
            self.world.stage.faults.append(fault)

    def work(self, who: int, which: int, effects: int) -> None:
        """A worker goes on with the message it has, or takes one, if need be when it is seen."""
        worker = self.workers[who]
        if worker.run is None:
            at = self.world.next_change()
            self.world.clock.at = max(at, self.world.clock.at) if at else self.world.clock.at
            seen = self.world.queues.seen(TRIGGERED)
            if seen:
                worker.take(seen[which % len(seen)])
        worker.work(effects)

    def crash(self, who: int) -> None:
        """A worker dies."""
        self.workers[who].crash()

    def wait(self, seconds: float) -> None:
        """Time passes; whoever is in the middle of something stalls."""
        self.world.clock.pass_(seconds)

    def lose_storage(self, *, tables: bool, queues: bool) -> None:
        """Tables or queues are away, or come back."""
        self.world.stage.tables_away, self.world.stage.queues_away = tables, queues

    def fail_to_list(self, error: TwilioError) -> None:
        """Twilio's next list does not come."""
        self.world.twilio.list_errors.append(error)

    def alter(self, *, altered: bool) -> None:
        """Twilio's lists show other bodies than were sent, or no longer."""
        self.world.twilio.altered = altered

    def text_from_elsewhere(self, which: int) -> None:
        """Another program texts the same number."""
        self.world.twilio.add_foreign(self.commands[which % len(self.commands)]["to"])

    def move_on(self, which: int, *, fails: bool, told: bool) -> None:
        """A text or call comes to its next state, and perhaps no callback ever tells."""
        resources, callbacks = self.world.twilio.resources, self.world.twilio.callbacks
        if resources:
            self.world.twilio.move_on(resources[which % len(resources)], fails=fails)
        if callbacks and not told:
            callbacks.pop()

    def say_stop(self, which: int, word: str) -> None:
        """A recipient says STOP to who texts him, or START."""
        command = self.commands[which % len(self.commands)]
        self.world.hear_stop(command["to"], word, command.get("messaging_service_sid", NUMBER))

    def call_back(self, which: int, effects: int, *, keep: bool, dies: bool) -> None:
        """A webhook arrives, any of those on their way and perhaps not for the last time, or is worked on."""
        if self.webhook is None and not self._begin_webhook(which, keep=keep):
            return
        assert self.webhook
        run, again = self.webhook
        for _ in range(effects):
            if not run.ended:
                self.world.stage.step(run)
        if dies and not run.ended:
            run.coroutine.close()
            run.ended = run.failed = True
        if run.ended:
            self.webhook = None
            if run.failed:
                again()

    def tidy(self) -> None:
        """The nightly round."""
        with self._calm():
            self.world.stage.finish(self.world.tidy())

    def look(self) -> None:
        """What must hold at every moment, holds."""
        self.watch.look(self.world)

    def end(self) -> None:
        """Faults stop, time passes, everything has ended; and whatever callbacks are left change nothing of that."""
        with self._calm():
            self._settle_down()
            promises.check_rest(self.world)
            promises.check_scheduled(self.world)
            while self.world.twilio.callbacks:
                self.call_back(0, EVERYTHING, keep=False, dies=False)
            self.look()
            promises.check_resources(self.world)
            self.wait(RETENTION.total_seconds())
            self.tidy()
            self.look()
        assert all(record.phase != "open" for record in self.world.ledger.records())

    def _settle_down(self) -> None:
        for worker in self.workers:
            worker.work(EVERYTHING)
        while self.webhook or self.world.incoming:
            self.call_back(0, EVERYTHING, keep=False, dies=False)
        drain(self.world, self.workers[0])
        self.look()

    def _begin_webhook(self, which: int, *, keep: bool) -> bool:
        callbacks, incoming = self.world.twilio.callbacks, self.world.incoming
        if not callbacks and not incoming:
            return False
        which %= len(callbacks) + len(incoming)
        if which < len(incoming):
            message = incoming.pop(which)
            self.webhook = Run(record_keyword(self.world.context, message)), lambda: incoming.insert(0, message)
            return True
        key, said = callbacks.pop(which - len(incoming))
        if keep:
            callbacks.append((key, said))
        self.webhook = Run(record_report(self.world.context, key, said), key), lambda: callbacks.append((key, said))
        return True

    @contextmanager
    def _calm(self) -> Iterator[None]:
        """Storage and Twilio do what they are asked for a while."""
        stage, twilio = self.world.stage, self.world.twilio
        before = stage.faults, stage.tables_away, stage.queues_away, twilio.answer, twilio.lag, twilio.altered
        stage.faults, stage.tables_away, stage.queues_away = deque(), False, False
        twilio.answer, twilio.lag, twilio.altered = Answer.TAKEN, 0, False
        twilio.list_errors.clear()
        yield
        stage.faults, stage.tables_away, stage.queues_away, twilio.answer, twilio.lag, twilio.altered = before
