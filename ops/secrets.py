"""`set-secret`: writes one of Twilio's secrets to Key Vault."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, YesOption, command
from ops.errors import UsageError

# The names of switchboard.adapters.key_vault. It loads Azure's SDK, so it is imported when the command runs.
NAMES = ("twilio-auth-token", "twilio-auth-token-next", "twilio-api-key-secret", "twilio-webhooks-shared-key")


def register(app: typer.Typer) -> None:
    """Adds `set-secret`."""
    command(app, "set-secret")(set_secret)


async def set_secret(
    context: CommandContext,
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.", show_default=False)],
    yes: YesOption = False,
) -> None:
    """Write a secret to the vault, from a prompt or from standard input; never from an argument.

    \b
    Examples:
      ./sb ops set-secret twilio-auth-token --vault kv-abc
      pass show twilio/token | ./sb ops set-secret twilio-auth-token --yes --vault kv-abc
    """
    if name not in NAMES:
        raise UsageError(f"{name} is not one of {', '.join(NAMES)}")
    vault = context.services.vault
    value = context.terminal.secret(f"{name} (it is not shown): ")
    if not value or not value.isascii() or any(letter.isspace() for letter in value):
        raise UsageError("a secret is one word of ASCII letters and digits, and this is not: nothing was set")
    if await vault.read(name) is not None:
        context.terminal.confirm(f"{name} is already set. Replace it?", yes=yes)
    await vault.write(name, value)
    context.terminal.answer({"name": name, "set": True}, f"{name} is set; the app reads it within ten minutes")
