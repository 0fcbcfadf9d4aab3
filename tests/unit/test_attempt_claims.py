"""A claim and what can happen around it: slow writes, early callbacks, unavailable storage."""

import pytest

from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.status_reports import StatusReport
from switchboard.errors import StorageUnavailable
from tests.fake_worker import SERVICE, TEXT, FakeWorker, queued
from tests.memory import MemoryLedger

KEY = queued().key
# The fake numbers its resources.
FIRST_SID = "SM" + "1".zfill(32)


class SlowLedger(MemoryLedger):
    """Each insert takes `seconds`."""

    seconds = 0.0

    async def insert(self, record: DeliveryRecord) -> Stored:
        """Writes a new record, slowly."""
        stored = await super().insert(record)
        self.clock.pass_(self.seconds)
        return stored


@pytest.mark.parametrize(("spent", "sent"), [(0, [60.0]), (10, [50.0]), (30, [30.0]), (31, []), (119, [])])
async def test_a_request_starts_within_a_quarter_of_the_claim_and_ends_within_half(
    spent: float, sent: list[float]
) -> None:
    """By the worker's own clock, for a claim of 120 s. A request that would start too late is released for a retry."""
    ledger = SlowLedger()
    ledger.seconds = spent
    worker = FakeWorker(ledger=ledger)
    await worker.deliver(TEXT)
    assert worker.twilio.seconds == sent
    assert worker.record.state == ("queued" if sent else "released")
    assert [envelope["attempt"] for envelope in worker.envelopes] == ([] if sent else [1])


async def test_a_shorter_claim_shortens_the_request() -> None:
    """DELIVERY_CLAIM_SECONDS."""
    worker = FakeWorker()
    worker.set(claim_seconds=8)
    await worker.deliver(TEXT)
    assert worker.twilio.seconds == [4]


async def test_a_callback_before_the_answer_is_kept() -> None:
    """Twilio reports `delivered` before it answers the create: the record stays delivered, with one event."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.record_report(
        KEY, StatusReport(sid=FIRST_SID, status="delivered", attempt=0)
    )
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.sids) == ("delivered", (FIRST_SID,))
    assert [event["state"] for event in worker.events] == ["delivered"]


async def test_an_unavailable_ledger_requeues_the_message() -> None:
    """Without a claim nothing is sent. The message is requeued and does not use up its five tries."""
    worker = FakeWorker()
    worker.failures.away = True
    await worker.deliver(TEXT)
    assert worker.twilio.requests == []
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (5, 0)
    worker.failures.away = False
    await worker.deliver_next()
    assert (worker.record.state, len(worker.twilio.requests)) == ("queued", 1)


async def test_unavailable_ledger_and_queues_fail_the_message() -> None:
    """Its own queue delivers it again."""
    worker = FakeWorker()
    worker.failures.away = True
    worker.queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.deliver(TEXT)


async def test_an_acceptance_that_was_not_recorded_is_reconciled() -> None:
    """The text was sent and the record is claimed: the message returns, waits, and is reconciled."""
    worker = FakeWorker()

    async def lose_tables() -> None:
        worker.failures.away = True

    worker.twilio.meanwhile = lose_tables
    await worker.deliver(TEXT)
    assert worker.record.state == "claimed"
    worker.failures.away = False
    for state in ("claimed", "unknown", "unknown"):
        await worker.deliver_next()
        assert (worker.record.state, len(worker.twilio.requests)) == (state, 1)
    assert worker.record.empty_looks == 1


async def test_a_text_by_a_messaging_service_records_the_service() -> None:
    """A STOP applies to that sender."""
    worker = FakeWorker()
    worker.set(messaging_service_sid=SERVICE)
    await worker.deliver(TEXT)
    assert worker.twilio.senders == [worker.record.sender] == [SERVICE]
