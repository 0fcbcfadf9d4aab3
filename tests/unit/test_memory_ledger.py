"""The ledger and the opt-outs in memory keep the contract, and fail when a test wants them to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from switchboard.errors import StorageUnavailable
from tests.contract import Books, LedgerContract, OptOutsContract, another, someone
from tests.memory import Failures, HeldClock, MemoryLedger, MemoryOptOuts


class InMemory:
    """Books in memory: time is moved on."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Books]:
        """New ones."""
        clock = HeldClock()

        async def wait(seconds: float) -> None:
            clock.pass_(seconds)
            await asyncio.sleep(0)

        yield Books(MemoryLedger(clock), MemoryOptOuts(), wait)


class TestLedger(InMemory, LedgerContract):
    """Each promise of a ledger."""


class TestOptOuts(InMemory, OptOutsContract):
    """Each promise of the opt-outs."""


async def test_a_request_that_does_not_arrive_changes_nothing() -> None:
    """`before`: the storage never heard of it."""
    ledger = MemoryLedger(failures=Failures(before=1))
    with pytest.raises(StorageUnavailable):
        await ledger.insert(someone())
    assert ledger.records() == []


async def test_an_answer_that_is_lost_leaves_what_was_written() -> None:
    """`after`: the storage did it, and the worker does not know."""
    ledger, claim = MemoryLedger(failures=Failures(after=1)), someone()
    with pytest.raises(StorageUnavailable):
        await ledger.insert(claim)
    assert ledger.records() == [claim]
    assert (await ledger.insert(claim)).record == claim


async def test_what_is_away_answers_nothing() -> None:
    """Each method, of both."""
    failures, claim = Failures(), someone()
    ledger, opt_outs = MemoryLedger(failures=failures), MemoryOptOuts(failures)
    stored = await ledger.insert(claim)
    failures.away = True
    for request in (
        ledger.insert(someone()),
        ledger.replace(stored, another(claim)),
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
