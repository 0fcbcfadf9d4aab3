"""A claim and what may overtake it: slow writes, callbacks that are faster, and storage that is away."""

import pytest

from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.status_reports import StatusReport
from switchboard.errors import StorageUnavailable
from tests.fake_worker import SERVICE, TEXT, FakeWorker, queued
from tests.memory import MemoryLedger

KEY = queued().key
# As the fake numbers what it makes.
FIRST_SID = "SM" + "1".zfill(32)


class SlowLedger(MemoryLedger):
    """Each claim takes so many seconds to be written."""

    seconds = 0.0

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Write a new record, slowly."""
        stored = await super().insert(record)
        self.clock.pass_(self.seconds)
        return stored


@pytest.mark.parametrize(("spent", "asked"), [(0, [60.0]), (10, [50.0]), (30, [30.0]), (31, []), (119, [])])
async def test_a_request_starts_within_a_quarter_of_the_claim_and_ends_within_half(
    spent: float, asked: list[float]
) -> None:
    """By the worker's own clock since it sent the claim of 120 s; what starts too late is given up for later."""
    ledger = SlowLedger()
    ledger.seconds = spent
    worker = FakeWorker(ledger=ledger)
    await worker.deliver(TEXT)
    assert worker.twilio.seconds == asked
    assert worker.record.state == ("queued" if asked else "released")
    assert [envelope["attempt"] for envelope in worker.envelopes] == ([] if asked else [1])


async def test_a_claim_that_the_settings_shorten_shortens_the_request() -> None:
    """DELIVERY_CLAIM_SECONDS."""
    worker = FakeWorker()
    worker.set(claim_seconds=8)
    await worker.deliver(TEXT)
    assert worker.twilio.seconds == [4]


async def test_a_callback_that_is_faster_than_the_answer_is_not_undone() -> None:
    """Twilio says delivered before it has answered the create: the record stays delivered, told once."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.record_report(
        KEY, StatusReport(sid=FIRST_SID, status="delivered", attempt=0)
    )
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.sids) == ("delivered", (FIRST_SID,))
    assert [event["state"] for event in worker.events] == ["delivered"]


async def test_a_ledger_that_is_away_means_later_and_no_call_to_twilio() -> None:
    """Without a claim nothing is sent; the message comes back by itself and does not burn its five tries."""
    worker = FakeWorker()
    worker.failures.away = True
    await worker.deliver(TEXT)
    assert worker.twilio.asked == []
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (5, 0)
    worker.failures.away = False
    await worker.deliver_next()
    assert (worker.record.state, len(worker.twilio.asked)) == ("queued", 1)


async def test_ledger_and_queues_both_away_leave_the_message_where_it_is() -> None:
    """Its own queue brings it again."""
    worker = FakeWorker()
    worker.failures.away = True
    worker.queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.deliver(TEXT)


async def test_an_acceptance_that_cannot_be_written_is_looked_for() -> None:
    """The text is out, the record says claimed: the message comes back, waits, and finds it at Twilio."""
    worker = FakeWorker()

    async def go_away() -> None:
        worker.failures.away = True

    worker.twilio.meanwhile = go_away
    await worker.deliver(TEXT)
    assert worker.record.state == "claimed"
    worker.failures.away = False
    for state in ("claimed", "unknown", "unknown"):
        await worker.deliver_next()
        assert (worker.record.state, len(worker.twilio.asked)) == (state, 1)
    assert worker.record.empty_looks == 1


async def test_a_text_by_a_service_goes_by_the_service() -> None:
    """And its record says so, because a STOP counts for it."""
    worker = FakeWorker()
    worker.set(messaging_service_sid=SERVICE)
    await worker.deliver(TEXT)
    assert worker.twilio.senders == [worker.record.sender] == [SERVICE]
