"""Any interleaving of two workers, duplicates, callbacks, crashes, stalls and lost answers: never lost, never twice.

Two searches of the same play. Hypothesis shrinks what it finds to a few steps; the random walk tries more failures in
the same time. `DELIVERY_MODEL_EXAMPLES=20000 pytest tests/model` searches longer, and with other seeds each time.
"""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from switchboard.errors import AccountFault, OutcomeUnknown, TwilioError
from tests.model.play import COMMANDS, Play
from tests.model.stepping import Fault
from tests.model.twilio import Answer

EXAMPLES = int(os.environ.get("DELIVERY_MODEL_EXAMPLES", "0"))
STEPS = 60
WALKS = EXAMPLES or 600
LIST_ERRORS: list[Callable[[], TwilioError]] = [
    lambda: OutcomeUnknown("no answer"),
    lambda: AccountFault("who are you", code=20003, status=401),
]
WAITS = [1, 6, 31, 61, 121, 301, 601, 1300, 3700, 86_400]
# The difficult answers are more frequent.
ANSWERS = [
    Answer.ACCEPTED,
    Answer.ACCEPTED,
    *Answer,
    Answer.ACCEPTED_UNANSWERED,
    Answer.ACCEPTED_UNANSWERED,
    Answer.NOT_ACCEPTED_UNANSWERED,
]
LAGS = [0, 0, 3, 700, 2000]
FAULTS = [Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE, Fault.BEFORE, Fault.AFTER, Fault.REPEATED]
KEYWORDS = ["STOP", "STOP", "START"]

workers = st.sampled_from([0, 1])
some = st.integers(0, 7)
luck = st.tuples(st.sampled_from(ANSWERS), st.sampled_from(LAGS), st.sampled_from(FAULTS))


class DeliveryMachine(RuleBasedStateMachine):
    """A play whose actions hypothesis chooses."""

    @initialize(commands=st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=3))
    def begin(self, commands: list[dict[str, Any]]) -> None:
        """Starts with some commands."""
        self.play = Play(commands)

    @rule(which=some)
    def push(self, which: int) -> None:
        """Pushes a command, new or repeated."""
        self.play.push(which)

    @rule(who=workers, which=some, effects=st.integers(1, 12), luck=luck)
    def work(self, who: int, which: int, effects: int, luck: tuple[Answer, int, Fault]) -> None:
        """Executes a few effects of a worker."""
        self.play.expect(*luck)
        self.play.work(who, which, effects)

    @rule(who=workers, which=some, luck=luck)
    def work_through(self, who: int, which: int, luck: tuple[Answer, int, Fault]) -> None:
        """Executes all effects of a worker's message."""
        self.work(who, which, 1000, luck)

    @rule(who=workers)
    def crash(self, who: int) -> None:
        """Crashes a worker."""
        self.play.crash(who)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        """Advances the time."""
        self.play.wait(seconds)

    @rule(tables=st.booleans(), queues=st.booleans())
    def lose_storage(self, tables: bool, queues: bool) -> None:
        """Makes tables or queues unavailable, or available again."""
        self.play.lose_storage(tables=tables, queues=queues)

    @rule(error=st.sampled_from(LIST_ERRORS), altered=st.booleans(), which=some)
    def disturb_list(self, error: Callable[[], TwilioError], altered: bool, which: int) -> None:
        """Makes a list fail, show other bodies, or contain a text of another program."""
        if which < 2:
            self.play.text_from_elsewhere(which)
        elif which < 4:
            self.play.fail_to_list(error())
        else:
            self.play.alter(altered=altered)

    @rule(which=some, fails=st.booleans(), reported=st.booleans())
    def move_on(self, which: int, fails: bool, reported: bool) -> None:
        """Moves a text or call to its next state."""
        self.play.move_on(which, fails=fails, reported=reported)

    @rule(which=some, keyword=st.sampled_from(KEYWORDS))
    def send_keyword(self, which: int, keyword: str) -> None:
        """A recipient texts STOP or START."""
        self.play.send_keyword(which, keyword)

    @rule(which=some, effects=st.integers(1, 12), keep=st.booleans(), dies=st.booleans())
    def call_back(self, which: int, effects: int, keep: bool, dies: bool) -> None:
        """Begins or continues a webhook."""
        self.play.call_back(which, effects, keep=keep, dies=dies)

    @rule()
    def clean_up(self) -> None:
        """Runs the nightly clean-up."""
        self.play.clean_up()

    @invariant()
    def promises_hold(self) -> None:
        """Checks at every moment."""
        self.play.check()

    def teardown(self) -> None:
        """Stops faults: everything ends."""
        self.play.end()


DeliveryMachine.TestCase.settings = settings(
    max_examples=EXAMPLES or 100,
    stateful_step_count=STEPS,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestDelivery = DeliveryMachine.TestCase


def walk(chance: random.Random) -> None:
    """One play, its actions chosen by weight."""
    pick = chance.choice

    def coin() -> bool:
        return chance.random() < 0.5

    play = Play(chance.sample(COMMANDS, chance.randint(1, 3)))

    def work(effects: int) -> None:
        play.expect(pick(ANSWERS), pick(LAGS), pick(FAULTS))
        play.work(chance.randrange(2), chance.randrange(8), effects)

    actions: list[tuple[int, Callable[[], None]]] = [
        (30, lambda: work(chance.randint(1, 12))),
        (10, lambda: work(1000)),
        (4, lambda: play.push(chance.randrange(3))),
        (4, lambda: play.crash(chance.randrange(2))),
        (6, lambda: play.wait(pick(WAITS))),
        (1, lambda: play.lose_storage(tables=coin(), queues=coin())),
        (2, lambda: play.lose_storage(tables=False, queues=False)),
        (1, lambda: play.text_from_elsewhere(chance.randrange(3))),
        (1, lambda: play.fail_to_list(pick(LIST_ERRORS)())),
        (1, lambda: play.alter(altered=coin())),
        (4, lambda: play.move_on(chance.randrange(8), fails=coin(), reported=coin())),
        (1, lambda: play.send_keyword(chance.randrange(3), pick(KEYWORDS))),
        (6, lambda: play.call_back(chance.randrange(8), chance.randint(1, 12), keep=coin(), dies=coin())),
        (1, play.clean_up),
    ]
    weights, choices = zip(*actions, strict=True)
    for action in chance.choices(choices, weights, k=STEPS):
        action()
        play.check()
    play.end()


@pytest.mark.parametrize("part", range(4))
def test_a_random_walk_keeps_the_promises(part: int) -> None:
    """Each number is a walk: `walk(random.Random(number))` repeats it."""
    first = random.SystemRandom().randrange(10**9) if EXAMPLES else part * (WALKS // 4)
    for number in range(first, first + WALKS // 4):
        try:
            walk(random.Random(number))  # noqa: S311  # a walk that can be repeated
        except AssertionError as broken:
            raise AssertionError(f"walk {number}: {broken}") from broken
