"""The transitions: what is requeued, when it becomes visible, and the order of writes."""

from datetime import timedelta

import msgspec
import pytest

from switchboard.delivery import transitions
from switchboard.delivery.record import Stored
from switchboard.delivery.transitions import Ending, delay_by_age
from switchboard.errors import StorageUnavailable
from switchboard.queues import NEVER_EXPIRES
from tests.fake_worker import TEXT, FakeWorker, queued, record
from tests.memory import NOON

DAY = 24 * 3600.0
KEY = queued().key


async def claimed(worker: FakeWorker, **changes: object) -> Stored:
    """The record of an attempt in progress."""
    await worker.hold(record(queued(), **changes))
    stored = await worker.ledger.read(KEY)
    assert stored is not None
    return stored


async def test_a_copy_is_an_envelope_that_never_expires() -> None:
    """The command unchanged, its id, its attempt and first_seen."""
    worker = FakeWorker()
    await transitions.requeue(worker.context, queued(), 7, attempt=1)
    (put,), noon = worker.requeued, "2026-01-31T12:00:00Z"
    assert (put.queue, put.time_to_live, put.delay) == ("sms-outbox", NEVER_EXPIRES, 7)
    assert worker.envelopes == [
        {"command": TEXT, "id": "t1", "attempt": 1, "first_seen": noon, "queued_at": noon, "paused": 0}
    ]


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
async def test_a_copy_becomes_visible_at_the_latest_when_its_time_runs_out(
    passed: float, wanted: float, delay: float
) -> None:
    """So that the expiry is reported in time. After that the delay is not shortened."""
    worker = FakeWorker()
    worker.clock.pass_(passed)
    await transitions.requeue(worker.context, queued(), wanted)
    assert worker.requeued[0].delay == delay


@pytest.mark.parametrize(("attempt", "about"), [(0, 5), (1, 10), (4, 80), (9, 2560), (10, 3600), (5000, 3600)])
async def test_the_delay_doubles_with_each_attempt_up_to_an_hour(attempt: int, about: float) -> None:
    """With a jitter of a fifth, so that commands that failed together do not return together."""
    random = FakeWorker().random
    delays = [transitions.backoff(random, attempt) for _ in range(50)]
    assert about * 0.8 <= min(delays) < max(delays) <= about * 1.2


async def test_a_retry_is_the_next_attempt_and_a_released_record() -> None:
    """The copy is put first, then the record is written."""
    worker = FakeWorker()
    await transitions.retry(worker.context, queued(), await claimed(worker, empty_looks=1))
    assert [envelope["attempt"] for envelope in worker.envelopes] == [1]
    assert 4 <= worker.requeued[0].delay <= 6
    assert (worker.record.state, worker.record.attempt, worker.record.empty_looks) == ("released", 1, 0)


@pytest.mark.parametrize(("retry_after", "least"), [(0, 4), (3, 4), (600, 600), (7200, 7200)])
async def test_a_retry_is_not_sooner_than_retry_after(retry_after: float, least: float) -> None:
    """Where Retry-After is longer than the backoff."""
    worker = FakeWorker()
    await transitions.retry(worker.context, queued(), await claimed(worker), retry_after)
    assert least <= worker.requeued[0].delay <= max(least, 6)


