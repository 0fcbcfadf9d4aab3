"""`rotate`: a new auth token, with no webhook refused on the way."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, Yes, operation


def register(app: typer.Typer) -> None:
    """Add `rotate`."""
    operation(app, "rotate")(rotate)


async def rotate(
    desk: Desk,
    manual: Annotated[
        bool, typer.Option("--manual", help="You make the secondary token in Twilio's console, and type it here.")
    ] = False,
    settle: Annotated[str, typer.Option(metavar="TIME", help="How long the next token waits in the vault.")] = "11m",
    yes: Yes = False,
) -> None:
    """Rotate the account's auth token: make the next, promote it, and let the old one go.

    Each step is checked by a webhook that the app must take. Cut off anywhere, it goes on where it was. With --manual
    the token is still promoted here, unless you have done that in the console too.

    \b
    Examples:
      python -m ops rotate --app func-abc --vault kv-abc
      python -m ops rotate --manual --settle 20m
    """
    from ops import place
    from ops.rotation import Rotation
    from ops.terminal import seconds_of
    from ops.webhook import App

    desk.place.refuse_local("there is no vault, and the stand-in's token is TWILIO_AUTH_TOKEN of local.settings.json")
    desk.place.require(place.VAULT, place.ACCOUNT, place.ORIGIN)
    async with App(desk.edges.settings.public_origin) as app:
        rotation = Rotation(
            vault=desk.edges.vault,
            account=desk.edges.account_by,
            app=app,
            say=desk.terminal.note,
            ask=lambda question: desk.terminal.confirm(question, yes=yes),
            typed=(lambda: desk.terminal.secret("The secondary auth token (it is not shown): ")) if manual else None,
            settle_seconds=seconds_of(settle),
        )
        done = await rotation.walk()
    desk.terminal.answer({"done": done}, "the auth token is rotated")
