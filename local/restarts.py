"""Restarts the Functions host when the app or the team's files are saved, and shows numbers.toml on the page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from local.numbers_board import NumbersBoard
from local.parts import HostProcess, PartError
from local.settings import ROOT
from local.watch import Watch

SHOWN_SECONDS = 30


class NumbersPage(Protocol):
    """The part of a stand-in that restarts use: its page, and the webhooks that wait meanwhile."""

    def show_numbers(self, shown: Mapping[str, object], own: Iterable[str] = ()) -> None:
        """Show numbers.toml and the clock. `own` are the account's numbers."""

    def on_clock(self, set_clock: Callable[[str], None]) -> None:
        """Call this with the time that somebody sets on the page."""

    def pause_webhooks(self) -> None:
        """Send no webhooks until `resume_webhooks`."""

    async def webhooks_answered(self) -> None:
        """Wait until the app has answered the webhooks that it has, or their time is over."""

    def resume_webhooks(self, failure: str = "") -> None:
        """Send the webhooks that wait. `failure` says why the app is not up again."""


class Restarts:
    """Calls live in the stand-in: during a restart their webhooks wait, and go on afterwards.

    Files are watched from the moment when this is made: make it before the host starts.
    """

    def __init__(
        self, board: NumbersBoard, host: HostProcess, standin: NumbersPage, say: Callable[[str], None]
    ) -> None:
        self._board = board
        self._host = host
        self._standin = standin
        self._say = say
        self._watch = Watch(self._files)

    async def follow(self) -> None:
        """Restart at each save, until cancelled. A host that does not start is tried again at the next save."""
        self._say_mistakes()
        async for changed in self._watch.saves():
            self._board.read()
            self._standin.show_numbers(self._board.to_json(), self._board.phone_numbers())
            await self._restart(", ".join(sorted(path.name for path in changed)))
            self._say_mistakes()

    async def _restart(self, saved: str) -> None:
        begun = time.monotonic()
        self._standin.pause_webhooks()
        failure = ""
        try:
            # The end of the host would break their connections: a busy app takes seconds to answer.
            await self._standin.webhooks_answered()
            await self._host.restart()
        except PartError as error:
            failure = str(error)
            self._say(f"! {saved} saved, not restarted: {error}")
        else:
            self._say(f"{saved} saved: restarted in {time.monotonic() - begun:.1f} s")
            for check, problem in self._host.problems.items():
                self._say(f"! the app is not healthy: {check}: {problem}")
        finally:
            self._standin.resume_webhooks(failure)

    def _say_mistakes(self) -> None:
        for mistake in self._board.mistakes():
            self._say(f"! {mistake}")

    def _files(self) -> Iterator[Path]:
        yield self._board.path
        yield self._board.flows
        yield ROOT / "function_app.py"
        yield from (ROOT / "switchboard").rglob("*.py")


async def show_numbers(board: NumbersBoard, host: HostProcess, standin: NumbersPage) -> None:
    """Show the file and the clock on the page, and take the page's clock, until cancelled."""

    def set_clock(text: str) -> None:
        host.shift_clock(board.set_clock(text))
        standin.show_numbers(board.to_json(), board.phone_numbers())

    standin.on_clock(set_clock)
    while True:
        standin.show_numbers(board.to_json(), board.phone_numbers())
        await asyncio.sleep(SHOWN_SECONDS)
