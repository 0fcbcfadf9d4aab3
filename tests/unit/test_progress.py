"""How a delivery moves on: what is put back, when it is seen again, and what is written in which order."""

from datetime import timedelta

import pytest

from switchboard.errors import StorageUnavailable
from switchboard.ledger import Stored
from switchboard.outbox import FOREVER
from switchboard.progress import Ending, delay_by_age
from tests.desk import TEXT, Desk, order, record
from tests.memory import NOON

DAY = 24 * 3600.0
KEY = order().key


async def claimed(desk: Desk, **changes: object) -> Stored:
    """The record of an attempt that is being made."""
    await desk.hold(record(order(), **changes))
    stored = await desk.ledger.read(KEY)
    assert stored is not None
    return stored


async def test_a_copy_is_an_envelope_that_never_expires() -> None:
    """The command as it was, its id, the attempt it may make and when it was first seen."""
    desk = Desk()
    await desk.progress.put_back(order(), 7, attempt=1)
    (put,) = desk.returned
    assert (put.queue, put.time_to_live, put.delay) == ("sms-outbox", FOREVER, 7)
    assert desk.envelopes == [{"command": TEXT, "id": "t1", "attempt": 1, "first_seen": "2026-01-31T12:00:00Z"}]


@pytest.mark.parametrize(
    ("passed", "wanted", "delay"),
    [
        (0, 3600, 3600),
        (DAY - 600, 300, 300),
        (DAY - 600, 3600, 600),
        (DAY - 2, 3600, 5),
        (DAY, 3600, 3600),
        (DAY + 600, 60, 60),
    ],
)
async def test_a_copy_is_seen_when_its_time_runs_out_at_the_latest(passed: float, wanted: float, delay: float) -> None:
    """So that it can be told; once it has run out there is no hurry any more."""
    desk = Desk()
    desk.clock.pass_(passed)
    await desk.progress.put_back(order(), wanted)
    assert desk.returned[0].delay == delay


@pytest.mark.parametrize(("attempt", "about"), [(0, 5), (1, 10), (4, 80), (9, 2560), (10, 3600), (5000, 3600)])
async def test_the_delay_doubles_with_each_attempt_up_to_an_hour(attempt: int, about: float) -> None:
    """Give or take a fifth, so that what failed together does not come back together."""
    progress = Desk().progress
    delays = [progress.backoff(attempt) for _ in range(50)]
    assert about * 0.8 <= min(delays) < max(delays) <= about * 1.2


async def test_later_is_the_next_attempt_and_a_released_record() -> None:
    """The copy goes first; then the record says so."""
    desk = Desk()
    await desk.progress.later(order(), await claimed(desk, empty_looks=1))
    assert [envelope["attempt"] for envelope in desk.envelopes] == [1]
    assert 4 <= desk.returned[0].delay <= 6
    assert (desk.record.state, desk.record.attempt, desk.record.empty_looks) == ("released", 1, 0)


@pytest.mark.parametrize(("asked", "least"), [(0, 4), (3, 4), (600, 600), (7200, 7200)])
async def test_later_is_no_sooner_than_twilio_asks(asked: float, least: float) -> None:
    """Retry-After, where it is longer than our own delay."""
    desk = Desk()
    await desk.progress.later(order(), await claimed(desk), asked)
    assert least <= desk.returned[0].delay <= max(least, 6)


async def test_a_copy_that_cannot_be_put_leaves_the_record_claimed() -> None:
    """Released without a copy would be lost; a claim grows old and is looked into."""
    desk = Desk()
    desk.outbox.error = StorageUnavailable("queue sms-outbox did not take a message")
    stored = await claimed(desk)
    with pytest.raises(StorageUnavailable):
        await desk.progress.later(order(), stored)
    assert desk.record.state == "claimed"


async def test_a_record_that_somebody_wrote_meanwhile_is_not_released() -> None:
    """They know more; the copy finds what they wrote."""
    desk = Desk()
    stored = await claimed(desk)
    await desk.ledger.replace(stored, record(state="sent", run="a callback"))
    await desk.progress.later(order(), stored)
    assert desk.record.state == "sent"
    assert len(desk.returned) == 1


