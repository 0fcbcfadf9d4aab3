"""The Functions host as a child process, and the options of Twilio's stand-in."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import aiohttp

from local import processes
from local.addresses import origin
from local.app_services import message
from local.errors import LocalError
from local.local_secrets import ensure, file_of
from local.run_key import KEY_VARIABLE, chosen_key
from local.settings import ROOT
from local.shutdown import until_first_ends
from local.twilio.options import StandInOptions
from switchboard.addresses import E164

START_SECONDS = 60
POLL_SECONDS = 0.1
# Longer than the host gives running functions to end, and storage to take back their messages.
STOP_SECONDS = 20
LAST_LINES = 15


class PartError(LocalError):
    """A part cannot start, or ended unexpectedly; the message says which, and why."""


class HostProcess:
    """The Functions host: `async with HostProcess(…) as host`. Once it is up, `say` is called with each line of output.

    `key` is its function key, None for a random one. `problems` are the failed checks of the health page, by name.
    `restart` replaces the process, if the app loads.
    """

    def __init__(
        self,
        port: int,
        lease: float,
        numbers_file: Path,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        key: str | None = None,
    ) -> None:
        options = ["--port", str(port), "--lease", str(lease), "--numbers", str(numbers_file), "--controlled"]
        self._command = [sys.executable, "-m", "local", "host", *options]
        # Not as an option: other users of the machine can read the command line.
        self._environ = {**environ, "PYTHONUNBUFFERED": "1", KEY_VARIABLE: chosen_key(key)}
        self._url = origin(port)
        self._say_when_up = say
        self._clock_offset = 0.0
        self._up = asyncio.Event()
        self.problems: dict[str, str] = {}

    async def __aenter__(self) -> HostProcess:
        """Start it, and wait until it answers. Raises PartError."""
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def restart(self) -> None:
        """Replace the process, and wait until the new one answers.

        Raises PartError. When the app cannot be loaded, the process that runs is kept.
        """
        await self._try_load()
        self._up.clear()
        await self._stop()
        await self._start()

    def shift_clock(self, seconds: float) -> None:
        """Set how far the app's clock for opening hours is from the machine's; a new process gets it too."""
        self._clock_offset = seconds
        if self._up.is_set() and self._process.stdin is not None:
            self._process.stdin.write(message(seconds))

    async def ended(self) -> NoReturn:
        """Wait for an unexpected end. Raises PartError with the last lines of output."""
        while True:
            await self._up.wait()
            process = self._process
            await process.wait()
            if self._up.is_set() and process is self._process:
                await self._raise_ended()

    async def _try_load(self) -> None:
        """Load the app in another process. Raises PartError with its output."""
        process = await processes.start([*self._command, "--check"], folder=ROOT, environ=self._environ)
        try:
            async with asyncio.timeout(START_SECONDS):
                said = [line async for line in processes.lines(process) if line]
                await process.wait()
        except TimeoutError as error:
            raise PartError(f"the app does not load within {START_SECONDS} s") from error
        finally:
            await processes.stop(process)
        if process.returncode:
            raise PartError("\n  ".join(said[-LAST_LINES:]).removeprefix("! "))

    async def _start(self) -> None:
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._say: Callable[[str], None] = self._last_lines.append
        self._process = await processes.start(self._command, folder=ROOT, environ=self._environ, has_input=True)
        self._reading = asyncio.create_task(self._read())
        try:
            await until_first_ends(self._wait_until_up(), self._early_end())
        except BaseException:
            await self._stop()
            raise
        self._last_lines.clear()
        self._say = self._say_when_up
        self._up.set()
        self.shift_clock(self._clock_offset)

    async def _early_end(self) -> None:
        await self._process.wait()
        await self._raise_ended()

    async def _raise_ended(self) -> NoReturn:
        await asyncio.shield(self._reading)
        status = self._process.returncode
        raise PartError("\n  ".join([f"the Functions host ended by itself, with {status}", *self._last_lines]))

    async def _stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        await processes.stop(self._process, STOP_SECONDS)
        await self._reading

    async def _read(self) -> None:
        async for line in processes.lines(self._process):
            if line:
                self._say(line)

    async def _wait_until_up(self) -> None:
        limits = aiohttp.ClientTimeout(total=START_SECONDS)
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession(timeout=limits) as session:
                while not await self._answers(session):  # noqa: ASYNC110 - the process signals its start in no other way
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            lines = [f"the Functions host does not answer at {self._url} after {START_SECONDS} s", *self._last_lines]
            raise PartError("\n  ".join(lines)) from error

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        """Request the health page, which answers once every function is indexed."""
        try:
            async with session.get(f"{self._url}/api/health") as response:
                checks = (await response.json(content_type=None))["checks"]
        except (aiohttp.ClientError, ConnectionError):
            return False
        except (ValueError, LookupError, TypeError) as error:
            raise PartError(f"the app's health page at {self._url}/api/health is not what it should be") from error
        self.problems = {name: found for name, found in checks.items() if found != "ok"}
        return True


def standin_options(environ: Mapping[str, str], *, port: int, app_port: int, key: str | None = None) -> StandInOptions:
    """Return the stand-in's options for the account in the settings. `key` None is a random one.

    Raises LocalError for missing settings.
    """
    missing = [name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if not environ.get(name)]
    if missing:
        raise LocalError(
            f"{' and '.join(missing)} not set: Twilio's stand-in simulates that account and signs with that token; "
            "see local.settings.example.json, and put them into local.settings.json"
        )
    sender, key_sid = environ.get("TWILIO_FROM", ""), environ.get("TWILIO_API_KEY_SID", "")
    return StandInOptions(
        account_sid=environ["TWILIO_ACCOUNT_SID"],
        auth_token=environ["TWILIO_AUTH_TOKEN"],
        port=port,
        api_key_sid=key_sid,
        api_key_secret=ensure(file_of(environ)).api_key_secret if key_sid else "",
        twiml_app_sid=environ.get("TWILIO_TWIML_APP_SID", ""),
        app_url=origin(app_port),
        public_url=environ.get("PUBLIC_BASE_URL", ""),
        number=sender if re.fullmatch(E164, sender) else StandInOptions.number,
        phones=_phones(environ.get("OPERATOR_NUMBER", "")),
        key=chosen_key(key),
    )


def _phones(operator: str) -> tuple[str, ...]:
    """Return the numbers of the page's handsets: a caller's and the operator's."""
    caller, *_ = StandInOptions.phones
    return tuple(dict.fromkeys((caller, operator))) if re.fullmatch(E164, operator) else StandInOptions.phones
