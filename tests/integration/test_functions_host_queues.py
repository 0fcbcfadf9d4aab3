"""The rules of queue triggers, each as Azure has it, on the local host and Azurite."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from datetime import timedelta
from pathlib import Path

from tests.functional.functions_host_app import App, eventually
from tests.integration.queue_apps import PLAIN, QUICK, working
from tests.integration.queues import open_queues

NOTES = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(message.get_body().decode())
"""
FAILS = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(f"{message.dequeue_count} {time.monotonic()} {message.id}")
    raise ValueError("not today")
"""
SLOW = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(f"begin {message.dequeue_count}")
    await asyncio.sleep(4)
    note("end")
"""
GATED = """
gate = pathlib.Path(__file__).parent / "gate"

@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note("begin")
    while not gate.exists():
        await asyncio.sleep(0.02)
    note("end")
"""


def pauses(app: App) -> list[float]:
    """How long it was between runs; the service counts in whole seconds, so one may be short by a part of one."""
    times = [float(line.split()[1]) for line in app.ran]
    return [later - sooner for sooner, later in itertools.pairwise(times)]


async def test_a_message_is_run_and_deleted(tmp_path: Path, connection: str) -> None:
    """Once, and nothing is left of it."""
    async with open_queues(connection) as queues, working(tmp_path, connection, NOTES, queues) as app:
        await queues.put("olá")
        await eventually(lambda: app.ran == ["olá"])
        await queues.until_count(0)
        assert await queues.count(queues.poison) <= 0


async def test_a_queue_that_is_absent_is_made(tmp_path: Path, connection: str) -> None:
    """By the host, when it begins to look at it."""
    async with open_queues(connection) as queues, working(tmp_path, connection, NOTES, queues):
        await queues.until_count(0)


async def test_a_function_sees_what_azure_tells_of_a_message(tmp_path: Path, connection: str) -> None:
    """Id, receipt, count and times, of the types that azure.functions gives them."""
    source = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    note(json.dumps({
        "id": message.id, "count": message.dequeue_count, "receipt": message.pop_receipt,
        "lives": (message.expiration_time - message.insertion_time).total_seconds(),
        "hidden": (message.time_next_visible - message.insertion_time).total_seconds(),
    }))
"""
    async with open_queues(connection) as queues, working(tmp_path, connection, source, queues) as app:
        await queues.put("x")
        await eventually(lambda: len(app.ran) == 1)
    told = json.loads(app.ran[0])
    assert told["id"]
    assert told["receipt"]
    assert told["count"] == 1
    assert told["lives"] == timedelta(days=7).total_seconds()
    assert told["hidden"] >= 600


async def test_a_plain_parameter_gets_the_text(tmp_path: Path, connection: str) -> None:
    """`str` and `bytes` are understood, as the worker does."""
    source = """
@app.queue_trigger("text", "%QUEUE%", "AzureWebJobsStorage")
def work(text: str) -> None:
    note(repr(text))
"""
    async with open_queues(connection) as queues, working(tmp_path, connection, source, queues) as app:
        await queues.put("hello")
        await eventually(lambda: app.ran == ["'hello'"])


async def test_base64_is_decoded_when_host_json_says_so(tmp_path: Path, connection: str) -> None:
    """Which is Azure's default; what is not base64 goes to poison as it came, without running."""
    good = base64.b64encode("olá".encode()).decode()
    async with open_queues(connection) as queues, working(tmp_path, connection, NOTES, queues, rules=QUICK) as app:
        await queues.put("not base64!", good)
        await eventually(lambda: app.ran == ["olá"])
        await queues.until_count(1, queues.poison)
        assert await queues.bodies(queues.poison) == ["not base64!"]
        await queues.until_count(0)


async def test_a_message_that_fails_comes_again_after_a_while_and_then_goes_to_poison(
    tmp_path: Path, connection: str
) -> None:
    """maxDequeueCount runs, visibilityTimeout apart; the copy holds only the body, for seven days, under a new id."""
    async with open_queues(connection) as queues, working(tmp_path, connection, FAILS, queues) as app:
        await queues.put("bad")
        await eventually(lambda: len(app.ran) == 3)
        await queues.until_count(1, queues.poison)
        await queues.until_count(0)
        (copy,) = await queues.visible(queues.poison)
    assert [line.split()[0] for line in app.ran] == ["1", "2", "3"]
    assert all(pause > 0.5 for pause in pauses(app))
    assert (copy.content, copy.dequeue_count) == ("bad", 0)
    assert copy.id != app.ran[0].split()[2]
    assert copy.expires_on is not None
    assert copy.inserted_on is not None
    assert copy.expires_on - copy.inserted_on == timedelta(days=7)
    assert sum("! work failed: ValueError: not today" in line for line in app.said) == 3


