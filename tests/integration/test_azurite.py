"""Azurite as the local stack runs it."""

import asyncio
import socket

import pytest
from azure.storage.queue.aio import QueueServiceClient

from local.ports import PortTakenError, ensure_free
from local.queues import create_all
from local.storage import Azurite, StorageError, StorageOptions, folder_for, serve
from switchboard.queues import QUEUES
from tests.ports import free_port


def on_free_ports() -> StorageOptions:
    """An Azurite that stores nothing."""
    return StorageOptions(free_port(), free_port(), free_port(), folder=None)


async def test_its_ports_are_free_after_its_end() -> None:
    """Node itself is ended, not a program around it."""
    options = on_free_ports()
    async with Azurite(options):
        with pytest.raises(PortTakenError):
            ensure_free(options.queue, "this test")
    for port in (options.blob, options.queue, options.table):
        ensure_free(port, "this test")


async def test_its_end_is_reported() -> None:
    """With its exit status."""
    async with Azurite(on_free_ports()) as storage:
        assert storage.process
        storage.process.kill()
        with pytest.raises(StorageError, match="Azurite ended by itself, with -9"):
            await asyncio.wait_for(storage.ended(), 10)


async def test_a_canceled_start_leaves_no_process() -> None:
    """Ctrl-C during the start ends it too."""
    options = on_free_ports()
    storage = Azurite(options)
    starting = asyncio.create_task(storage.__aenter__())
    while storage.process is None:  # noqa: ASYNC110 - a start signals nothing
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert storage.process.returncode is not None


async def test_alone_it_has_the_apps_queues() -> None:
    """`./sb local storage`: a consumer can wait on `events` before the first event. A second start is no error."""
    options, up = on_free_ports(), asyncio.Event()
    serving = asyncio.create_task(serve(options, say=lambda _: up.set()))
    await asyncio.wait_for(up.wait(), 30)
    async with QueueServiceClient.from_connection_string(options.connection_string) as service:
        assert {queue.name async for queue in service.list_queues()} == set(QUEUES)
    await create_all(options.connection_string)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_a_taken_port_is_named_with_its_service_and_holder() -> None:
    """Before anything is started."""
    options = on_free_ports()
    with socket.create_server(("127.0.0.1", options.queue)):
        storage = Azurite(options)
        with pytest.raises(PortTakenError, match=f"port {options.queue}, wanted for Azurite's queue service, is taken"):
            await storage.__aenter__()
    assert storage.process is None


def test_azurites_on_other_ports_have_folders_of_their_own() -> None:
    """Two that wrote to the same files would corrupt them."""
    assert folder_for(StorageOptions.blob) == StorageOptions.folder
    assert len({folder_for(10000), folder_for(20000), folder_for(30000)}) == 3
