"""The app is killed at each point of a delivery, with messages pushed twice: each text is sent once, none is lost."""

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
# A request that is held longer than half a claim ends by itself: on a slow machine not all are held at once.
LONGEST_WAIT_SECONDS = 3
SHARED = ("+351910000001", "+351910000002")


@dataclass(frozen=True)
class CrashPoint:
    """Where the app is when it is killed: in a create with this fate, or at the record's next write.

    With `after`, that write reaches storage before the kill.
    """

    fate: Fate = ANSWERED
    at_record: Literal["before", "after"] | None = None


POINTS: Mapping[str, CrashPoint] = {
    "before-the-request": CrashPoint(Fate(hold="request")),
    "while-twilio-accepts-it": CrashPoint(Fate(hold="accepting")),
    "before-the-answer": CrashPoint(Fate(hold="answer")),
    "before-the-record": CrashPoint(at_record="before"),
    "after-the-record": CrashPoint(at_record="after"),
    "between-copy-and-record": CrashPoint(Fate(accepted=False, answer=429), at_record="before"),
    "after-copy-and-record": CrashPoint(Fate(accepted=False, answer=429), at_record="after"),
}


@dataclass(frozen=True)
class Outcome:
    """The results: how often each id and each body was accepted, states, events, and messages left over.

    `killed` has the ids whose worker was killed at its point.
    """

    killed: frozenset[str]
    accepted: Counter[str]
    received: Counter[tuple[str, str]]
    states: Mapping[str, str]
    published: Mapping[str, list[str]]
    left_over: Mapping[str, int]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Every point in every round at once; each killed app leaves its messages to the next."""
    return asyncio.run(_run())


@pytest.mark.parametrize("point", POINTS)
def test_the_app_was_killed_at_each_point(outcome: Outcome, point: str) -> None:
    """The other tests show nothing unless many messages were at that point."""
    killed = outcome.killed.intersection(_all_ids(point))
    assert len(killed) >= len(_all_ids(point)) / 2, killed


@pytest.mark.parametrize("point", POINTS)
def test_each_text_is_accepted_exactly_once(outcome: Outcome, point: str) -> None:
    """By id; each was pushed twice."""
    assert {each: outcome.accepted[each] for each in _all_ids(point)} == dict.fromkeys(_all_ids(point), 1)


@pytest.mark.parametrize("point", POINTS)
def test_each_recipient_gets_each_text_once(outcome: Outcome, point: str) -> None:
    """By number and body, independently of our ids."""
    received = {each: outcome.received[_number(each), _body(each)] for each in _all_ids(point)}
    assert received == dict.fromkeys(_all_ids(point), 1)


@pytest.mark.parametrize("point", POINTS)
def test_each_record_is_accepted(outcome: Outcome, point: str) -> None:
    """Or further."""
    assert all(states.is_known("sms", outcome.states[each]) for each in _all_ids(point)), outcome.states


@pytest.mark.parametrize("point", POINTS)
def test_no_event_is_lost(outcome: Outcome, point: str) -> None:
    """Each state after acceptance was published, possibly more than once."""
    news = {each: outcome.states[each] for each in _all_ids(point) if outcome.states[each] not in states.FIRST_STATUSES}
    assert not [each for each, state in news.items() if state not in outcome.published[each]]


def test_nothing_is_left_over(outcome: Outcome) -> None:
    """Both poison queues and `dead-letter` are empty."""
    assert not any(outcome.left_over.values()), outcome.left_over


async def _run() -> Outcome:
    async with Rig(claim=8, settle=1, lease=5, watched=True) as rig:
        killed = [await _kill_at_every_point(rig, number) for number in range(ROUNDS)]
        await rig.app.start()
        await rig.until_quiet("sms-outbox")
        await until(lambda: rig.twilio.is_done, "every callback is delivered")
        return Outcome(
            killed=frozenset().union(*killed),
            accepted=Counter(create.command_id for create in rig.twilio.accepted),
            received=Counter((create.to, create.body) for create in rig.twilio.accepted),
            states=await rig.states(),
            published=await rig.published(),
            left_over=await rig.left_over(),
        )


async def _kill_at_every_point(rig: Rig, number: int) -> set[str]:
    """Starts the app with new messages, waits until they are at their points, and kills it.

    Returns the ids that were.
    """
    ids = [each for point in POINTS for each in _ids(point, number)]
    _prepare(rig, ids)
    pushed = 2 * [_command(each) for each in ids]
    Random(number).shuffle(pushed)  # noqa: S311 - the same order in every run
    await rig.push("sms-outbox", pushed)
    await rig.app.start()
    await until(lambda: _at_their_points(rig), "one is at its point")
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    await until(lambda: _at_their_points(rig) >= set(ids) or time.monotonic() > end, "all are at their points")
    reached = _at_their_points(rig)
    await rig.app.kill()
    await until(lambda: not rig.twilio.held, "Twilio notices that the app is gone")
    rig.tables.drop()
    rig.twilio.release()
    rig.twilio.sends_callbacks.set()
    return reached


def _prepare(rig: Rig, ids: list[str]) -> None:
    """Stops each of these at its point, once, and holds callbacks until then."""
    rig.twilio.fates |= {each: [_fate(each)] for each in ids}
    rig.twilio.sends_callbacks.clear()
    at_record = {each: POINTS[_point(each)].at_record for each in ids}
    rig.tables.holds = lambda method, path: method == "PUT" and at_record.get(_id_in(path)) == "before"
    rig.tables.holds_answer = lambda method, path: method == "PUT" and at_record.get(_id_in(path)) == "after"


def _at_their_points(rig: Rig) -> set[str]:
    return {create.command_id for create in rig.twilio.held} | {_id_in(path) for path in rig.tables.held}


def _all_ids(point: str) -> list[str]:
    return [each for number in range(ROUNDS) for each in _ids(point, number)]


def _ids(point: str, number: int) -> list[str]:
    return [f"{point}.{number}.{n}" for n in range(EACH)]


def _fate(command_id: str) -> Fate:
    """Every other text has no callbacks, so that its outcome needs reconciliation."""
    has_callbacks = int(command_id[-1]) % 2 == 0
    return replace(POINTS[_point(command_id)].fate, callbacks=None if has_callbacks else ())


def _point(command_id: str) -> str:
    return command_id.partition(".")[0]


def _id_in(path: str) -> str:
    """The command's id in a record's path."""
    return path.rpartition("RowKey='sms:")[2].removesuffix("')")


def _command(command_id: str) -> dict[str, str]:
    return {"id": command_id, "to": _number(command_id), "body": _body(command_id)}


def _number(command_id: str) -> str:
    """Every third text goes to one of a few shared numbers, each other one to a number of its own."""
    point, number, n = command_id.split(".")
    if int(n) % 3 == 0:
        return SHARED[int(n) % 2]
    return f"+35192{list(POINTS).index(point)}{number}{int(n):05}"


def _body(command_id: str) -> str:
    return f"Your code is {command_id}."
