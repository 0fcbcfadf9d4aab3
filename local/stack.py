"""Runs the whole stack in one terminal: Azurite, Twilio's stand-in and the Functions host, until Ctrl-C."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local import timings
from local.addresses import Ports, point_at_stack
from local.browser_agents import softphone_lines
from local.demo import Demo, to_try
from local.ledger import LedgerFollower, showing_refusals
from local.local_secrets import file_of
from local.numbers_board import NumbersBoard
from local.parts import HostProcess, standin_options
from local.ports import ensure_free
from local.queue_tap import showing_queue_puts
from local.queues import create_all
from local.restarts import Restarts, show_numbers
from local.run_file import Run, published
from local.run_key import new_key, storage_key
from local.running import running
from local.settings import NUMBERS_FILE
from local.shutdown import until_first_ends
from local.storage import Azurite, StorageOptions, folder_for
from local.twilio.server import StandIn
from switchboard.numbers import Numbers

Say = Callable[[str], None]
# Azure's log has these lines, because the alerts query them.
EMPTY_QUEUE = re.compile(r"event=queue_depth queue=\S+ messages=0 oldest_seconds=0$")


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """The ports of this stack. All parts share the `key` of this run.

    `lease` is how many seconds a message of a dead worker stays hidden. `data` is Azurite's folder, None for the
    default of these ports.
    """

    ports: Ports
    lease: float = 600
    data: Path | None = None
    demo: bool = True
    numbers_file: Path = NUMBERS_FILE
    key: str = field(default_factory=new_key, repr=False)

    @property
    def storage(self) -> str:
        """Azurite's connection string."""
        return self.ports.storage(storage_key(self.key))

    @property
    def run(self) -> Run:
        """The entry of this stack in local/run.json."""
        ports = self.ports
        return Run(key=self.key, functions=ports.app_url, twilio=ports.standin_url, storage=self.storage)


class Terminal:
    """The terminal that all parts write to, each line after the part's name. The parts' lines can be held."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._held: list[str] | None = None

    def of_part(self, name: str) -> Say:
        """Return the function that a part calls with each of its lines."""

        def write(line: str) -> None:
            if self._held is None:
                self.write(name, line)
            else:
                self._held.append(_named(name, line))

        return write

    def write(self, name: str, line: str) -> None:
        """Write a line now."""
        self._say(_named(name, line))

    def hold(self) -> None:
        """Hold the parts' lines."""
        self._held = []

    def release(self, *, show: bool) -> None:
        """Write the parts' lines again; the held ones are shown or dropped."""
        held, self._held = self._held or [], None
        for line in held if show else ():
            self._say(line)


async def run(options: StackOptions, environ: MutableMapping[str, str], *, say: Say) -> None:
    """Start the parts, run the demo, and log events until cancelled; then stop the parts, the last one first.

    Changes `environ` to the addresses of this stack. Raises LocalError: a port is taken (before any start), or a part
    could not start, or ended unexpectedly.
    """
    options.ports.check()
    for port, wanted_for in options.ports.wanted_for().items():
        ensure_free(port, wanted_for)
    point_at_stack(environ, options.ports, storage_key(options.key))
    timings.shorten(environ)
    terminal, begun, since = Terminal(say), time.monotonic(), datetime.now(UTC)
    new_standin = _standin(options, environ, terminal)
    try:
        async with AsyncExitStack() as parts:
            others = running()
            parts.enter_context(published(options.run))
            terminal.write("key", options.key)
            for other in others:
                terminal.write("run", f"pid {other.pid} runs too: commands without a port reach this run, the newest")
            storage = await parts.enter_async_context(_storage(options))
            await create_all(options.storage)
            _write_up(terminal, "storage", begun, _services(options.ports))
            standin = await parts.enter_async_context(new_standin)
            _write_up(terminal, "twilio", begun, standin.url)
            standin.show_timings(timings.to_json(environ))
            log = without_empty_queues(terminal.of_part("functions"))
            write = showing_queue_puts(standin, showing_refusals(standin, log))
            board = NumbersBoard(options.numbers_file, dict(environ))
            new_host = _host(options, environ, write)
            restarts = Restarts(board, new_host, standin, terminal.of_part("functions"))
            host = await parts.enter_async_context(new_host)
            _write_up(terminal, "functions", begun, options.ports.app_url)
            ledger = LedgerFollower(options.storage, standin, since, terminal.of_part("ledger"))
            following = (await parts.enter_async_context(ledger)).follow()
            await until_first_ends(
                storage.ended(),
                host.ended(),
                _serve(options, standin, host, terminal, board.numbers, environ),
                following,
                restarts.follow(),
                show_numbers(board, host, standin),
            )
    finally:
        terminal.write("stack", "all parts have ended")


async def _serve(
    options: StackOptions,
    standin: StandIn,
    host: HostProcess,
    terminal: Terminal,
    numbers: Numbers,
    environ: Mapping[str, str],
) -> None:
    """Run the demo, suggest commands, and wait until cancelled."""
    for check, problem in host.problems.items():
        terminal.write("functions", f"! the app is not healthy: {check}: {problem}")
    if options.demo and not host.problems:
        await _run_demo(Demo.new(standin, options.storage), terminal)
    for line in softphone_lines(options.ports.app_url, numbers, file_of(environ)):
        terminal.write("browser", line)
    for line in to_try(options.ports):
        terminal.write("try", line)
    await asyncio.Event().wait()


async def _run_demo(demo: Demo, terminal: Terminal) -> None:
    """Run the demo. The parts' lines are held meanwhile, and shown only after a failure."""
    terminal.hold()
    succeeded = False
    try:
        succeeded = await demo.show(lambda line: terminal.write("demo", line))
    finally:
        terminal.release(show=not succeeded)


def without_empty_queues(say: Say) -> Say:
    """Return a function for the app's lines: six times in five minutes, that a queue is empty is no news here."""

    def say_others(line: str) -> None:
        if not EMPTY_QUEUE.search(line):
            say(line)

    return say_others


def _storage(options: StackOptions) -> Azurite:
    ports = options.ports
    folder = options.data or folder_for(ports.blob)
    return Azurite(StorageOptions(ports.blob, ports.queue, ports.table, folder, storage_key(options.key)))


def _host(options: StackOptions, environ: Mapping[str, str], write: Say) -> HostProcess:
    return HostProcess(options.ports.functions, options.lease, options.numbers_file, environ, write, options.key)


def _standin(options: StackOptions, environ: Mapping[str, str], terminal: Terminal) -> StandIn:
    ports = options.ports
    settings = standin_options(environ, port=ports.twilio, app_port=ports.functions, key=options.key)
    return StandIn(settings, say=terminal.of_part("twilio"))


def _services(ports: Ports) -> str:
    return f"blob {ports.blob}, queue {ports.queue}, table {ports.table}"


def _write_up(terminal: Terminal, name: str, begun: float, address: str) -> None:
    terminal.write(name, f"up after {time.monotonic() - begun:.1f} s: {address}")


def _named(name: str, line: str) -> str:
    return f"{name:<9}  {line}"
