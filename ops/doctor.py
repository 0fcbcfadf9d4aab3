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
      ./sb ops doctor --local
      ./sb ops doctor --json --app func-abc --storage stabc --vault kv-abc
    """
    from ops.checks import Checks, by_cause

    with context.terminal.progress("checking") as show:
        checks = Checks(context, file, lambda name: show(f"checking {name}"))
        results = [each async for each in checks.run()]
    causes = by_cause(results)
    lines = [f"{'ok' if each.ok else '!!'}  {each.name}: {each.detail}" for each in causes]
    context.terminal.answer({"checks": results}, *lines)
    failed = [each.name for each in causes if not each.ok]
    if failed:
        raise OpsError(f"{len(failed)} of {len(causes)} checks failed: {'; '.join(failed)}")
