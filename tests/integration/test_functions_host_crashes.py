"""A host that dies, and one that is asked to stop: what becomes of the message it worked on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from local.storage import Azurite, StorageOptions
from tests.functional.functions_host_app import eventually, running, write
from tests.integration.host_process import host_process
from tests.integration.queues import open_queues

# The first run never ends; the next does.
DIES_ONCE = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(f"begin {message.dequeue_count} {time.monotonic()}")
    if message.dequeue_count == 1:
        await asyncio.sleep(3600)
    note("end")
"""
NOTES = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(message.get_body().decode())
"""
RULES = {"extensions": {"queues": {"messageEncoding": "none", "maxPollingInterval": "00:00:00.2"}}}


async def test_a_killed_hosts_message_comes_back_when_its_lease_ends(tmp_path: Path, connection: str) -> None:
    """To the next host, as its second taking, and not before."""
    folder = write(tmp_path, DIES_ONCE, RULES)
    async with open_queues(connection) as queues:
        environ = {"AzureWebJobsStorage": connection, "QUEUE": queues.name}
        async with host_process(folder, environ, lease=3) as first:
            await queues.put("x")
            await eventually(lambda: len(first.app.ran) == 1)
            assert await first.end(signal.SIGKILL) == -signal.SIGKILL
        async with host_process(folder, environ, lease=3) as second:
            await eventually(lambda: "end" in second.app.ran)
            await queues.until_count(0)
            ran = second.app.ran
    begun = [line.split() for line in ran if line.startswith("begin")]
    assert [count for _, count, _ in begun] == ["1", "2"]
    # The service counts in whole seconds.
    assert float(begun[1][2]) - float(begun[0][2]) > 2


async def test_an_interrupted_host_ends_by_itself(tmp_path: Path, connection: str) -> None:
    """Ctrl-C: what runs may end, and nothing is said of tasks or sockets left behind."""
    source = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note("begin")
    await asyncio.sleep(1)
    note("end")
"""
    folder = write(tmp_path, source, RULES)
    async with open_queues(connection) as queues:
        async with host_process(folder, {"AzureWebJobsStorage": connection, "QUEUE": queues.name}) as host:
            await queues.put("x")
            await eventually(lambda: host.app.ran == ["begin"])
            assert await host.end(signal.SIGINT) == 0
        assert host.app.ran == ["begin", "end"]
        assert await queues.count() == 0
    assert host.said[-1] == "interrupted"
    assert not [line for line in host.said if "Warning" in line or "Traceback" in line]


async def test_a_wrong_key_is_told_by_azures_code(tmp_path: Path, connection: str) -> None:
    """Storage is there, and will not have us: the line says why."""
    wrong = connection.replace("AccountKey=Eby8", "AccountKey=XXXX")
    environ = {"AzureWebJobsStorage": wrong, "QUEUE": "jobs"}
    async with running(tmp_path, NOTES, host_json=RULES, environ=environ) as app:
        await eventually(lambda: len(app.said) == 1)
    assert "! storage is unavailable (AuthenticationFailed)" in app.said[0]


async def test_storage_that_goes_away_is_one_line_and_is_waited_for(
    tmp_path: Path, azurite_of_its_own: StorageOptions
) -> None:
    """However many queues are looked at. When it is back, messages are taken again, without a restart."""
    source = NOTES + NOTES.replace("work", "other").replace("%QUEUE%", "%QUEUE%-other")
    connection = azurite_of_its_own.connection_string
    async with open_queues(connection) as queues:
        environ = {"AzureWebJobsStorage": connection, "QUEUE": queues.name}
        async with running(tmp_path, source, host_json=RULES, environ=environ) as app:
            await eventually(lambda: len(app.said) == 1)
            await asyncio.sleep(1)
            assert "! storage is unavailable" in app.said[0]
            async with Azurite(azurite_of_its_own):
                await eventually(lambda: len(app.said) == 2)
                assert "storage is available again" in app.said[1]
                await queues.put("x")
                await eventually(lambda: app.ran == ["x"])
                await queues.until_count(0)
            await eventually(lambda: len(app.said) == 3)
            assert "! storage is unavailable" in app.said[2]


async def test_a_host_that_stops_gives_back_the_message_of_a_long_run(tmp_path: Path, connection: str) -> None:
    """It does not stay hidden for its lease: the next host takes it at once."""
    source = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(f"begin {message.dequeue_count}")
    await asyncio.sleep(60 if message.dequeue_count == 1 else 0)
    note("end")
"""
    async with open_queues(connection) as queues:
        environ = {"AzureWebJobsStorage": connection, "QUEUE": queues.name}
        async with running(tmp_path, source, host_json=RULES, environ=environ) as app:
            await queues.put("x")
            await eventually(lambda: app.ran == ["begin 1"])
        async with running(tmp_path, source, host_json=RULES, environ=environ) as app:
            await eventually(lambda: app.ran == ["begin 1", "begin 2", "end"])
            await queues.until_count(0)
