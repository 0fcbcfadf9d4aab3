"""Nobody heard Twilio's answer, or it was no answer: what becomes of each text and call, callbacks or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from switchboard.delivery import states
from switchboard.delivery.states import Kind
from tests.integration.fate import NEVER, SILENCE, Fate
from tests.integration.rig import Rig, until

EACH = 4
# Later than a first look, earlier than a second.
LATE_SECONDS = 3.8
RETRY_AFTER_SECONDS = 8
REVERSED = ("delivered", "delivered", "sent", "sent", "queued", "queued")
SILENT = Fate(answer=SILENCE, callbacks=())


@dataclass(frozen=True)
class Case:
    """The fates of a command's creates, and on which outbox it lies. With `stranger`, another program texts it too."""

    fates: Sequence[Fate]
    queue: str = "sms-outbox"
    stranger: bool = False


NOT_TAKEN: Mapping[str, Case] = {
    "closed-unanswered": Case([Fate(taken=False, answer=SILENCE)]),
    "failed": Case([Fate(taken=False, answer=503)]),
    "throttled": Case([Fate(taken=False, answer=429, retry_after=RETRY_AFTER_SECONDS)]),
}
TAKEN: Mapping[str, Case] = {
    "told": Case([Fate(answer=SILENCE, listed_after=NEVER)]),
    "failed-yet-taken": Case([Fate(answer=500, listed_after=NEVER)]),
    "asked": Case([SILENT]),
    "asked-late": Case([Fate(answer=SILENCE, callbacks=(), listed_after=LATE_SECONDS)]),
    "asked-trial": Case([Fate(answer=SILENCE, callbacks=(), shown_as="Sent from a trial account - {}")]),
    "asked-crowd": Case([SILENT], stranger=True),
    "call-told": Case([Fate(answer=SILENCE)], queue="call-outbox"),
}
UNTOLD: Mapping[str, Case] = {
    "altered": Case([Fate(answer=SILENCE, callbacks=(), shown_as="Nothing like it")]),
    "call-asked": Case([SILENT], queue="call-outbox"),
}
STRANGE: Mapping[str, Case] = {"stranger": Case([Fate(taken=False, answer=SILENCE)], stranger=True)}
ORDERLESS: Mapping[str, Case] = {"reversed": Case([Fate(callbacks=REVERSED)])}
CASES = {**NOT_TAKEN, **TAKEN, **UNTOLD, **STRANGE, **ORDERLESS}


@dataclass(frozen=True)
class Outcome:
    """What came of it all; `told` and `letters` by command id."""

    taken: Counter[str]
    states: Mapping[str, str]
    told: Mapping[str, list[str]]
    letters: Mapping[str, list[dict[str, Any]]]
    poison: int
    waited: Mapping[str, float]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Every case at once, some of each."""
    return asyncio.run(_run())


@pytest.mark.parametrize("case", [*NOT_TAKEN, *TAKEN, *UNTOLD, *ORDERLESS])
def test_there_is_one_text_or_call(outcome: Outcome, case: str) -> None:
    """Taken and not heard of, it is not sent again; not taken, it is."""
    assert {each: outcome.taken[each] for each in _ids(case)} == dict.fromkeys(_ids(case), 1)


@pytest.mark.parametrize("case", [*NOT_TAKEN, *TAKEN, *ORDERLESS])
def test_its_record_says_that_twilio_has_it(outcome: Outcome, case: str) -> None:
    """By its callbacks, or by asking, also of a list that lags; nobody has to look after it."""
    kind: Kind = "call" if CASES[case].queue == "call-outbox" else "sms"
    assert all(states.is_known(kind, outcome.states[each]) for each in _ids(case)), outcome.states
    assert not any(outcome.letters[each] for each in _ids(case))


@pytest.mark.parametrize("case", [*UNTOLD, *STRANGE])
def test_what_is_not_surely_ours_is_left_to_a_person(outcome: Outcome, case: str) -> None:
    """A changed body, a call, another program's text: `unresolved`, told once, and whole in `dead-letter`."""
    for each in _ids(case):
        assert outcome.states[each] == "unresolved"
        assert outcome.told[each] == ["unresolved"]
        assert len(outcome.letters[each]) == 1


def test_another_programs_text_is_not_taken_for_ours(outcome: Outcome) -> None:
    """Ours was never taken: nothing more is sent, and nothing is adopted."""
    assert not any(outcome.taken[each] for each in _ids("stranger"))


def test_callbacks_backwards_and_repeated_leave_it_delivered(outcome: Outcome) -> None:
    """Delivered, sent, queued, each twice: exactly one event says delivered, and none goes back from there."""
    for each in _ids("reversed"):
        assert outcome.states[each] == "delivered"
        assert outcome.told[each] == ["delivered"]


def test_a_throttled_text_waits_as_long_as_twilio_asks(outcome: Outcome) -> None:
    """Retry-After, where that is longer than the backoff's five seconds."""
    assert min(outcome.waited[each] for each in _ids("throttled")) >= RETRY_AFTER_SECONDS


def test_nothing_is_poison(outcome: Outcome) -> None:
    """None of it is a failure of the app."""
    assert outcome.poison == 0


async def _run() -> Outcome:
    async with Rig(claim=6, settle=1, lease=5) as rig:
        ids = [each for case in CASES for each in _ids(case)]
        rig.twilio.fates = {each: list(_case(each).fates) for each in ids}
        for each in ids:
            if _case(each).stranger:
                rig.twilio.add_text(_number(each), "from another program")
        for queue in ("sms-outbox", "call-outbox"):
            await rig.push(queue, [_command(each) for each in ids if _case(each).queue == queue])
        await rig.app.start()
        await rig.until_quiet("sms-outbox", "call-outbox")
        await until(lambda: rig.twilio.is_done, "every callback is delivered")
        ends = await rig.ends()
        letters = await rig.letters()
        return Outcome(
            taken=Counter(create.command_id for create in rig.twilio.taken),
            states=await rig.states(),
            told=await rig.told(),
            letters={each: [letter for letter in letters if f'"{each}"' in letter["body"]] for each in ids},
            poison=ends["sms-outbox-poison"] + ends["call-outbox-poison"],
            waited={each: _between_creates(rig, each) for each in ids},
        )


def _between_creates(rig: Rig, command_id: str) -> float:
    """Seconds from the first create to the last."""
    times = [create.at for create in rig.twilio.asked if create.command_id == command_id]
    return times[-1] - times[0]


def _ids(case: str) -> list[str]:
    return [f"{case}.{n}" for n in range(EACH)]


def _case(command_id: str) -> Case:
    return CASES[command_id.partition(".")[0]]


def _command(command_id: str) -> dict[str, str]:
    said = "body" if _case(command_id).queue == "sms-outbox" else "say"
    return {"id": command_id, "to": _number(command_id), said: f"Your code is {command_id}."}


def _number(command_id: str) -> str:
    case, _, n = command_id.partition(".")
    return f"+35191{list(CASES).index(case):03}{int(n):04}"
