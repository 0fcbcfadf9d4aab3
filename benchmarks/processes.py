"""Processes that a row starts and asks line by line, and the CPU that a process has used."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from local import processes

ROOT = Path(__file__).parents[1]
LINE_SECONDS = 120


def cpu_of(pid: int) -> float:
    """Returns the seconds of CPU that the threads of a process have used. Linux only: 0 elsewhere."""
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.exists():
        return 0
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def resident(pid: int) -> int:
    """Returns the memory of a process in bytes, 0 where /proc does not exist."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Child:
    """A process that answers each line on its standard input with a line of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines = processes.lines(process)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    async def said(self) -> Any:  # noqa: ANN401  # the JSON of any program
        """Returns its next line of JSON; raises with the output when it ends instead."""
        output: list[str] = []
        async with asyncio.timeout(LINE_SECONDS):
            async for line in self._lines:
                if line.startswith(("{", "[")) or line.isdigit():
                    return json.loads(line)
                output.append(line)
        raise RuntimeError("\n".join(["a process of the benchmarks ended:", *output[-30:]]))

    async def ask(self, question: object) -> Any:  # noqa: ANN401  # the JSON of any program
        """Sends a line of JSON, and returns its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self.said()


@asynccontextmanager
async def child(module: str, *arguments: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """Starts a module of this package, and ends its process afterwards."""
    command = [sys.executable, "-m", module, *arguments]
    process = await processes.start(
        command, folder=ROOT, environ={**os.environ, **(environ or {}), "PYTHONUNBUFFERED": "1"}, has_input=True
    )
    try:
        yield Child(process)
    finally:
        await processes.stop(process)


@asynccontextmanager
async def twilio(seconds: float) -> AsyncIterator[tuple[str, int]]:
    """Starts Twilio's side; yields its URL and the id of its process."""
    async with child("benchmarks.programs.twilio", str(seconds)) as process:
        yield f"http://127.0.0.1:{await process.said()}", process.pid


def seen(url: str) -> list[float]:
    """Returns the monotonic times of Twilio's creates since the last call."""
    with urlopen(f"{url}/seen") as response:  # noqa: S310  # loopback http
        times: list[float] = json.load(response)
    return times
