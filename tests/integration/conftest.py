"""Azurite for the tests that need real queues: one per session, in memory, on free ports."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from local import storage
from local.storage import Azurite, StorageOptions
from tests.ports import free_port

START_SECONDS = 60


@pytest.fixture(scope="session")
def azurite() -> Iterator[StorageOptions]:
    """A running Azurite; skipped where it is not installed, but not in CI."""
    if not storage.is_installed() and os.environ.get("CI") != "true":
        pytest.skip("Azurite is not installed: run make install")
    options = StorageOptions(blob=free_port(), queue=free_port(), table=free_port(), folder=None)
    up, over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        async with Azurite(options):
            up.set()
            await over.wait()

    # A loop of its own, which outlives those of the tests.
    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    if not up.wait(START_SECONDS):
        raise RuntimeError("Azurite did not start")
    yield options
    loops[0].call_soon_threadsafe(over.set)
    thread.join()


@pytest.fixture
def azurite_of_its_own(azurite: StorageOptions) -> StorageOptions:
    """Ports for a test's own Azurite; skipped as `azurite` is."""
    return StorageOptions(blob=free_port(), queue=free_port(), table=free_port(), folder=None)


@pytest.fixture
def connection(azurite: StorageOptions) -> str:
    """The connection string of the running Azurite."""
    return azurite.connection_string
