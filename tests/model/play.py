"""The actions of a search: what can happen to deliveries, in any order, and how a play ends."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from switchboard.delivery.status_reports import record_report
from switchboard.errors import TwilioError
from tests.memory import NOON
from tests.model import promises
from tests.model.stepping import Fault, Run
from tests.model.storage import NEVER
from tests.model.twilio import Answer
from tests.model.world import NUMBER, SERVICE, TRIGGERED, Worker, World, drain, receive_text

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
# Longer than any play: the id of a purged record could be sent again.
RETENTION = timedelta(days=100)
EVERYTHING = 1000


class Play:
    """Two workers and a webhook, one effect at a time, in any order."""

    def __init__(self, commands: list[dict[str, Any]]) -> None:
        """Starts with the first of a few commands; few, so that they collide."""
        self.commands = commands
        self.world = World(environ={"RETENTION_DAYS": str(RETENTION.days)})
        self.workers = [Worker(self.world), Worker(self.world)]
        self.webhook: tuple[Run, Callable[[], None]] | None = None
        self.watch = promises.Watch()
        self.push(0)

    def push(self, which: int) -> None:
        """Pushes a command, new or repeated."""
        self.world.push(self.commands[which % len(self.commands)])

    def expect(self, answer: Answer, lag: int, fault: Fault) -> None:
        """Sets Twilio's next answers, the lag of its lists, and the fault of the next storage request."""
        self.world.twilio.answer, self.world.twilio.lag = answer, lag
        if fault is not Fault.NONE:
            self.world.stage.faults.append(fault)

    def work(self, who: int, which: int, effects: int) -> None:
        """Continues a worker's message, or takes one, after waiting until one is visible."""
        worker = self.workers[who]
        if worker.run is None:
            at = self.world.next_change()
            self.world.clock.at = max(at, self.world.clock.at) if at else self.world.clock.at
            seen = self.world.queues.visible(TRIGGERED)
            if seen:
                worker.take(seen[which % len(seen)])
        worker.work(effects)

    def crash(self, who: int) -> None:
        """Crashes a worker."""
        self.workers[who].crash()

    def wait(self, seconds: float) -> None:
        """Advances the time; a run in progress stalls.

        Not until a message expires: a queue that nobody reads for seven days loses it, and that is not promised.
        """
        expiry = min((message.expires for message in self.world.queues.messages), default=NEVER)
        left = (expiry - self.world.clock.now()).total_seconds() - 1
        self.world.clock.pass_(max(0.0, min(seconds, left)))

    def lose_storage(self, *, tables: bool, queues: bool) -> None:
        """Makes tables or queues unavailable, or available again."""
        self.world.stage.tables_away, self.world.stage.queues_away = tables, queues

    def fail_to_list(self, error: TwilioError) -> None:
        """Makes Twilio's next list fail."""
        self.world.twilio.list_errors.append(error)

    def alter(self, *, altered: bool) -> None:
        """Makes Twilio's lists show other bodies than were sent, or not."""
        self.world.twilio.altered = altered

    def text_from_elsewhere(self, which: int) -> None:
        """Another program texts the same number."""
        self.world.twilio.add_foreign(self.commands[which % len(self.commands)]["to"])

    def move_on(self, which: int, *, fails: bool, reported: bool) -> None:
        """Moves a text or call to its next state, with or without a callback."""
        resources, callbacks = self.world.twilio.resources, self.world.twilio.callbacks
        if resources:
            self.world.twilio.move_on(resources[which % len(resources)], fails=fails)
        if callbacks and not reported:
            callbacks.pop()

    def send_keyword(self, which: int, word: str) -> None:
        """A recipient texts STOP or START to a sender."""
        command = self.commands[which % len(self.commands)]
        self.world.receive_keyword(command["to"], word, command.get("messaging_service_sid", NUMBER))

    def call_back(self, which: int, effects: int, *, keep: bool, dies: bool) -> None:
        """Begins a webhook, which may be delivered again later, or continues it."""
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

    def clean_up(self) -> None:
        """Runs the nightly clean-up."""
        with self._without_faults():
            self.world.stage.finish(self.world.clean_up())

    def check(self) -> None:
        """Checks what must hold at every moment."""
        self.watch.check(self.world)

    def end(self) -> None:
        """Stops faults and advances the time: everything has ended, and the remaining callbacks do not change that."""
        with self._without_faults():
            self._settle_down()
            promises.check_rest(self.world)
            promises.check_scheduled(self.world)
            while self.world.twilio.callbacks:
                self.call_back(0, EVERYTHING, keep=False, dies=False)
            self.check()
            promises.check_resources(self.world)
            self.wait(RETENTION.total_seconds())
            self.clean_up()
            self.check()
        assert all(record.phase != "open" for record in self.world.ledger.records())

    def _settle_down(self) -> None:
        for worker in self.workers:
            worker.work(EVERYTHING)
        while self.webhook or self.world.incoming:
            self.call_back(0, EVERYTHING, keep=False, dies=False)
        drain(self.world, self.workers[0])
        self.check()

    def _begin_webhook(self, which: int, *, keep: bool) -> bool:
        callbacks, incoming = self.world.twilio.callbacks, self.world.incoming
        if not callbacks and not incoming:
            return False
        which %= len(callbacks) + len(incoming)
        if which < len(incoming):
            message = incoming.pop(which)
            self.webhook = Run(receive_text(self.world.context, message)), lambda: incoming.insert(0, message)
            return True
        key, report = callbacks.pop(which - len(incoming))
        if keep:
            callbacks.append((key, report))
        self.webhook = Run(record_report(self.world.context, key, report), key), lambda: callbacks.append((key, report))
        return True

    @contextmanager
    def _without_faults(self) -> Iterator[None]:
        """Storage and Twilio work for a while."""
        stage, twilio = self.world.stage, self.world.twilio
        before = stage.faults, stage.tables_away, stage.queues_away, twilio.answer, twilio.lag, twilio.altered
        stage.faults, stage.tables_away, stage.queues_away = deque(), False, False
        twilio.answer, twilio.lag, twilio.altered = Answer.ACCEPTED, 0, False
        twilio.list_errors.clear()
        yield
        stage.faults, stage.tables_away, stage.queues_away, twilio.answer, twilio.lag, twilio.altered = before
