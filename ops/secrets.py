"""`set-secret`: put one of Twilio's secrets into Key Vault."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, Yes, operation
from ops.errors import UsageError

# As switchboard.adapters.key_vault has them, which is imported when the command runs.
NAMES = ("twilio-auth-token", "twilio-auth-token-next", "twilio-api-key-secret", "twilio-webhooks-shared-key")


def register(app: typer.Typer) -> None:
    """Add `set-secret`."""
    operation(app, "set-secret")(set_secret)


async def set_secret(
    desk: Desk,
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.", show_default=False)],
    yes: Yes = False,
) -> None:
    """Put a secret into the vault, from a prompt or from standard input; never from an argument.

    \b
    Examples:
      python -m ops set-secret twilio-auth-token --vault kv-abc
      pass show twilio/token | python -m ops set-secret twilio-auth-token --yes --vault kv-abc
    """
    if name not in NAMES:
        raise UsageError(f"{name} is none of {', '.join(NAMES)}")
    vault = desk.edges.vault
    value = desk.terminal.secret(f"{name} (it is not shown): ")
    if not value or not value.isascii() or any(letter.isspace() for letter in value):
        raise UsageError("a secret is one word of ASCII letters and digits, and this is not: nothing was set")
    if await vault.read(name) is not None:
        desk.terminal.confirm(f"{name} is set: put this value in its place?", yes=yes)
    await vault.write(name, value)
    desk.terminal.answer({"name": name, "set": True}, f"{name} is set; the app reads it within ten minutes")
