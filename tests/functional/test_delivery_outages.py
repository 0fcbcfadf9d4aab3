"""Twilio, tables or queues are unavailable for a while, or the account is at fault: waiting commands are sent later.

Hours pass on the test's clock; the delivery is the real one, in the world of tests/model.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from switchboard.delivery.circuit_breaker import OPEN_SECONDS
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.transitions import FIRST_DELAY, LONGEST_DELAY, PAUSE_SECONDS
from switchboard.errors import AccountFault, OutcomeUnknown
from tests.memory import NOON
from tests.model import promises
from tests.model.twilio import RETRY_AFTER, Answer
from tests.model.world import SERVICE, SETTLE_SECONDS, TRIGGERED, Worker, World, drain

MANY = 200
HALF_AN_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The backoff's jitter of a fifth.
LEAST, MOST = 0.8, 1.2


@pytest.fixture
def world() -> World:
    """A world at noon, without faults."""
    return World()


@pytest.fixture
def worker(world: World) -> Worker:
    """The only worker."""
    return Worker(world)


def push(world: World, count: int = 1, **more: object) -> None:
    """Pushes commands, each to a number of its own."""
    for number in range(count):
        world.push({"id": f"t{number}", "to": f"+1500555{number:04d}", "body": "Hello.", **more})


def creates(world: World, record: DeliveryRecord) -> list[datetime]:
    """The times of the creates of a delivery."""
    return [request.at for request in world.twilio.requests if request.key == record.key]


def attempts_within(seconds: float, jitter: float) -> int:
    """How many attempts the backoff makes in this time: at 0, then 5 s, 10 s, 20 s … after the one before."""
    count, at = 0, 0.0
    while at <= seconds:
        at += min(LONGEST_DELAY, FIRST_DELAY * 2**count) * jitter
        count += 1
    return count


def check_all_sent(world: World, count: int = MANY) -> None:
    """Each text was accepted once, and no message is left."""
    records = world.ledger.records()
    assert [record.state for record in records] == ["queued"] * count
    assert len(world.twilio.resources) == count
    assert world.queues.messages == []
    promises.check_rest(world)


def the_end(world: World) -> tuple[str, datetime | None]:
    """The state and the time of the only delivery's end."""
    (record,) = world.ledger.records()
    return record.state, record.ended_at


def test_half_an_hour_without_a_connection_delays_and_loses_nothing(world: World, worker: Worker) -> None:
    """As many attempts as the backoff makes in that time, and one more that succeeds."""
    push(world, MANY)
    world.twilio.answer = Answer.NOT_REACHED
    drain(world, worker, NOON + HALF_AN_HOUR)
    world.twilio.answer = Answer.ACCEPTED
    drain(world, worker)
    check_all_sent(world)
    fewest, most = (attempts_within(HALF_AN_HOUR.total_seconds(), jitter) + 1 for jitter in (MOST, LEAST))
    for record in world.ledger.records():
        assert fewest <= len(creates(world, record)) <= most
        assert record.accepted_at
        assert record.accepted_at <= NOON + HALF_AN_HOUR + timedelta(seconds=FIRST_DELAY * 2**most)


def test_half_an_hour_of_server_errors_never_sends_twice(world: World, worker: Worker) -> None:
    """The outcome of a 5xx is unknown until the list works again: each is sent again once, after two empty lists."""
    push(world, MANY)
    world.twilio.answer = Answer.NOT_ACCEPTED_UNANSWERED
    world.twilio.list_error = lambda: OutcomeUnknown("Twilio failed", status=503)
    drain(world, worker, NOON + HALF_AN_HOUR)
    world.twilio.answer, world.twilio.list_error = Answer.ACCEPTED, None
    drain(world, worker)
    check_all_sent(world)
    for record in world.ledger.records():
        first, second = creates(world, record)
        assert second - first >= HALF_AN_HOUR + timedelta(seconds=SETTLE_SECONDS)


def test_texts_accepted_with_a_server_error_are_adopted(world: World, worker: Worker) -> None:
    """Twilio accepted every text and answered 503: none is sent again."""
    push(world, MANY)
    world.twilio.answer = Answer.ACCEPTED_UNANSWERED
    drain(world, worker)
    check_all_sent(world)
    assert len(world.twilio.requests) == MANY


def test_a_retry_waits_for_retry_after(world: World, worker: Worker) -> None:
    """Ten minutes without a request for this text."""
    push(world)
    world.twilio.answer = Answer.THROTTLED
    drain(world, worker, NOON + timedelta(seconds=1))
    world.twilio.answer = Answer.ACCEPTED
    drain(world, worker)
    check_all_sent(world, 1)
    first, second = (request.at for request in world.twilio.requests)
    assert timedelta(0) <= second - first - timedelta(seconds=RETRY_AFTER) <= timedelta(seconds=1)


