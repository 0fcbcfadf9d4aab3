"""The timers through the worker: what is logged, what is written, and what a failure says."""

from __future__ import annotations

import logging

import pytest

from switchboard.errors import StorageUnavailable
from tests.fake_worker import record
from tests.fakes import FakeQueues
from tests.memory import MemoryLedger
from tests.runtime.worker import Worker, timer

QUEUES = ("sms-outbox", "call-outbox", "events", "sms-outbox-poison", "call-outbox-poison", "dead-letter")


@pytest.mark.parametrize("past_due", [False, True])
async def test_each_queue_is_measured(worker: Worker, caplog: pytest.LogCaptureFixture, past_due: bool) -> None:
    """A line a queue, every queue of the design."""
    caplog.set_level(logging.INFO)
    invocation = await worker.invoke("measure_queues", timer(past_due=past_due))
    assert invocation.ok, invocation.error
    for queue in QUEUES:
        assert caplog.text.count(f"event=queue_depth queue={queue} messages=0 oldest_seconds=0") == 1


async def test_records_are_tidied(worker: Worker, ledger: MemoryLedger) -> None:
    """What ended beyond its retention is gone."""
    await ledger.insert(record(state="delivered"))
    ledger.clock.pass_(31 * 24 * 3600)
    invocation = await worker.invoke("tidy_records", timer())
    assert invocation.ok, invocation.error
    assert ledger.records() == []


@pytest.mark.parametrize("error", [StorageUnavailable("queue storage did not answer"), RuntimeError("+15005550006")])
async def test_a_timer_that_fails_says_the_kind_of_error(worker: Worker, outbox: FakeQueues, error: Exception) -> None:
    """The host logs it: what it was caused by is not among it."""
    outbox.error = error
    invocation = await worker.invoke("measure_queues", timer())
    assert not invocation.ok
    assert invocation.error.startswith(f"Unfinished('{type(error).__name__}')")
    assert str(error) not in invocation.error
