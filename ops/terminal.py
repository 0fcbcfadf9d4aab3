"""The operator's terminal: answers on standard output, everything else on standard error.

What is printed may come from anybody: texts, ids and reasons in messages. It is escaped here, and never read as markup.
"""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.printable import escape_controls, is_unsafe
from ops.errors import OpsError, UsageError
from ops.interrupts import interruptible

# Columns of a table in a file or a pipe, where nothing is cut off.
WIDE = 240
# A command that an error or a check suggests, up to the closing backtick.
SUGGESTED = re.compile(r"`\./sb ops [^`]*(?=`)")


class Terminal:
    """Prints answers and notes. With `as_json` standard output has one JSON document and nothing else.

    `naming` are the options that name the deployment: a command that a line suggests gets them.
    """

    def __init__(self, *, as_json: bool = False, naming: str = "") -> None:
        self._as_json = as_json
        self._naming = naming
        width = None if sys.stdout.isatty() else WIDE
        self._out = Console(soft_wrap=True, width=width)
        self._err = Console(stderr=True, soft_wrap=True)

    def answer(self, data: object, *lines: str) -> None:
        """Prints the command's result: these lines, or the data as JSON."""
        if self._as_json:
            self._print_json(data)
            return
        for line in lines:
            self._out.print(_plain_text(self._with_naming(line)))

    def table(self, data: object, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Prints the command's result as a table, or the data as JSON."""
        if self._as_json:
            self._print_json(data)
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*map(_plain_text, row))
        self._out.print(table if table.row_count else "none")

    def note(self, line: str) -> None:
        """Prints a line on standard error."""
        self._err.print(_plain_text(self._with_naming(line)))

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows progress on a terminal; yields the function that updates it."""
        with self._err.status(_plain_text(text)) as status:
            yield lambda update: status.update(_plain_text(update))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks the operator. Raises OpsError unless the answer is yes, UsageError when there is no terminal."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} There is no terminal to ask on: give --yes")
        if self._ask(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
            raise OpsError("not confirmed: nothing more was done")

    def secret(self, prompt: str) -> str:
        """Reads a value without showing it, from a prompt; without a terminal, all of standard input."""
        with interruptible():
            if not sys.stdin.isatty():
                return sys.stdin.read().strip()
            try:
                return getpass.getpass(prompt).strip()
            except (EOFError, KeyboardInterrupt) as ended:
                self._err.print()
                if isinstance(ended, EOFError):
                    raise OpsError("nothing was typed") from None
                raise

    def _ask(self, prompt: str) -> str:
        """Returns the line that the operator types, "" at the end of the input."""
        with interruptible():
            try:
                self._err.print(_plain_text(prompt), end="")
                line = sys.stdin.readline()
            except KeyboardInterrupt:
                self._err.print()
                raise
        if not line:
            self._err.print()
        return line

    def _with_naming(self, line: str) -> str:
        """Returns the line with the options added to each command in it, so that it fits where it was suggested."""
        return SUGGESTED.sub(lambda found: f"{found[0]}{self._naming}", line) if self._naming else line

    def _print_json(self, data: object) -> None:
        document = msgspec.json.format(msgspec.json.encode(data, enc_hook=_convert), indent=2).decode()
        # `events --take` deletes an event once it is printed: it must not be in a buffer when the process is killed.
        print(_escape_json(document), flush=True)


def _plain_text(text: str) -> Text:
    """Returns the text for rich, without control characters, markup and emoji codes."""
    return Text(escape_controls(text), overflow="fold")


def _escape_json(document: str) -> str:
    r"""Returns the same data with control characters as `\u` escapes; the line breaks between values stay."""
    return "".join(json.dumps(each)[1:-1] if each != "\n" and is_unsafe(each) else each for each in document)


def _convert(value: object) -> str:
    """Converts the datetime subclass of the tables' SDK, which msgspec does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise NotImplementedError(f"no JSON for {type(value).__name__}")
