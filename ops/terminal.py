"""The operator's terminal: answers on standard output, everything else on standard error."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.errors import OpsError, UsageError

# Columns where the output is a file or a pipe: nothing is cut off there.
WIDE = 240


class Terminal:
    """Says things. With `as_json` standard output has one JSON document, and nothing else."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        width = None if sys.stdout.isatty() else WIDE
        self._out = Console(soft_wrap=True, highlight=False, markup=False, width=width)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

    def answer(self, data: object, *lines: str) -> None:
        """What was asked for: these lines for people, or the data as JSON for machines."""
        if self._as_json:
            self._print_json(data)
            return
        for line in lines:
            self._out.print(line)

    def table(self, data: object, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """The same, for what is many."""
        if self._as_json:
            self._print_json(data)
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        self._out.print(table if table.row_count else "none")

    def note(self, line: str) -> None:
        """Something on the way, for people."""
        self._err.print(line)

    @contextmanager
    def progress(self, words: str) -> Iterator[Callable[[str], None]]:
        """Show that something long goes on, and how far it is; a terminal alone shows it."""
        with self._err.status(Text(words)) as status:
            yield lambda further: status.update(Text(further))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only if the operator says so. Raises OpsError when not, UsageError where nobody can be asked."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody can be asked here: say --yes if it is meant")
        self._err.print(f"{question} [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise OpsError("nothing was done")

    def secret(self, prompt: str) -> str:
        """A value that is not shown: typed at a prompt, or else all of standard input."""
        return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.read()).strip()

    def _print_json(self, data: object) -> None:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data, enc_hook=_plain), indent=2).decode() + "\n")


def _plain(value: object) -> str:
    """The tables' SDK has a kind of time of its own."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise NotImplementedError(f"no JSON for {type(value).__name__}")


def ago(time: datetime | None) -> str:
    """How long ago, in one unit: `5 min`."""
    return "" if time is None else _span((datetime.now(UTC) - time).total_seconds())


def from_now(time: datetime) -> str:
    """The same with its direction: `5 min ago`, `in 23 h`."""
    seconds = (datetime.now(UTC) - time).total_seconds()
    return f"{_span(seconds)} ago" if seconds >= 0 else f"in {_span(-seconds)}"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def seconds_of(text: str) -> float:
    """`90`, `90s`, `5m`, `2h`, `3d` in seconds. Raises UsageError."""
    sizes = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    digits, size = (text[:-1], sizes[text[-1]]) if text[-1:] in sizes else (text, 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise UsageError(f"{text!r} is no length of time: write 90s, 5m, 2h or 3d")
    return int(digits) * size