async def test_there_is_no_later_when_the_time_is_over() -> None:
    """`expired`: told, and written."""
    desk = Desk()
    stored = await claimed(desk)
    desk.clock.pass_(DAY)
    await desk.progress.later(order(), stored)
    assert desk.returned == []
    assert (desk.record.state, desk.events[0]["state"]) == ("expired", "expired")


async def test_what_is_set_aside_does_not_age() -> None:
    """It comes back in 1 to 10 minutes, and that time is not counted against it."""
    desk = Desk()
    await desk.progress.set_aside(order(attempt=4))
    (put,), (envelope,) = desk.returned, desk.envelopes
    assert 60 <= put.delay <= 600
    assert envelope["attempt"] == 4
    moved = NOON + timedelta(seconds=put.delay)
    assert envelope["first_seen"] == moved.isoformat().replace("+00:00", "Z")


async def test_doubt_waits_for_a_callback() -> None:
    """Unknown, the attempt unchanged, and back when a callback has had its time."""
    desk = Desk()
    await desk.progress.doubt(order(), await claimed(desk))
    assert (desk.record.state, desk.record.attempt) == ("unknown", 0)
    assert (desk.returned[0].delay, desk.envelopes[0]["attempt"]) == (301, 0)


async def test_an_end_is_told_by_an_id_that_a_repetition_has_too() -> None:
    """Kind, recipient's hash, command, attempt and state: neither time nor chance."""
    desk = Desk()
    await desk.progress.end(order(), await claimed(desk), Ending("rejected", "no such number", 21211))
    (event,) = desk.events
    assert event.pop("time")
    assert event == {
        "id": f"command.ended:{KEY.partition}:sms:t1:0:rejected",
        "kind": "command.ended",
        "state": "rejected",
        "from": "+15005550001",
        "to": TEXT["to"],
        "queue": "sms-outbox",
        "message_id": "m1",
        "command_id": "t1",
        "reason": "no such number",
        "error_code": 21211,
    }
    assert (desk.record.state, desk.record.reason, desk.record.code) == ("rejected", "no such number", 21211)
    assert desk.record.ended_at == NOON


async def test_an_end_before_any_claim_has_a_record_too() -> None:
    """So that a second message of the same id finds it."""
    desk = Desk()
    await desk.progress.end(order(), None, Ending("refused", "to: not in ALLOWED_DESTINATIONS"))
    assert (desk.record.state, desk.record.key) == ("refused", KEY)


async def test_an_end_that_cannot_be_told_is_not_written() -> None:
    """It is told when the message comes again."""
    desk = Desk()
    desk.outbox.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await desk.progress.end(order(), None, Ending("refused", "x"))
    assert desk.ledger.records() == []


@pytest.mark.parametrize("state", ["sent", "delivered"])
async def test_an_end_does_not_write_over_what_twilio_said(state: str) -> None:
    """A callback that came between the look and the end knows more."""
    desk = Desk()
    stored = await claimed(desk)
    await desk.ledger.replace(stored, record(state=state, run="a callback"))
    await desk.progress.end(order(), stored, Ending("expired", "x"))
    assert desk.record.state == state


@pytest.mark.parametrize(("age", "delay"), [(-60, 5), (0, 5), (5, 5), (90, 90), (3600, 3600), (90_000, 3600)])
def test_what_has_failed_for_long_comes_back_more_seldom(age: float, delay: float) -> None:
    """Its own age, 5 s to an hour."""
    assert delay_by_age(timedelta(seconds=age)) == delay


async def test_a_reason_beyond_all_measure_is_cut() -> None:
    """Twilio's sentence goes into the record and the event, which have both a limit; its beginning says why."""
    desk = Desk()
    await desk.progress.end(order(), None, Ending("rejected", "x" * 100_000, 21211))
    assert len(desk.record.reason) == len(desk.events[0]["reason"]) == 1000
