"""Any interleaving of two workers, duplicates, callbacks, crashes, stalls and lost answers: never lost, never twice.

Two searches over the same play. Hypothesis shrinks what it finds to a few steps; the random walk is denser, and so
finds what needs several rare things at once. `DELIVERY_MODEL_EXAMPLES=20000 pytest tests/model` searches longer, and
elsewhere each time.
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
# The answers that all the care is for come more often.
ANSWERS = [Answer.TAKEN, Answer.TAKEN, *Answer, Answer.TAKEN_UNHEARD, Answer.TAKEN_UNHEARD, Answer.UNHEARD]
LAGS = [0, 0, 3, 700, 2000]
FAULTS = [Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE, Fault.BEFORE, Fault.AFTER]
WORDS = ["STOP", "STOP", "START"]

workers = st.sampled_from([0, 1])
some = st.integers(0, 7)
luck = st.tuples(st.sampled_from(ANSWERS), st.sampled_from(LAGS), st.sampled_from(FAULTS))


class DeliveryMachine(RuleBasedStateMachine):
    """A play whose actions hypothesis chooses."""

    @initialize(commands=st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=3))
    def begin(self, commands: list[dict[str, Any]]) -> None:
        """There is something to do."""
        self.play = Play(commands)

    @rule(which=some)
    def push(self, which: int) -> None:
        """A command, new or again."""
        self.play.push(which)

    @rule(who=workers, which=some, effects=st.integers(1, 12), luck=luck)
    def work(self, who: int, which: int, effects: int, luck: tuple[Answer, int, Fault]) -> None:
        """A worker goes on for a few effects."""
        self.play.expect(*luck)
        self.play.work(who, which, effects)

    @rule(who=workers, which=some, luck=luck)
    def work_through(self, who: int, which: int, luck: tuple[Answer, int, Fault]) -> None:
        """A worker does all there is to do with a message."""
        self.work(who, which, 1000, luck)

    @rule(who=workers)
    def crash(self, who: int) -> None:
        """A worker dies."""
        self.play.crash(who)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.play.wait(seconds)

    @rule(tables=st.booleans(), queues=st.booleans())
    def lose_storage(self, tables: bool, queues: bool) -> None:
        """Tables or queues are away, or come back."""
        self.play.lose_storage(tables=tables, queues=queues)

    @rule(error=st.sampled_from(LIST_ERRORS), altered=st.booleans(), which=some)
    def disturb_list(self, error: Callable[[], TwilioError], altered: bool, which: int) -> None:
        """A list does not come, or shows other bodies; or holds another program's text."""
        if which < 2:
            self.play.text_from_elsewhere(which)
        elif which < 4:
            self.play.fail_to_list(error())
        else:
            self.play.alter(altered=altered)

    @rule(which=some, fails=st.booleans(), told=st.booleans())
    def move_on(self, which: int, fails: bool, told: bool) -> None:
        """A text or call comes to its next state."""
        self.play.move_on(which, fails=fails, told=told)

    @rule(which=some, word=st.sampled_from(WORDS))
    def say_stop(self, which: int, word: str) -> None:
        """A recipient says STOP, or START."""
        self.play.say_stop(which, word)

    @rule(which=some, effects=st.integers(1, 12), keep=st.booleans(), dies=st.booleans())
    def call_back(self, which: int, effects: int, keep: bool, dies: bool) -> None:
        """A webhook arrives, or is worked on."""
        self.play.call_back(which, effects, keep=keep, dies=dies)

    @rule()
    def tidy(self) -> None:
        """Night comes."""
        self.play.tidy()

    @invariant()
    def promises_hold(self) -> None:
        """At every moment."""
        self.play.look()

    def teardown(self) -> None:
        """Faults stop, and everything ends."""
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
        (4, lambda: play.move_on(chance.randrange(8), fails=coin(), told=coin())),
        (1, lambda: play.say_stop(chance.randrange(3), pick(WORDS))),
        (6, lambda: play.call_back(chance.randrange(8), chance.randint(1, 12), keep=coin(), dies=coin())),
        (1, play.tidy),
    ]
    weights, choices = zip(*actions, strict=True)
    for action in chance.choices(choices, weights, k=STEPS):
        action()
        play.look()
    play.end()


@pytest.mark.parametrize("part", range(4))
def test_a_random_walk_keeps_the_promises(part: int) -> None:
    """Each number is a walk: `walk(random.Random(number))` walks it again."""
    first = random.SystemRandom().randrange(10**9) if EXAMPLES else part * (WALKS // 4)
    for number in range(first, first + WALKS // 4):
        try:
            walk(random.Random(number))  # noqa: S311  # a walk that can be walked again
        except AssertionError as broken:
            raise AssertionError(f"walk {number}: {broken}") from broken
