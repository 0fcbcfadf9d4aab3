"""`./sb ops`: operates a deployment in Azure or the local stack."""

from __future__ import annotations

import local.interpreter  # noqa: F401  # the other imports need what it checks

# isort: split
from ops import (
    agents,
    calls,
    dead_letters,
    deliveries,
    doctor,
    events,
    forget,
    lookup,
    numbers,
    opt_outs,
    point,
    rotate,
    secrets,
    texts,
    upgrade,
)
from ops.command import command_group

app = command_group(
    "Operate Switchboard: in Azure by your own `az login`, or the local stack with --local. "
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
)
for commands in (texts, calls, point, secrets, rotate, doctor, lookup, events, forget, upgrade):
    commands.register(app)
app.add_typer(numbers.app, name="numbers")
app.add_typer(agents.app, name="agents")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(opt_outs.app, name="optouts")
app.add_typer(dead_letters.app, name="dead-letter")

if __name__ == "__main__":
    app(prog_name="./sb ops")
