"""Creates whose answer is lost or an error: the end of each text and call, with and without callbacks."""

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
# Later than a first reconciliation, earlier than a second.
LATE_SECONDS = 3.8
RETRY_AFTER_SECONDS = 8
REVERSED = ("delivered", "delivered", "sent", "sent", "queued", "queued")
SILENT = Fate(answer=SILENCE, callbacks=())


@dataclass(frozen=True)
class Case:
    """The fates of a command's creates, and its outbox.

    With `has_foreign_text`, another program texts the number too.
    """

    fates: Sequence[Fate]
    queue: str = "sms-outbox"
    has_foreign_text: bool = False


NOT_ACCEPTED: Mapping[str, Case] = {
    "closed-unanswered": Case([Fate(accepted=False, answer=SILENCE)]),
    "failed": Case([Fate(accepted=False, answer=503)]),
    "throttled": Case([Fate(accepted=False, answer=429, retry_after=RETRY_AFTER_SECONDS)]),
}
ACCEPTED: Mapping[str, Case] = {
    "callback": Case([Fate(answer=SILENCE, listed_after=NEVER)]),
    "failed-yet-accepted": Case([Fate(answer=500, listed_after=NEVER)]),
    "listed": Case([SILENT]),
    "listed-late": Case([Fate(answer=SILENCE, callbacks=(), listed_after=LATE_SECONDS)]),
    "listed-trial": Case([Fate(answer=SILENCE, callbacks=(), shown_as="Sent from a trial account - {}")]),
    "listed-crowd": Case([SILENT], has_foreign_text=True),
    "call-callback": Case([Fate(answer=SILENCE)], queue="call-outbox"),
}
AMBIGUOUS: Mapping[str, Case] = {
    "altered": Case([Fate(answer=SILENCE, callbacks=(), shown_as="Nothing like it")]),
    "call-listed": Case([SILENT], queue="call-outbox"),
}
FOREIGN: Mapping[str, Case] = {"foreign": Case([Fate(accepted=False, answer=SILENCE)], has_foreign_text=True)}
REORDERED: Mapping[str, Case] = {"reversed": Case([Fate(callbacks=REVERSED)])}
CASES = {**NOT_ACCEPTED, **ACCEPTED, **AMBIGUOUS, **FOREIGN, **REORDERED}


@dataclass(frozen=True)
class Outcome:
    """The results; `published` and `letters` by command id."""

    accepted: Counter[str]
    states: Mapping[str, str]
    published: Mapping[str, list[str]]
    letters: Mapping[str, list[dict[str, Any]]]
    poison: int
    waited: Mapping[str, float]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Every case at once, some of each."""
    return asyncio.run(_run())


@pytest.mark.parametrize("case", [*NOT_ACCEPTED, *ACCEPTED, *AMBIGUOUS, *REORDERED])
def test_there_is_one_text_or_call(outcome: Outcome, case: str) -> None:
    """An accepted create is not repeated; one that was not accepted is."""
    assert {each: outcome.accepted[each] for each in _ids(case)} == dict.fromkeys(_ids(case), 1)


@pytest.mark.parametrize("case", [*NOT_ACCEPTED, *ACCEPTED, *REORDERED])
def test_its_record_is_accepted(outcome: Outcome, case: str) -> None:
    """By callbacks or by reconciliation, also with a list that lags; nothing moves to dead-letter."""
    kind: Kind = "call" if CASES[case].queue == "call-outbox" else "sms"
    assert all(states.is_known(kind, outcome.states[each]) for each in _ids(case)), outcome.states
    assert not any(outcome.letters[each] for each in _ids(case))


@pytest.mark.parametrize("case", [*AMBIGUOUS, *FOREIGN])
def test_an_ambiguous_outcome_is_unresolved(outcome: Outcome, case: str) -> None:
    """A changed body, a call, another program's text: one event, and the complete message in `dead-letter`."""
    for each in _ids(case):
        assert outcome.states[each] == "unresolved"
        assert outcome.published[each] == ["unresolved"]
        assert len(outcome.letters[each]) == 1


def test_another_programs_text_is_not_adopted(outcome: Outcome) -> None:
    """Ours was never accepted: nothing more is sent."""
    assert not any(outcome.accepted[each] for each in _ids("foreign"))


def test_reversed_and_repeated_callbacks_leave_it_delivered(outcome: Outcome) -> None:
    """Delivered, sent, queued, each twice: exactly one event."""
    for each in _ids("reversed"):
        assert outcome.states[each] == "delivered"
        assert outcome.published[each] == ["delivered"]


def test_a_throttled_text_waits_for_retry_after(outcome: Outcome) -> None:
    """Where that is longer than the backoff's five seconds."""
    assert min(outcome.waited[each] for each in _ids("throttled")) >= RETRY_AFTER_SECONDS


def test_no_message_is_poison(outcome: Outcome) -> None:
    """None of this is a failure of the app."""
    assert outcome.poison == 0


async def _run() -> Outcome:
    async with Rig(claim=6, settle=1, lease=5) as rig:
        ids = [each for case in CASES for each in _ids(case)]
        rig.twilio.fates = {each: list(_case(each).fates) for each in ids}
        for each in ids:
            if _case(each).has_foreign_text:
                rig.twilio.add_text(_number(each), "from another program")
        for queue in ("sms-outbox", "call-outbox"):
            await rig.push(queue, [_command(each) for each in ids if _case(each).queue == queue])
        await rig.app.start()
        await rig.until_quiet("sms-outbox", "call-outbox")
        await until(lambda: rig.twilio.is_done, "every callback is delivered")
        left_over = await rig.left_over()
        letters = await rig.take_all()
        return Outcome(
            accepted=Counter(create.command_id for create in rig.twilio.accepted),
            states=await rig.states(),
            published=await rig.published(),
            letters={each: [letter for letter in letters if f'"{each}"' in letter["body"]] for each in ids},
            poison=left_over["sms-outbox-poison"] + left_over["call-outbox-poison"],
            waited={each: _between_creates(rig, each) for each in ids},
        )


def _between_creates(rig: Rig, command_id: str) -> float:
    """Seconds from the first create to the last."""
    times = [create.at for create in rig.twilio.creates if create.command_id == command_id]
    return times[-1] - times[0]


def _ids(case: str) -> list[str]:
    return [f"{case}.{n}" for n in range(EACH)]


def _case(command_id: str) -> Case:
    return CASES[command_id.partition(".")[0]]


def _command(command_id: str) -> dict[str, str]:
    content = "body" if _case(command_id).queue == "sms-outbox" else "say"
    return {"id": command_id, "to": _number(command_id), content: f"Your code is {command_id}."}


def _number(command_id: str) -> str:
    case, _, n = command_id.partition(".")
    return f"+35191{list(CASES).index(case):03}{int(n):04}"
