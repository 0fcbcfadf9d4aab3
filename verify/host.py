"""A stack on this machine that the checklist runs against: Azurite, Twilio's stand-in, and a Functions host.

The host is `func start` of Azure Functions Core Tools, or the local one. The app uses the test account of the stand-in.
All ports are free ones, so it runs beside `make run`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import aiohttp

from local import processes
from local.ports import free_port
from local.queues import create_all
from local.request_guard import KEY_HEADER
from local.run_key import KEY_VARIABLE, new_key, storage_key
from local.settings import ROOT, STORAGE
from local.storage import Azurite, StorageOptions
from local.twilio.options import TEST_ACCOUNT_SID, TEST_AUTH_TOKEN, StandInOptions
from local.twilio.server import StandIn
from ops.deployment import Deployment
from ops.errors import OpsError
from switchboard.settings import PUBLIC_BASE_URL, SETTINGS
from verify.magic_numbers import VALID_SENDER
from verify.target import Patience, Target

# The first `func start` downloads the extension bundle.
START_SECONDS = 180
POLL_SECONDS = 0.1
LAST_LINES = 20
MOST_LINES = 20_000
# The ordinary account of the stand-in.
UNUSED_SID = "AC" + "0" * 32
ACCEPTED = 202
PATIENCE = Patience(effect=30, log=20, start=START_SECONDS)


@dataclass(frozen=True)
class HostCommand:
    """How a Functions host is started; the port is added. `requires_keys` is false where it ignores function keys."""

    name: str
    command: Sequence[str]
    requires_keys: bool


LOCAL_HOST = HostCommand("the local host", (sys.executable, "-m", "local", "host", "--port"), requires_keys=True)


def core_tools(path: str = "") -> HostCommand:
    """Returns `func start`, by its path or from PATH. Raises OpsError without it."""
    found = path or shutil.which("func")
    if not found:
        raise OpsError(
            "Azure Functions Core Tools are not on PATH: install them, "
            "https://learn.microsoft.com/azure/azure-functions/functions-run-local, or give --func PATH"
        )
    return HostCommand("func start", (found, "start", "--python", "--port"), requires_keys=False)


@dataclass
class Host:
    """A process of a Functions host, and the last lines that it wrote."""

    command: Sequence[str]
    environ: Mapping[str, str]
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))

    async def start(self) -> None:
        """Starts it, and does not wait for it."""
        self._process = await processes.start(self.command, folder=ROOT, environ=self.environ)
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """Ends it and its children: `func` of npm is a script that does not pass signals on."""
        self._signal_group("SIGTERM")
        await processes.stop(self._process)
        self._signal_group("SIGKILL")
        await self._reading

    async def restart(self) -> None:
        """Replaces the process, and does not wait for the new one."""
        await self.stop()
        await self.start()

    async def find(self, words: str) -> str:
        """Returns a line with these words, "" without one."""
        return next((line for line in self.lines if words in line), "")

    @property
    def has_ended(self) -> bool:
        """Whether the process ended by itself."""
        return self._process.returncode is not None

    def _signal_group(self, name: str) -> None:
        """Signals the process group that `processes.start` made; Windows has none."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, getattr(signal, name))

    async def _read(self) -> None:
        async for line in processes.lines(self._process):
            self.lines.append(line)


class LocalStack:
    """`async with LocalStack(command) as stack`, then `stack.target()`. Raises OpsError.

    `changes` replace settings of the app only: the checklist goes on with the right ones.
    """

    def __init__(
        self, command: HostCommand, changes: Mapping[str, str] | None = None, storage: StorageOptions | None = None
    ) -> None:
        self._command = command
        self._changes = changes or {}
        self._key = new_key()
        self._options = storage or _storage(storage_key(self._key))
        self._port = free_port()

    async def __aenter__(self) -> LocalStack:
        """Starts the parts, and waits until the app answers."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(Azurite(self._options))
            await create_all(self._options.connection_string)
            options = StandInOptions(account_sid=UNUSED_SID, auth_token=UNUSED_SID, port=0, app_url=self._origin)
            self._twilio = await opening.enter_async_context(StandIn(options))
            self._environ = self._settings()
            environ = {**os.environ, **self._environ, **self._changes, KEY_VARIABLE: self._key}
            self.host = Host((*self._command.command, str(self._port)), {**environ, "PYTHONUNBUFFERED": "1"})
            await self.host.start()
            opening.push_async_callback(self.host.stop)
            await self._until_up()
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    def target(self) -> Target:
        """Returns what the checklist runs against."""
        return Target(
            name=self._command.name,
            deployment=Deployment(True, self._environ),
            origin=self._origin,
            auth_token=TEST_AUTH_TOKEN,
            logs=self.host,
            scale_to_zero=self.host.restart,
            run_timer=self._run_function,
            requires_keys=self._command.requires_keys,
            patience=PATIENCE,
        )

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _settings(self) -> dict[str, str]:
        """Returns every setting: one that is missing here would come from local.settings.json."""
        return {
            **{setting.name: "" for setting in SETTINGS},
            STORAGE: self._options.connection_string,
            PUBLIC_BASE_URL: self._origin,
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "TWILIO_ACCOUNT_SID": TEST_ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": TEST_AUTH_TOKEN,
            "TWILIO_API_BASE_URL": self._twilio.url,
            "TWILIO_FROM": VALID_SENDER,
            "OPERATOR_NUMBER": VALID_SENDER,
        }

    async def _run_function(self, name: str) -> None:
        """Runs a timer's function by the host's admin API. Raises OpsError."""
        url, headers = f"{self._origin}/admin/functions/{name}", {KEY_HEADER: self._key}
        async with aiohttp.ClientSession() as session, session.post(url, json={"input": ""}, headers=headers) as answer:
            if answer.status != ACCEPTED:
                raise OpsError(f"POST /admin/functions/{name} answered {answer.status}")

    async def _until_up(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while not await self._answers(session):
                    if self.host.has_ended:
                        raise OpsError("\n  ".join([f"{self._command.name} ended:", *self._last_lines()]))
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            lines = [f"{self._command.name} does not answer after {START_SECONDS} s:", *self._last_lines()]
            raise OpsError("\n  ".join(lines)) from error

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        """Whether /api/health is there: 404 comes before the functions are indexed."""
        try:
            async with session.get(f"{self._origin}/api/health") as answer:
                return answer.status in (200, 503) and "json" in answer.content_type
        except (aiohttp.ClientError, OSError):
            return False

    def _last_lines(self) -> list[str]:
        return list(self.host.lines)[-LAST_LINES:]


def _storage(account_key: str) -> StorageOptions:
    """Returns an Azurite in memory, which other programs of this machine cannot read."""
    return StorageOptions(free_port(), free_port(), free_port(), folder=None, account_key=account_key)


def numbers_option(file: Path) -> HostCommand:
    """Returns the local host with another numbers.toml."""
    *command, port = LOCAL_HOST.command
    return HostCommand(LOCAL_HOST.name, (*command, "--numbers", str(file), port), requires_keys=True)