async def test_a_copy_that_cannot_be_put_leaves_the_record_claimed() -> None:
    """A released record without a copy would be lost; an old claim is reconciled."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    stored = await claimed(worker)
    with pytest.raises(StorageUnavailable):
        await transitions.retry(worker.context, queued(), stored)
    assert worker.record.state == "claimed"


async def test_a_record_that_another_worker_wrote_is_not_released() -> None:
    """The other worker knows more, and the copy finds its version."""
    worker = FakeWorker()
    stored = await claimed(worker)
    await worker.ledger.replace(stored, record(state="sent", run="a callback"))
    await transitions.retry(worker.context, queued(), stored)
    assert worker.record.state == "sent"
    assert len(worker.requeued) == 1


async def test_there_is_no_retry_after_give_up_at() -> None:
    """`expired`: an event and the record."""
    worker = FakeWorker()
    stored = await claimed(worker)
    worker.clock.pass_(DAY)
    await transitions.retry(worker.context, queued(), stored)
    assert worker.requeued == []
    assert (worker.record.state, worker.events[0]["state"]) == ("expired", "expired")


async def test_a_paused_command_does_not_age() -> None:
    """It returns after 1 to 10 minutes, and that time does not count against it."""
    worker = FakeWorker()
    await transitions.pause(worker.context, queued(attempt=4))
    (put,), (envelope,) = worker.requeued, worker.envelopes
    assert 60 <= put.delay <= 600
    assert envelope["attempt"] == 4
    assert (envelope["paused"], envelope["first_seen"]) == (put.delay, "2026-01-31T12:00:00Z")


async def test_an_unknown_outcome_waits_for_a_callback() -> None:
    """Same attempt, visible after the settling time."""
    worker = FakeWorker()
    await transitions.mark_unknown(worker.context, queued(), await claimed(worker))
    assert (worker.record.state, worker.record.attempt) == ("unknown", 0)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)


async def test_the_event_of_an_end_has_a_stable_id() -> None:
    """Kind, recipient's hash, command, attempt and state, without time or randomness."""
    worker = FakeWorker()
    await transitions.end_queued(
        worker.context, queued(), await claimed(worker), Ending("rejected", "no such number", 21211)
    )
    (event,) = worker.events
    assert event.pop("time") == event.pop("observed_at")
    assert event == {
        "specversion": "1.0",
        "id": f"command.ended:{KEY.partition}:sms:t1:0:rejected",
        "source": "/switchboard/test",
        "type": "switchboard.command.ended",
        "subject": "sms:t1",
        "datacontenttype": "application/json",
        "state": "rejected",
        "from": "+15005550001",
        "to": TEXT["to"],
        "queue": "sms-outbox",
        "message_id": "m1",
        "command_id": "t1",
        "reason": "no such number",
        "error_code": 21211,
    }
    assert (worker.record.state, worker.record.reason, worker.record.code) == ("rejected", "no such number", 21211)
    assert worker.record.ended_at == NOON


async def test_an_end_without_a_claim_has_a_record() -> None:
    """A second message with the same id finds it."""
    worker = FakeWorker()
    await transitions.end_queued(worker.context, queued(), None, Ending("refused", "to: not in ALLOWED_DESTINATIONS"))
    assert (worker.record.state, worker.record.key) == ("refused", KEY)


@pytest.mark.parametrize("has_record", [True, False])
async def test_an_end_that_is_published_twice_has_the_same_id_and_time(has_record: bool) -> None:
    """The record's first claim, or when the message was queued: a crash after the event changes neither."""
    worker = FakeWorker()
    command = msgspec.structs.replace(queued(), queued_at=NOON)
    stored = await claimed(worker) if has_record else None
    for _ in range(2):
        worker.clock.pass_(60)
        worker.failures.before = 1
        with pytest.raises(StorageUnavailable):
            await transitions.end_queued(worker.context, command, stored, Ending("expired", "x"))
    first, again = worker.events
    assert (first["id"], first["time"]) == (again["id"], again["time"])
    assert first["time"] == "2026-01-31T12:00:00Z"


async def test_an_end_whose_event_fails_is_not_recorded() -> None:
    """The event is published when the message returns."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await transitions.end_queued(worker.context, queued(), None, Ending("refused", "x"))
    assert worker.ledger.records() == []


@pytest.mark.parametrize("state", ["sent", "delivered"])
async def test_an_end_does_not_overwrite_a_status_report(state: str) -> None:
    """A callback between read and write knows more."""
    worker = FakeWorker()
    stored = await claimed(worker)
    await worker.ledger.replace(stored, record(state=state, run="a callback"))
    await transitions.end_queued(worker.context, queued(), stored, Ending("expired", "x"))
    assert worker.record.state == state


@pytest.mark.parametrize(("age", "delay"), [(-60, 5), (0, 5), (5, 5), (90, 90), (3600, 3600), (90_000, 3600)])
def test_a_message_that_fails_for_long_is_requeued_less_often(age: float, delay: float) -> None:
    """After its own age, 5 s to an hour."""
    assert delay_by_age(NOON, NOON + timedelta(seconds=age)) == delay


async def test_a_very_long_reason_is_cut() -> None:
    """Record and event have a limit. The beginning of Twilio's message has the reason."""
    worker = FakeWorker()
    await transitions.end_queued(worker.context, queued(), None, Ending("rejected", "x" * 100_000, 21211))
    assert len(worker.record.reason) == len(worker.events[0]["reason"]) == 1000
