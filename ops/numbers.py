"""`numbers`: checks numbers.toml, and shows what a number does at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.command import CommandContext, NumbersFileOption, command, command_group
from ops.errors import OpsError, UsageError

app = command_group("Check numbers.toml, and show what your numbers do.")

FileArgument = Annotated[Path | None, typer.Argument(metavar="FILE", help="The file. Default: numbers.toml.")]
At = Annotated[
    str, typer.Option("--at", metavar="TIME", help="As 2026-12-25T10:00, by the number's own clock. Default: now.")
]


@command(app, "check")
async def check(context: CommandContext, file: FileArgument = None) -> None:
    """Check numbers.toml and flows.py: mistakes, or what each number does. Nothing is requested from Azure or Twilio.

    Each mistake has its line, and what to write instead; any of them gives exit code 1. `${NAME}` is a setting of the
    environment or azd, with --local of local.settings.json.

    \b
    Examples:
      ./sb ops numbers check
      ./sb ops numbers check new.toml --local
    """
    from ops.flows_file import flow_mistakes
    from ops.numbers_file import mistakes, read_numbers
    from switchboard.numbers.summary import summary

    numbers = read_numbers(context.deployment, file)
    flows = flow_mistakes(numbers, file)
    found = [*mistakes(numbers), *flows]
    lines = [*(str(problem) for problem in numbers.problems), *flows]
    text = "" if found else summary(numbers, datetime.now(UTC))
    context.terminal.answer({"problems": numbers.problems, "flows": flows, "summary": text}, *lines, *text.splitlines())
    if found:
        raise OpsError(f"{len(found)} {'mistake' if len(found) == 1 else 'mistakes'} in {file or 'numbers.toml'}")


@command(app, "show")
async def show(
    context: CommandContext,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number that is called, as +351210000001.")],
    at: At = "",
    file: NumbersFileOption = None,
) -> None:
    """Show whether a number is open at a time, since and until when, and what a caller gets.

    \b
    Examples:
      ./sb ops numbers show +351210000001
      ./sb ops numbers show +351210000001 --at 2026-12-25T10:00
    """
    from ops.numbers_file import read_numbers
    from switchboard.numbers.summary import shown_at

    text = shown_at(read_numbers(context.deployment, file), number, _moment(at))
    context.terminal.answer({"number": number, "at": at or "now", "text": text}, *text.splitlines())


def _moment(text: str) -> datetime:
    """Reads a time; one without a zone is by the number's own clock."""
    if not text:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at {text}: expected a time as 2026-12-25T10:00") from error
