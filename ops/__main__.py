"""`python -m ops`: look after a deployment, in Azure or on this machine."""

from __future__ import annotations

from ops import calls, dead_letters, deliveries, doctor, opt_outs, point, rotate, secrets, texts
from ops.desk import group

app = group(
    "Look after Switchboard: in Azure by your own `az login`, or with --local the stack on this machine. "
    "Exit codes: 0 done, 1 what was asked failed, 2 asked for in a way that cannot be meant."
)
for commands in (texts, calls, point, secrets, rotate, doctor):
    commands.register(app)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(opt_outs.app, name="optouts")
app.add_typer(dead_letters.app, name="dead-letter")

if __name__ == "__main__":
    app(prog_name="python -m ops")
