"""The app is killed at each line of a delivery, with messages pushed twice: each text goes out once, none is lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

import pytest

from switchboard.delivery import states
from tests.integration.fate import ANSWERED, Fate
from tests.integration.rig import Rig, until

ROUNDS = 4
EACH = 5
# A request that is held longer than half a claim ends by itself: on a slow machine not all stand still at once.
LONGEST_WAIT_SECONDS = 3
SHARED = ("+351910000001", "+351910000002")


@dataclass(frozen=True)
class Line:
    """Where the app stands when it is killed: at a create of this fate, or at the record's next write.

    That write reaches storage when the app is killed `after` it.
    """

    fate: Fate = ANSWERED
    at_record: Literal["before", "after"] | None = None


LINES: Mapping[str, Line] = {
    "before-the-call": Line(Fate(hold="request")),
    "while-twilio-takes-it": Line(Fate(hold="taking")),
    "before-the-answer": Line(Fate(hold="answer")),
    "before-the-record": Line(at_record="before"),
    "after-the-record": Line(at_record="after"),
    "between-copy-and-record": Line(Fate(taken=False, answer=429), at_record="before"),
    "after-copy-and-record": Line(Fate(taken=False, answer=429), at_record="after"),
}


@dataclass(frozen=True)
class Outcome:
    """What came of it all: how often each id and each body was taken, the states, and what nobody comes for.

    `killed` holds the ids whose worker was killed where it was to be.
    """

    killed: frozenset[str]
    taken: Counter[str]
    received: Counter[tuple[str, str]]
    states: Mapping[str, str]
    told: Mapping[str, list[str]]
    ends: Mapping[str, int]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Every line in every round at once, each killed app's messages left to the next."""
    return asyncio.run(_run())


@pytest.mark.parametrize("line", LINES)
def test_the_app_was_killed_there(outcome: Outcome, line: str) -> None:
    """The other tests show nothing unless many messages stood at that line."""
    killed = outcome.killed.intersection(_all_ids(line))
    assert len(killed) >= len(_all_ids(line)) / 2, killed


@pytest.mark.parametrize("line", LINES)
def test_each_text_is_taken_exactly_once(outcome: Outcome, line: str) -> None:
    """By the ids, of which each was pushed twice, whatever line the app was killed at."""
    assert {each: outcome.taken[each] for each in _all_ids(line)} == dict.fromkeys(_all_ids(line), 1)


@pytest.mark.parametrize("line", LINES)
def test_each_recipient_gets_each_text_once(outcome: Outcome, line: str) -> None:
    """By number and body: what the recipient sees, not what our own ids say."""
    received = {each: outcome.received[_number(each), _body(each)] for each in _all_ids(line)}
    assert received == dict.fromkeys(_all_ids(line), 1)


@pytest.mark.parametrize("line", LINES)
def test_each_record_says_that_twilio_has_it(outcome: Outcome, line: str) -> None:
    """Accepted or further."""
    assert all(states.is_known("sms", outcome.states[each]) for each in _all_ids(line)), outcome.states


@pytest.mark.parametrize("line", LINES)
def test_no_event_is_lost(outcome: Outcome, line: str) -> None:
    """What a record says after acceptance was told, maybe more than once, whenever the app died."""
    news = {each: outcome.states[each] for each in _all_ids(line) if outcome.states[each] not in states.FIRST_STATUSES}
    assert not [each for each, state in news.items() if state not in outcome.told[each]]


def test_nothing_is_left_where_nobody_comes_for_it(outcome: Outcome) -> None:
    """Both poison queues and `dead-letter` are empty."""
    assert not any(outcome.ends.values()), outcome.ends


async def _run() -> Outcome:
    async with Rig(claim=8, settle=1, lease=5, watched=True) as rig:
        killed = [await _kill_at_every_line(rig, number) for number in range(ROUNDS)]
        await rig.app.start()
        await rig.until_quiet("sms-outbox")
        await until(lambda: rig.twilio.is_done, "every callback is delivered")
        return Outcome(
            killed=frozenset().union(*killed),
            taken=Counter(create.command_id for create in rig.twilio.taken),
            received=Counter((create.to, create.body) for create in rig.twilio.taken),
            states=await rig.states(),
            told=await rig.told(),
            ends=await rig.ends(),
        )


async def _kill_at_every_line(rig: Rig, number: int) -> set[str]:
    """Start the app with new messages, wait until they stand at their lines, and kill it: the ids that stood there."""
    ids = [each for line in LINES for each in _ids(line, number)]
    _prepare(rig, ids)
    pushed = 2 * [_command(each) for each in ids]
    Random(number).shuffle(pushed)  # noqa: S311 - the same order in every run
    await rig.push("sms-outbox", pushed)
    await rig.app.start()
    await until(lambda: _standing(rig), "one stands at its line")
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    await until(lambda: _standing(rig) >= set(ids) or time.monotonic() > end, "all stand at their lines")
    standing = _standing(rig)
    await rig.app.kill()
    await until(lambda: not rig.twilio.held, "Twilio sees that nobody waits for its answers")
    rig.tables.drop()
    rig.twilio.release()
    rig.twilio.telling.set()
    return standing


def _prepare(rig: Rig, ids: list[str]) -> None:
    """Have each of these stopped at its line, once, and no callback come before that."""
    rig.twilio.fates |= {each: [_fate(each)] for each in ids}
    rig.twilio.telling.clear()
    at_record = {each: LINES[_line(each)].at_record for each in ids}
    rig.tables.holds = lambda method, path: method == "PUT" and at_record.get(_id_in(path)) == "before"
    rig.tables.holds_answer = lambda method, path: method == "PUT" and at_record.get(_id_in(path)) == "after"


def _standing(rig: Rig) -> set[str]:
    return {create.command_id for create in rig.twilio.held} | {_id_in(path) for path in rig.tables.held}


def _all_ids(line: str) -> list[str]:
    return [each for number in range(ROUNDS) for each in _ids(line, number)]


def _ids(line: str, number: int) -> list[str]:
    return [f"{line}.{number}.{n}" for n in range(EACH)]


def _fate(command_id: str) -> Fate:
    """Of every other text no callback tells: what became of it has to be asked."""
    is_told = int(command_id[-1]) % 2 == 0
    return replace(LINES[_line(command_id)].fate, callbacks=None if is_told else ())


def _line(command_id: str) -> str:
    return command_id.partition(".")[0]


def _id_in(path: str) -> str:
    """The command's id in a record's path."""
    return path.rpartition("RowKey='sms:")[2].removesuffix("')")


def _command(command_id: str) -> dict[str, str]:
    return {"id": command_id, "to": _number(command_id), "body": _body(command_id)}


def _number(command_id: str) -> str:
    """Every third text goes to one of a few shared numbers, each other to a number of its own."""
    line, number, n = command_id.split(".")
    if int(n) % 3 == 0:
        return SHARED[int(n) % 2]
    return f"+35192{list(LINES).index(line)}{number}{int(n):05}"


def _body(command_id: str) -> str:
    return f"Your code is {command_id}."
