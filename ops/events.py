"""`events`: shows what the app reports to your systems; it takes an event from them only with --take."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, YesOption, command

Follow = Annotated[bool, typer.Option("--follow", help="Show new events too, until Ctrl-C.")]
Take = Annotated[bool, typer.Option("--take", help="Take each event after it is shown: no other consumer gets it.")]


def register(app: typer.Typer) -> None:
    """Adds `events`."""
    command(app, "events")(events)


async def events(context: CommandContext, follow: Follow = False, take: Take = False, yes: YesOption = False) -> None:
    """Show the events that wait on the queue `events`, oldest first.

    It peeks: nothing is taken from your consumers, and only the oldest 32 can be seen. What a consumer has taken
    already is not there any more.

    \b
    Examples:
      ./sb ops events --local
      ./sb ops events --follow --app func-abc --storage stabc
      ./sb ops events --take --yes --json --local
    """
    from local.events import Reading, line_of, read_events
    from switchboard.queues import EVENTS

    if take:
        context.terminal.confirm("Take the events away from every other consumer?", yes=yes)
    queue = context.services.queue_service.get_queue_client(EVENTS)
    count = 0
    async for event in read_events(queue, Reading(follow=follow, take=take), context.terminal.note):
        count += 1
        context.terminal.answer(event, line_of(event))
    if not count:
        context.terminal.note("no event waits")
