"""An installer's output goes to a log file; the terminal shows progress."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from local.logged import CLEAR_LINE, LAST_LINES, run

LINES = 224


class Terminal(io.StringIO):
    """An output that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def installer(code: int) -> list[str]:
    """A program that prints many lines, and ends with this code."""
    return [sys.executable, "-c", f"for n in range({LINES}): print('line', n)\nraise SystemExit({code})"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log file, in a folder that is absent."""
    return tmp_path / "logs" / "pip.log"


def test_the_log_has_every_line(log: Path) -> None:
    """In their order."""
    assert run(log, "Installing", installer(0), io.StringIO()) == 0
    assert log.read_text().splitlines() == [f"line {n}" for n in range(LINES)]


def test_a_file_gets_the_start_and_the_end(log: Path) -> None:
    """Not 224 lines."""
    out = io.StringIO()
    run(log, "Installing", installer(0), out)
    first, last = out.getvalue().splitlines()
    assert first == "Installing …"
    assert last.startswith("Installing: done in ")


def test_a_terminal_shows_progress_in_one_line(log: Path) -> None:
    """Each line of the installer replaces the one before."""
    out = Terminal()
    run(log, "Installing", installer(0), out)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().count(CLEAR_LINE) == LINES + 1


def test_a_failure_shows_the_last_lines_and_the_log(log: Path) -> None:
    """With the installer's exit code."""
    out = io.StringIO()
    assert run(log, "Installing", installer(3), out) == 3
    *_, before, last = out.getvalue().splitlines()
    assert before == f"  line {LINES - 1}"
    assert last == f"! all of its output is in {log}"
    assert out.getvalue().count("  line") == LAST_LINES
