"""The in-memory ledger and opt-outs keep the contract, and fail when a test makes them fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from switchboard.errors import StorageUnavailable
from tests.contract import LedgerContract, OptOutsContract, Stores, new_claim, new_version
from tests.memory import Failures, HeldClock, MemoryLedger, MemoryOptOuts


class InMemory:
    """Stores in memory, with a clock that the test moves."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Stores]:
        """New stores."""
        clock = HeldClock()

        async def wait(seconds: float) -> None:
            clock.pass_(seconds)
            await asyncio.sleep(0)

        yield Stores(MemoryLedger(clock), MemoryOptOuts(), wait)


class TestLedger(InMemory, LedgerContract):
    """The contract of a ledger."""


class TestOptOuts(InMemory, OptOutsContract):
    """The contract of the opt-outs."""


async def test_a_repeated_insert_succeeds() -> None:
    """As the SDK repeats one whose answer was lost: the existing record is its own."""
    ledger, claim = MemoryLedger(), new_claim()
    await ledger.insert(claim)
    stored = await ledger.insert(claim)
    await ledger.replace(stored, new_version(claim, state="queued"))
    assert [record.state for record in ledger.records()] == ["queued"]


async def test_a_request_that_does_not_arrive_changes_nothing() -> None:
    """`before`: the request never reached storage."""
    ledger = MemoryLedger(failures=Failures(before=1))
    with pytest.raises(StorageUnavailable):
        await ledger.insert(new_claim())
    assert ledger.records() == []


async def test_a_write_whose_answer_is_lost_is_stored() -> None:
    """`after`: storage wrote the record, and the worker does not know."""
    ledger, claim = MemoryLedger(failures=Failures(after=1)), new_claim()
    with pytest.raises(StorageUnavailable):
        await ledger.insert(claim)
    assert ledger.records() == [claim]
    assert (await ledger.insert(claim)).record == claim


async def test_unavailable_storage_fails_every_method() -> None:
    """Of ledger and opt-outs."""
    failures, claim = Failures(), new_claim()
    ledger, opt_outs = MemoryLedger(failures=failures), MemoryOptOuts(failures)
    stored = await ledger.insert(claim)
    failures.away = True
    for request in (
        ledger.insert(new_claim()),
        ledger.replace(stored, new_version(claim)),
        ledger.read(claim.key),
        ledger.of_recipient(claim.key.partition),
        anext(ledger.older("open", 0)),
        ledger.delete(stored),
        ledger.check(),
        opt_outs.add("p", "s"),
        opt_outs.remove("p", "s"),
        opt_outs.has("p", "s"),
    ):
        with pytest.raises(StorageUnavailable):
            await request
