"""`doctor`: checks every part of a deployment."""

from __future__ import annotations

import typer

from ops.command import CommandContext, NumbersFileOption, command
from ops.errors import OpsError


def register(app: typer.Typer) -> None:
    """Adds `doctor`."""
    command(app, "doctor")(doctor)


async def doctor(context: CommandContext, file: NumbersFileOption = None) -> None:
    """Check settings, queues, tables, secrets, the app, Twilio and numbers.toml: each line is ok, or what to do.

    The health page checks the roles of the app; reading the parts checks yours. Exit code 1 when a check fails.

    \b
    Examples:
      python -m ops doctor --local
      python -m ops doctor --json --app func-abc --storage stabc --vault kv-abc
    """
    from ops.checks import run_checks

    results = []
    with context.terminal.progress("checking") as show:
        async for result in run_checks(context, file):
            results.append(result)
            show(f"{result.name}: checked")
    lines = [f"{'ok' if each.ok else '!!'}  {each.name}: {each.detail}" for each in results]
    context.terminal.answer({"checks": results}, *lines)
    failed = [each.name for each in results if not each.ok]
    if failed:
        raise OpsError(f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}")
