"""`rotate`: gives the account a new auth token, without a refused webhook."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, YesOption, command


def register(app: typer.Typer) -> None:
    """Adds `rotate`."""
    command(app, "rotate")(rotate)


async def rotate(
    context: CommandContext,
    manual: Annotated[
        bool, typer.Option("--manual", help="You create the secondary token in Twilio's console, and type it here.")
    ] = False,
    settle: Annotated[str, typer.Option(metavar="TIME", help="How long the next token stays in the vault.")] = "11m",
    yes: YesOption = False,
) -> None:
    """Rotate the account's auth token: create the next one, promote it, and delete the old one.

    Checks each step with a webhook that the app must accept. An interrupted rotation continues where it stopped. With
    --manual the token is still promoted here, unless you have promoted it in the console too.

    \b
    Examples:
      ./sb ops rotate --app func-abc --vault kv-abc
      ./sb ops rotate --manual --settle 20m
    """
    from ops.app_probe import AppProbe
    from ops.deployment import ACCOUNT_SID
    from ops.durations import parse_duration
    from ops.token_rotation import TokenRotation
    from switchboard.settings import KEY_VAULT_URL, PUBLIC_BASE_URL

    terminal = context.terminal
    context.deployment.refuse_local(
        "there is no vault; the stand-in's token is TWILIO_AUTH_TOKEN of local.settings.json"
    )
    context.deployment.require(KEY_VAULT_URL, ACCOUNT_SID, PUBLIC_BASE_URL)
    async with AppProbe(context.services.settings.public_origin) as app:
        rotation = TokenRotation(
            vault=context.services.vault,
            account=context.services.account_by,
            app=app,
            report=terminal.note,
            confirm=lambda question: terminal.confirm(question, yes=yes),
            prompt=(lambda: terminal.secret("The secondary auth token (it is not shown): ")) if manual else None,
            settle_seconds=parse_duration(settle),
        )
        done = await rotation.run()
    terminal.answer({"done": done}, "the auth token is rotated")
