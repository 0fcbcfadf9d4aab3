"""Reports of one record follow each other within a worker; those of others do not wait."""

import asyncio
import gc

from switchboard.delivery.record import DeliveryKey, Stored
from switchboard.delivery.record_locks import RecordLocks
from switchboard.delivery.status_reports import StatusReport, record_report
from switchboard.errors import StorageUnavailable
from tests.contract import new_claim
from tests.fakes import FakeQueues, FakeServices
from tests.memory import MemoryLedger

ONE, OTHER = DeliveryKey("a" * 32, "sms", "one"), DeliveryKey("a" * 32, "sms", "other")


async def test_a_record_has_one_lock() -> None:
    """Two reports at once wait for the same one."""
    locks = RecordLocks()
    async with locks.of(ONE):
        assert locks.of(ONE).locked()
        assert not locks.of(OTHER).locked()


async def test_a_lock_that_nobody_holds_is_forgotten() -> None:
    """A worker sees many records; memory does not grow with them."""
    locks = RecordLocks()
    async with locks.of(ONE):
        pass
    gc.collect()
    assert not list(locks._locks)


async def test_many_reports_at_once_publish_one_event() -> None:
    """Each but the first finds the state that it reports."""
    queues, ledger, claim = FakeQueues(), MemoryLedger(), new_claim()
    await ledger.insert(claim)
    context = FakeServices(queues=queues, ledger=ledger).ledger_context
    report = StatusReport(sid="SM" + "1" * 32, status="delivered", attempt=0)
    await asyncio.gather(*(record_report(context, claim.key, report) for _ in range(20)))
    assert len(queues.messages) == 1
    assert [record.state for record in ledger.records()] == ["delivered"]


async def test_reports_that_are_cancelled_or_fail_hold_up_no_other() -> None:
    """A webhook ends after its seconds, as a holder or as one that waits; storage fails for the one after it."""
    ledger, claim = HeldLedger(), new_claim()
    await ledger.insert(claim)
    context = FakeServices(ledger=ledger).ledger_context
    report = StatusReport(sid="SM" + "1" * 32, status="delivered", attempt=0)
    holder, waiting, failing, last = (asyncio.create_task(record_report(context, claim.key, report)) for _ in range(4))
    await asyncio.sleep(0)
    waiting.cancel()
    holder.cancel()
    ledger.refusals = 1
    ledger.held.set()
    ended = await asyncio.wait_for(asyncio.gather(holder, waiting, failing, last, return_exceptions=True), 5)
    assert [type(each).__name__ for each in ended] == ["CancelledError"] * 2 + ["StorageUnavailable", "DeliveryRecord"]


class HeldLedger(MemoryLedger):
    """Its reads wait until the test releases them; then the next `refusals` fail."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Event()
        self.refusals = 0

    async def read(self, key: DeliveryKey) -> Stored | None:
        """Waits, and fails or reads."""
        await self.held.wait()
        if self.refusals:
            self.refusals -= 1
            raise StorageUnavailable("the table did not answer")
        return await super().read(key)
