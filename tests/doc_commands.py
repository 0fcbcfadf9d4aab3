"""The commands of a page of the documentation: read from its `sh` blocks, and parsed without being run."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from ops.__main__ import app
from ops.command import USAGE

DOCS = Path(__file__).parents[1] / "docs"
OPS = re.compile(r"\./sb ops (?P<arguments>.*)")
# What a reader puts in place of <…>: values of the right form.
VALUES = {
    "id": "t1",
    "SID": "SM" + "0" * 32,
    "number": "+15005550006",
    "group": "rg-a",
    "name": "app-a",
    "commit": "HEAD",
}


def page(name: str) -> str:
    """Returns the text of a page of docs/."""
    return (DOCS / name).read_text()


def section(text: str, heading: str) -> str:
    """Returns the text under a heading of the second level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def shell_lines(text: str) -> list[str]:
    """Returns each line of each `sh` block, without the indentation of a list; a line ending with \\ goes on."""
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    joined = [textwrap.dedent(block).replace("\\\n", " ") for _, block in blocks]
    return [line for block in joined for line in block.splitlines() if line and not line.startswith("#")]


def ops_commands(text: str) -> list[str]:
    """Returns what follows `ops` in each line that is such a command."""
    return [found["arguments"] for line in shell_lines(text) if (found := OPS.fullmatch(line))]


def filled(command: str, values: Mapping[str, str] = VALUES) -> list[str]:
    """Returns the arguments with values in place of <…>. Raises KeyError for an unknown one."""
    return [re.sub(r"<(\w+)>", lambda found: values[found[1]], word) for word in shlex.split(command)]


class WrongCommand(Exception):
    """There is no such command, or not with these options and arguments."""


def parse_ops(arguments: list[str]) -> str:
    """Parses a command as `./sb ops` does, without running it, and returns its name. Raises WrongCommand."""
    command: Any = typer.main.get_command(app)
    words = list(arguments)
    while subcommands := getattr(command, "commands", None):
        command = subcommands.get(words.pop(0) if words else "")
        if command is None:
            raise WrongCommand(f"there is no command {' '.join(arguments)}")
    try:
        command.make_context(command.name, words)
    except Exception as error:
        # typer has a copy of click, whose classes have no public name.
        if getattr(error, "exit_code", 0) == USAGE:
            raise WrongCommand(str(error)) from error
        raise
    return str(command.name)
