"""The timers through the worker: log lines, writes and failures."""

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
    """One line for each queue."""
    caplog.set_level(logging.INFO)
    invocation = await worker.invoke("measure_queues", timer(past_due=past_due))
    assert invocation.ok, invocation.error
    for queue in QUEUES:
        assert caplog.text.count(f"event=queue_depth queue={queue} messages=0 oldest_seconds=0") == 1


async def test_records_are_cleaned_up(worker: Worker, ledger: MemoryLedger) -> None:
    """An ended record beyond its retention is deleted."""
    await ledger.insert(record(state="delivered"))
    ledger.clock.pass_(31 * 24 * 3600)
    invocation = await worker.invoke("tidy_records", timer())
    assert invocation.ok, invocation.error
    assert ledger.records() == []


@pytest.mark.parametrize("error", [StorageUnavailable("queue storage did not answer"), RuntimeError("+15005550006")])
async def test_a_failed_timer_has_the_type_of_its_error(worker: Worker, queues: FakeQueues, error: Exception) -> None:
    """The host logs it without its cause."""
    queues.error = error
    invocation = await worker.invoke("measure_queues", timer())
    assert not invocation.ok
    assert invocation.error.startswith(f"Unfinished('{type(error).__name__}')")
    assert str(error) not in invocation.error
