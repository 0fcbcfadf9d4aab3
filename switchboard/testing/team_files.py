"""The team's numbers.toml and flows.py, as a test plays them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from switchboard.flows.answering import Ran, Surroundings
from switchboard.flows.flows_file import FlowsFile
from switchboard.numbers import Number, Numbers
from switchboard.numbers.hours import zone_of
from switchboard.numbers.reader import read_file

ROOT = Path(__file__).parents[2]
EXAMPLE = "local.settings.example.json"


class TeamFiles(msgspec.Struct, frozen=True):
    """Both files, and the settings of the test."""

    numbers: Numbers
    flows: FlowsFile
    settings: Mapping[str, str]

    def around(self, now: datetime) -> Surroundings:
        """Returns what a flow runs in."""
        return Surroundings(flows=self.flows, numbers=self.numbers, environ=self.settings, now=now, time=now)


def team_files(folder: Path, settings: Mapping[str, str]) -> TeamFiles:
    """Reads the files of a folder. Raises AssertionError with each mistake of numbers.toml."""
    __tracebackhide__ = True
    settings = {**_example_settings(), **settings}
    numbers = read_file(folder / "numbers.toml", settings, local=True)
    mistakes = [str(problem) for problem in numbers.problems if not problem.warning]
    if mistakes:
        raise AssertionError("\n".join(["numbers.toml has mistakes:", *(f"  {mistake}" for mistake in mistakes)]))
    return TeamFiles(numbers, _flows(folder / "flows.py"), settings)


def moment(at: str | datetime, number: Number) -> datetime:
    """Returns a test's time in UTC; one without a zone is by the number's clock. Raises ValueError."""
    found = datetime.fromisoformat(at) if isinstance(at, str) and at else at
    if not isinstance(found, datetime):
        return datetime.now(UTC)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone_of(number.hours.time_zone) if number.hours else UTC)
    return found.astimezone(UTC)


def run_flow(coroutine: Coroutine[Any, Any, Ran]) -> Ran:
    """Runs a flow to its end. Raises AssertionError, from the flow's own exception, when it fails."""
    __tracebackhide__ = True
    ran = asyncio.run_coroutine_threadsafe(coroutine, _loop()).result()
    if ran.failure is not None:
        raise AssertionError(f"the flow {ran.run.flow} failed: {ran.failure}") from ran.failure.__cause__
    return ran


def _example_settings() -> dict[str, str]:
    values: dict[str, str] = json.loads((ROOT / EXAMPLE).read_text())["Values"]
    return values


@cache
def _flows(path: Path) -> FlowsFile:
    """Loaded once in a test run, as once in a worker."""
    return FlowsFile(path)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """An event loop in a thread: a test may be `async def` itself."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="testing", daemon=True).start()
    return loop
