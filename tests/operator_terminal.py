"""`./sb ops` on a pseudoterminal: what a test types are keys, Ctrl-C among them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Makes the pseudoterminal the controlling one, so that its keys are signals and getpass finds it.
LAUNCH = (
    "import fcntl, runpy, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "runpy.run_module('ops', run_name='__main__', alter_sys=True)"
)
CTRL_C, CTRL_D = "\x03", "\x04"
SECONDS = 30


class OperatorTerminal:
    """A running command and its terminal. `output` is what the command has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self.output = ""
        self._terminal = terminal

    def wait_for(self, text: str) -> None:
        """Waits until the command has printed this. Raises AssertionError after 30 s."""
        until = time.monotonic() + SECONDS
        while text not in self.output:
            assert time.monotonic() < until, f"not printed: {text!r} in {self.output!r}"
            self._read(0.1)

    def type(self, keys: str) -> None:
        """Types keys."""
        os.write(self._terminal, keys.encode())

    def hang_up(self) -> None:
        """Closes the terminal."""
        os.close(self._terminal)
        self._terminal = -1

    def exit_code(self, seconds: float = SECONDS) -> int:
        """Waits for the end of the command. Raises subprocess.TimeoutExpired."""
        until = time.monotonic() + seconds
        while self._terminal >= 0 and self.process.poll() is None and time.monotonic() < until:
            self._read(0.1)
        code = self.process.wait(max(0.1, until - time.monotonic()))
        if self._terminal >= 0:
            self._read(0.1)
        return code

    def close(self) -> None:
        """Ends the command, if it still runs, and the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._terminal >= 0:
            os.close(self._terminal)

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        with suppress(OSError):  # the other end is closed
            self.output += os.read(self._terminal, 65_536).decode() if ready else ""


@contextmanager
def on_a_terminal(*arguments: str, environ: Mapping[str, str]) -> Iterator[OperatorTerminal]:
    """Starts a command on a terminal of its own."""
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *arguments],
        cwd=ROOT,
        env={"PATH": "", "TERM": "xterm", **environ},
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
    )
    os.close(other_end)
    command = OperatorTerminal(process, terminal)
    try:
        yield command
    finally:
        command.close()
