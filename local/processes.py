"""Child processes of the local stack. They end with their parent."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

PARENT_DEATH_SIGNAL = 1
PATIENCE_SECONDS = 5
# Longer than the largest queue message, which the Functions host reports in one line.
LONGEST_LINE = 256 * 1024


async def start(
    command: Sequence[str | Path], *, folder: Path, environ: Mapping[str, str] | None = None, has_input: bool = False
) -> asyncio.subprocess.Process:
    """Start a program. The caller reads its standard output and error, line by line, and may write to its input."""
    return await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=folder,
        env=environ,
        stdin=asyncio.subprocess.PIPE if has_input else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
        # A session of its own: Ctrl-C reaches the parent alone, which ends its children in order.
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


async def lines(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    """Yield a program's output, line by line; a line longer than the buffer is left out."""
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()


async def stop(process: asyncio.subprocess.Process, patience: float = PATIENCE_SECONDS) -> None:
    """Terminate a process, and kill it after `patience` seconds."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(patience):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _die_with_parent() -> None:
    """Make Linux terminate this process when its parent ends for any reason."""
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
