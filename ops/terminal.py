"""The operator's terminal: answers on standard output, everything else on standard error."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.errors import OpsError, UsageError

# Columns of a table in a file or a pipe, where nothing is cut off.
WIDE = 240


class Terminal:
    """Prints answers and notes. With `as_json` standard output has one JSON document and nothing else."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        width = None if sys.stdout.isatty() else WIDE
        self._out = Console(soft_wrap=True, highlight=False, markup=False, width=width)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

    def answer(self, data: object, *lines: str) -> None:
        """Prints the command's result: these lines, or the data as JSON."""
        if self._as_json:
            self._print_json(data)
            return
        for line in lines:
            self._out.print(line)

    def table(self, data: object, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Prints the command's result as a table, or the data as JSON."""
        if self._as_json:
            self._print_json(data)
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        self._out.print(table if table.row_count else "none")

    def note(self, line: str) -> None:
        """Prints a line on standard error."""
        self._err.print(line)

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows progress on a terminal; yields the function that updates it."""
        with self._err.status(Text(text)) as status:
            yield lambda update: status.update(Text(update))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks the operator. Raises OpsError unless the answer is yes, UsageError when there is no terminal."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} There is no terminal to ask on: give --yes")
        self._err.print(f"{question} [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise OpsError("not confirmed: nothing more was done")

    def secret(self, prompt: str) -> str:
        """Reads a value without showing it, from a prompt; without a terminal, all of standard input."""
        return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.read()).strip()

    def _print_json(self, data: object) -> None:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data, enc_hook=_plain), indent=2).decode() + "\n")


def _plain(value: object) -> str:
    """Converts the datetime subclass of the tables' SDK, which msgspec does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise NotImplementedError(f"no JSON for {type(value).__name__}")
