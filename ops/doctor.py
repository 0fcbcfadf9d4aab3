"""`doctor`: is everything there, and does it fit together."""

from __future__ import annotations

import typer

from ops.desk import Desk, operation
from ops.errors import OpsError


def register(app: typer.Typer) -> None:
    """Add `doctor`."""
    operation(app, "doctor")(doctor)


async def doctor(desk: Desk) -> None:
    """Look at settings, queues, tables, secrets, the app, and Twilio: each is ok, or what to do.

    The app's own roles are seen by its health page, yours by what you can read. Exit 1 when anything is wrong.

    \b
    Examples:
      python -m ops doctor --local
      python -m ops doctor --json --app func-abc --storage stabc --vault kv-abc
    """
    from ops.checks import findings

    found = []
    with desk.terminal.progress("looking") as show:
        async for finding in findings(desk):
            found.append(finding)
            show(f"{finding.name}: looked at")
    lines = [f"{'ok' if each.ok else '!!'}  {each.name}: {each.said}" for each in found]
    desk.terminal.answer({"checks": found}, *lines)
    wrong = [each.name for each in found if not each.ok]
    if wrong:
        raise OpsError(f"{len(wrong)} of {len(found)} are not as they have to be: {', '.join(wrong)}")
