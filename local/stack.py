"""The whole stack in one terminal: Azurite, Twilio's stand-in and the Functions host, until Ctrl-C."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.addresses import Ports, point_at_stack
from local.demo import Demo, to_try
from local.ledger import LedgerFollower, hearing
from local.parts import HostProcess, standin_options
from local.ports import ensure_free
from local.stopping import until_first_ends
from local.storage import Azurite, StorageOptions, folder_for
from local.twilio.server import StandIn

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """Where the parts listen, and the ports that commands in another terminal take without being told.

    `lease` is how many seconds a dead worker's message stays hidden; `data` absent: a folder of these ports' own.
    """

    ports: Ports
    usual: Ports
    lease: float = 600
    data: Path | None = None
    demo: bool = True


class Screen:
    """Where everybody has their say, each line after a name; the parts can be made to wait meanwhile."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._held: list[str] | None = None

    def part(self, name: str) -> Say:
        """What a part calls with each of its lines."""

        def tell(line: str) -> None:
            if self._held is None:
                self.tell(name, line)
            else:
                self._held.append(_named(name, line))

        return tell

    def tell(self, name: str, line: str) -> None:
        """Say a line now."""
        self._say(_named(name, line))

    def hold(self) -> None:
        """Keep what the parts say."""
        self._held = []

    def release(self, *, shown: bool) -> None:
        """Let the parts speak again; what was kept is shown, or dropped."""
        held, self._held = self._held or [], None
        for line in held if shown else ():
            self._say(line)


async def run(options: StackOptions, environ: MutableMapping[str, str], *, say: Say) -> None:
    """Start the parts, show the demo, and tell what happens until cancelled; then end them, the last one first.

    `environ` is changed to name this stack. Raises LocalError: a port is taken (then nothing was started), or a part
    could not start, or ended by itself.
    """
    options.ports.check()
    for port, wanted_for in options.ports.wanted_for().items():
        ensure_free(port, wanted_for)
    point_at_stack(environ, options.ports)
    screen, begun, since = Screen(say), time.monotonic(), datetime.now(UTC)
    standing_in = _standin(options, environ, screen)
    try:
        async with AsyncExitStack() as parts:
            storage = await parts.enter_async_context(_storage(options))
            _tell_up(screen, "storage", begun, _services(options.ports))
            standin = await parts.enter_async_context(standing_in)
            _tell_up(screen, "twilio", begun, standin.url)
            tell = hearing(standin, screen.part("functions"))
            host = await parts.enter_async_context(HostProcess(options.ports.functions, options.lease, environ, tell))
            _tell_up(screen, "functions", begun, options.ports.app_url)
            ledger = LedgerFollower(options.ports.storage, standin, since, screen.part("ledger"))
            shown = (await parts.enter_async_context(ledger)).follow()
            await until_first_ends(storage.ended(), host.ended(), _follow(options, standin, host, screen), shown)
    finally:
        screen.tell("stack", "all parts have ended")


async def _follow(options: StackOptions, standin: StandIn, host: HostProcess, screen: Screen) -> None:
    """Show the demo, say what to try, and let the parts speak until cancelled."""
    for check, found in host.problems.items():
        screen.tell("functions", f"! the app is not well: {check}: {found}")
    if options.demo and not host.problems:
        await _show_demo(Demo.new(standin, options.ports.storage), screen)
    for line in to_try(options.ports, options.usual):
        screen.tell("try", line)
    await asyncio.Event().wait()


async def _show_demo(demo: Demo, screen: Screen) -> None:
    """The parts wait meanwhile, and tell what they have seen only when it went wrong."""
    screen.hold()
    went_well = False
    try:
        went_well = await demo.show(lambda line: screen.tell("demo", line))
    finally:
        screen.release(shown=not went_well)


def _storage(options: StackOptions) -> Azurite:
    ports = options.ports
    return Azurite(StorageOptions(ports.blob, ports.queue, ports.table, options.data or folder_for(ports.blob)))


def _standin(options: StackOptions, environ: Mapping[str, str], screen: Screen) -> StandIn:
    ports = options.ports
    settings = standin_options(environ, port=ports.twilio, app_port=ports.functions)
    return StandIn(settings, say=screen.part("twilio"))


def _services(ports: Ports) -> str:
    return f"blob {ports.blob}, queue {ports.queue}, table {ports.table}"


def _tell_up(screen: Screen, name: str, begun: float, where: str) -> None:
    screen.tell(name, f"up after {time.monotonic() - begun:.1f} s: {where}")


def _named(name: str, line: str) -> str:
    return f"{name:<9}  {line}"