async def test_the_last_run_that_fails_moves_its_message_at_once(tmp_path: Path, connection: str) -> None:
    """It does not wait to be taken once more."""
    rules = PLAIN | {"maxDequeueCount": 1, "visibilityTimeout": "01:00:00"}
    async with open_queues(connection) as queues, working(tmp_path, connection, FAILS, queues, rules=rules) as app:
        await queues.put("bad")
        await queues.until_count(1, queues.poison)
        await queues.until_count(0)
        assert len(app.ran) == 1


async def test_a_message_taken_too_often_goes_to_poison_without_running(tmp_path: Path, connection: str) -> None:
    """Its workers died each time, so no failure was ever reported to the queue."""
    async with open_queues(connection) as queues:
        await queues.put("deadly")
        for _ in range(3):
            await queues.take_and_abandon()
        async with working(tmp_path, connection, NOTES, queues) as app:
            await queues.until_count(1, queues.poison)
            await queues.until_count(0)
        assert await queues.bodies(queues.poison) == ["deadly"]
        assert app.ran == []


async def test_a_poison_queue_has_no_poison_of_its_own(tmp_path: Path, connection: str) -> None:
    """A message that fails there stays hidden for a lease at a time; after maxDequeueCount it is skipped."""
    rules = PLAIN | {"visibilityTimeout": "00:00:00"}
    async with open_queues(connection) as queues:
        await queues.put("bad", queue=queues.poison)
        async with working(tmp_path, connection, FAILS, queues, rules=rules, queue=queues.poison, lease=1) as app:
            await eventually(lambda: len(app.ran) == 3)
            assert all(pause > 0.5 for pause in pauses(app))
            await queues.until_taken(4, queues.poison)
            assert len(app.ran) == 3
        assert await queues.count(f"{queues.poison}-poison") == -1
        assert await queues.count(queues.poison) == 1


async def test_a_poison_function_that_succeeds_deletes(tmp_path: Path, connection: str) -> None:
    """As any other."""
    async with open_queues(connection) as queues:
        await queues.put("seen", queue=queues.poison)
        async with working(tmp_path, connection, NOTES, queues, queue=queues.poison) as app:
            await eventually(lambda: app.ran == ["seen"])
            await queues.until_count(0, queues.poison)


async def test_a_long_run_keeps_its_message_hidden(tmp_path: Path, connection: str) -> None:
    """The lease is renewed at half: a run of four leases is one run, and its message can be deleted after it."""
    async with open_queues(connection) as queues, working(tmp_path, connection, SLOW, queues, lease=1) as app:
        await queues.put("x")
        await eventually(lambda: "end" in app.ran)
        await queues.until_count(0)
        assert app.ran == ["begin 1", "end"]


async def test_a_batch_and_what_may_run_beside_it(tmp_path: Path, connection: str) -> None:
    """batchSize are taken; no more until no more than newBatchThreshold of them run."""
    rules = PLAIN | {"batchSize": 2, "newBatchThreshold": 1}
    async with open_queues(connection) as queues:
        await queues.put(*"abcdef")
        async with working(tmp_path, connection, GATED, queues, rules=rules) as app:
            await eventually(lambda: len(app.ran) == 2)
            await asyncio.sleep(0.5)
            assert app.ran == ["begin", "begin"]
            (tmp_path / "gate").touch()
            await queues.until_count(0)
        assert sorted(app.ran) == ["begin"] * 6 + ["end"] * 6


async def test_a_threshold_lets_a_second_batch_in(tmp_path: Path, connection: str) -> None:
    """In flight at most: batchSize and newBatchThreshold together."""
    rules = PLAIN | {"batchSize": 2, "newBatchThreshold": 2}
    async with open_queues(connection) as queues:
        await queues.put(*"abcdef")
        async with working(tmp_path, connection, GATED, queues, rules=rules) as app:
            await eventually(lambda: len(app.ran) == 4)
            await asyncio.sleep(0.5)
            assert app.ran == ["begin"] * 4
            (tmp_path / "gate").touch()
            await queues.until_count(0)


async def test_a_run_may_end_before_the_host_stops(tmp_path: Path, connection: str) -> None:
    """It is waited for, and its message deleted."""
    async with open_queues(connection) as queues:
        async with working(tmp_path, connection, GATED, queues) as app:
            await queues.put("x")
            await eventually(lambda: app.ran == ["begin"])
            asyncio.get_running_loop().call_later(0.3, (tmp_path / "gate").touch)
        assert app.ran == ["begin", "end"]
        assert await queues.count() == 0
