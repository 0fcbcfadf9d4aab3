"""The app's services in the local host's own process: another numbers.toml, and a clock that the stack sets.

The stack writes to the host's standard input. No request reaches the clock, and nothing of this is deployed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.queue_tap import TappedServices
from switchboard import services
from switchboard.clock import SystemClock
from switchboard.services import SECRETS_FILE, Services

OFFSET = "clock_offset"


@dataclass
class ShiftedClock(SystemClock):
    """The machine's clock, shifted by `seconds`."""

    seconds: float = 0

    def now(self) -> datetime:
        """Returns the shifted time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


def message(seconds: float) -> bytes:
    """Returns the line that shifts the host's clock."""
    return json.dumps({OFFSET: seconds}).encode() + b"\n"


def use(numbers_file: Path, clock: ShiftedClock, secrets_file: Path = SECRETS_FILE, *, tapped: bool = False) -> None:
    """Makes the app read these files, and look up opening hours by this clock.

    `tapped`: the app reports to the stack what it queues.
    """
    made = TappedServices if tapped else Services
    services.build_with(
        lambda environ: made(environ, hours_clock=clock, numbers_file=numbers_file, secrets_file=secrets_file)
    )


@asynccontextmanager
async def following_standard_input(clock: ShiftedClock) -> AsyncIterator[None]:
    """Shifts the clock as the lines on standard input say, until the `async with` ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    reading = asyncio.create_task(_follow(reader, clock))
    try:
        yield
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        transport.close()


async def _follow(reader: asyncio.StreamReader, clock: ShiftedClock) -> None:
    async for line in reader:
        with suppress(ValueError, KeyError, TypeError):
            clock.seconds = float(json.loads(line)[OFFSET])
