"""The local host as a process of its own, as a test starts, reads and ends it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.functional.functions_host_app import KEY, App
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
UP = "functions host is up: "
SERVE = """
import asyncio, os, sys
from pathlib import Path
from local.app_services import ShiftedClock, use
from local.functions_host import HostOptions, serve
from local.local_secrets import file_of

use(Path("tests/numbers.toml").absolute(), ShiftedClock(), file_of(os.environ))
folder, lease, key, port = sys.argv[1:]
options = HostOptions(folder=Path(folder), port=int(port), lease=float(lease), function_key=key)
try:
    asyncio.run(serve(options))
except KeyboardInterrupt:
    print("interrupted")
"""


@dataclass
class HostProcess:
    """A running host; `said` is all that it wrote, its errors too."""

    process: asyncio.subprocess.Process
    folder: Path
    said: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def app(self) -> App:
        """What is asked by requests."""
        return App(self.folder, self.url, self.said)

    async def read_until_up(self) -> None:
        """Read its lines until it is up."""
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            async for line in self.process.stdout:
                self.said.append(line.decode().rstrip())
                if self.said[-1].startswith(UP):
                    self.url = self.said[-1].removeprefix(UP)
                    return
        raise AssertionError("the host ended:\n" + "\n".join(self.said))

    async def read_on(self) -> None:
        """Read its lines until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode().rstrip())

    async def end(self, signal: int) -> int:
        """Send it a signal, and give what it ended with."""
        if self.process.returncode is None:
            self.process.send_signal(signal)
        async with asyncio.timeout(START_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def host_process(
    folder: Path, environ: Mapping[str, str], lease: float = 600, port: int = 0
) -> AsyncIterator[HostProcess]:
    """A host in a process of its own, with warnings as errors; killed at the end if it still runs."""
    said = (str(folder), str(lease), KEY, str(port or free_port()))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", SERVE, *said),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    host = HostProcess(process, folder)
    try:
        await host.read_until_up()
        reading = asyncio.create_task(host.read_on())
        yield host
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    await reading
