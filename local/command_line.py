"""What the commands of `./sb local` share: settings, sentences for errors, Ctrl-C, and output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import typer
import typer.core

from local import settings
from local.errors import LocalError
from local.printable import escape_controls


class CommandGroup(typer.core.TyperGroup):
    """A group of commands whose help has the first sentence of each, whole. Typer cuts it at the end of the line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  # classes that typer keeps private
        """Write the list of commands."""
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [
            (name, each.get_short_help_str(sys.maxsize)) for name, each in found.items() if each and not each.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@contextmanager
def with_settings() -> Iterator[None]:
    """Load the settings. Print a LocalError as a sentence, and exit with 1."""
    with errors_as_sentences():
        if settings.load(settings.ROOT, os.environ):
            typer.echo(f"{settings.SETTINGS} is created from {settings.EXAMPLE}", err=True)
        yield


@contextmanager
def with_run() -> Iterator[None]:
    """Load the settings with the addresses of what runs. Print a LocalError as a sentence, and exit with 1."""
    with errors_as_sentences():
        from local.running import load

        if note := load(settings.ROOT, os.environ):
            typer.echo(note, err=True)
        yield


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Print a LocalError as a sentence, and exit with 1."""
    try:
        yield
    except LocalError as error:
        typer.echo(escape_controls(f"! {error}", keep="\n"), err=True)
        raise typer.Exit(1) from error


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run the work until it ends, or until Ctrl-C. Raises LocalError on Windows, which has other signals."""
    from local.shutdown import until_stopped

    if sys.platform == "win32":
        work.close()
        raise LocalError(
            "the local stack runs on Linux and macOS: on Windows use WSL or the dev container, see README.md"
        )
    asyncio.run(until_stopped(work))


def say(line: str) -> None:
    """Print a line at once, even into a file or a pipe. It may contain texts from outside."""
    print(escape_controls(line), flush=True)


def print_transcript(transcript: str) -> None:
    """Print what a call or text did, in colours on a terminal."""
    from local.colours import output, paint

    output().print(paint(escape_controls(transcript, keep="\n\t")))