def test_unavailable_tables_delay_the_texts(world: World, worker: Worker) -> None:
    """Nothing is sent without a claim; then each text once, and no message became poison."""
    push(world, MANY)
    world.stage.tables_away = True
    drain(world, worker, NOON + HALF_AN_HOUR)
    assert world.twilio.requests == []
    assert {message.queue for message in world.queues.messages} == {"sms-outbox"}
    world.stage.tables_away = False
    drain(world, worker)
    check_all_sent(world)
    assert len(world.twilio.requests) == MANY


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.ACCEPTED_UNANSWERED, Answer.THROTTLED, Answer.NOT_REACHED])
@pytest.mark.parametrize("effects", range(9))
def test_storage_that_becomes_unavailable_at_any_moment_loses_nothing(
    effects: int, answer: Answer, world: World, worker: Worker
) -> None:
    """After each number of effects, for an hour: the host delivers the message again, and the text is sent once."""
    push(world)
    world.twilio.answer = answer
    worker.take(world.queues.visible(TRIGGERED)[0])
    worker.work(effects)
    world.stage.tables_away = world.stage.queues_away = True
    worker.work(100)
    world.clock.pass_(HOUR.total_seconds())
    world.stage.tables_away = world.stage.queues_away = False
    world.twilio.answer = Answer.ACCEPTED
    drain(world, worker)
    check_all_sent(world, 1)


def test_an_account_fault_does_not_age_texts(world: World, worker: Worker) -> None:
    """Texts survive two days of it: the time does not count, and one text per minute tries."""
    push(world, 10)
    world.twilio.answer = Answer.ACCOUNT_FAULT
    drain(world, worker, NOON + 2 * DAY)
    assert 0 < len(world.twilio.requests) <= 2 * DAY.total_seconds() / OPEN_SECONDS
    world.twilio.answer = Answer.ACCEPTED
    drain(world, worker)
    check_all_sent(world, 10)
    for record in world.ledger.records():
        assert record.accepted_at
        assert record.accepted_at < record.give_up_at
        assert record.accepted_at <= NOON + 2 * DAY + timedelta(seconds=OPEN_SECONDS + PAUSE_SECONDS[1])


def test_a_text_with_a_short_validity_expires_during_an_account_fault(world: World, worker: Worker) -> None:
    """The sender's deadline is wall-clock time: the text expires while the account is at fault, without a request."""
    push(world, 2, validity_period=60)
    world.twilio.answer = Answer.ACCOUNT_FAULT
    drain(world, worker, NOON + HOUR)
    assert [record.state for record in world.ledger.records()] == ["expired", "expired"]
    assert len(world.twilio.requests) == 1
    promises.check_rest(world)


def test_an_account_fault_is_logged_once_a_minute(
    world: World, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    """A faulty destination does not open the breaker, and its line is logged once however many commands get it."""
    push(world, MANY)
    world.twilio.answer = Answer.REGION_FAULT
    for minute in range(1, 11):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            drain(world, worker, NOON + timedelta(minutes=minute))
        lines = [entry for entry in caplog.messages if "event=account_fault" in entry]
        assert len(lines) <= 1
        assert lines or minute > 1
    assert len(world.twilio.requests) > MANY


def test_an_account_fault_does_not_age_an_unknown_outcome(world: World, worker: Worker) -> None:
    """Twilio accepted a text without an answer and refused its list for two days: the text is adopted."""
    push(world)
    world.twilio.answer = Answer.ACCEPTED_UNANSWERED
    world.twilio.list_error = lambda: AccountFault("who are you", code=20003, status=401)
    drain(world, worker, NOON + 2 * DAY)
    world.twilio.list_error = None
    drain(world, worker)
    check_all_sent(world, 1)


def test_a_paused_text_is_not_abandoned(world: World, worker: Worker) -> None:
    """Other commands keep the breaker open for three days, so its record is not written: housekeeping ignores it."""
    push(world)
    world.twilio.answer = Answer.ACCOUNT_FAULT
    while world.clock.now() < NOON + 3 * DAY:
        drain(world, worker, world.clock.now() + timedelta(seconds=OPEN_SECONDS - 1))
        worker.context.breaker.note_answer("sms", "", AccountFault("who are you", code=20003, status=401))
    assert len(world.twilio.requests) == 1
    world.stage.finish(world.clean_up())
    world.twilio.answer = Answer.ACCEPTED
    drain(world, worker)
    check_all_sent(world, 1)


@pytest.mark.parametrize(
    ("more", "given_up_at"),
    [
        ({}, NOON + DAY),
        ({"validity_period": 3600}, NOON + HOUR),
        ({"send_at": (NOON + 2 * HOUR).isoformat(), "messaging_service_sid": SERVICE}, NOON + timedelta(minutes=105)),
    ],
    ids=["a day", "validity_period", "send_at less 15 minutes"],
)
@pytest.mark.parametrize("answer", [Answer.NOT_REACHED, Answer.THROTTLED, Answer.TRY_LATER])
def test_a_text_that_is_never_accepted_expires_when_its_time_is_over(
    answer: Answer, more: dict[str, Any], given_up_at: datetime, world: World, worker: Worker
) -> None:
    """It is tried until then and not after, and the event is published at that moment."""
    push(world, **more)
    world.twilio.answer = answer
    drain(world, worker)
    state, at = the_end(world)
    assert state == "expired"
    assert at
    assert timedelta(0) <= at - given_up_at <= timedelta(seconds=FIRST_DELAY)
    assert all(request.at < given_up_at for request in world.twilio.requests)
    assert [event["state"] for event in world.queues.events] == ["expired"]
    promises.check_rest(world)
