"""Runs an installer with its output in a log file: `python -m local.logged LOG WHAT COMMAND…`.

A terminal shows one line of progress, a file or a pipe a line each EVERY_SECONDS. A failure prints the last lines and
the name of the log. It runs before anything is installed, so it imports the standard library only.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

EVERY_SECONDS = 15
LAST_LINES = 15
WIDTH = 78
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Shows on `out` what an installer does: on a terminal in one line that changes."""

    def __init__(self, what: str, out: TextIO) -> None:
        self._what = what
        self._out = out
        self._is_terminal = out.isatty()
        self._begun = self._shown = time.monotonic()
        if not self._is_terminal:
            self._write(f"{what} …\n")

    def show(self, line: str) -> None:
        """Show the installer's last line, if it is time to."""
        if self._is_terminal:
            self._write(CLEAR_LINE + f"{self._what}, {self._seconds():.0f} s: {line}"[:WIDTH])
        elif time.monotonic() - self._shown >= EVERY_SECONDS:
            self._shown = time.monotonic()
            self._write(f"  {self._seconds():.0f} s: {line}"[:WIDTH] + "\n")

    def end(self, how: str) -> None:
        """Show the result."""
        start = CLEAR_LINE if self._is_terminal else ""
        self._write(f"{start}{self._what}: {how} {self._seconds():.0f} s\n")

    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def run(log: Path, what: str, command: list[str], out: TextIO) -> int:
    """Run the command, and return its exit code. All of its output goes to `log`, which is replaced."""
    progress, last = Progress(what, out), deque[str](maxlen=LAST_LINES)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file, _started(command) as process:
        for line in _lines(process):
            file.write(f"{line}\n")
            last.append(line)
            progress.show(line.strip())
    if process.returncode:
        progress.end("failed after")
        out.write("".join(f"  {line}\n" for line in last) + f"! all of its output is in {log}\n")
    else:
        progress.end("done in")
    return process.returncode


def _started(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    )


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip():
            yield line.rstrip()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:], sys.stderr))
