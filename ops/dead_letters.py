"""`dead-letter`: what nothing more is done about, until somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.desk import Desk, Yes, group, operation
from ops.errors import OpsError, UsageError

if TYPE_CHECKING:
    from ops.letters import Held, Letter

app = group("Look at what nothing more is done about, put it back onto its queue, or drop it.")

Names = Annotated[list[str] | None, typer.Argument(help="Letters, by their id, message's id or command's id.")]
Every = Annotated[bool, typer.Option("--all", help="Each that there is.")]
COLUMNS = ("id", "command", "queue", "lies here", "reason")


@operation(app, "list")
async def list_(
    desk: Desk,
    every: Annotated[bool, typer.Option("--all", help="Beyond the oldest 32; hides each for a moment.")] = False,
) -> None:
    """List dead letters, the oldest first, without taking them.

    \b
    Examples:
      python -m ops dead-letter list --local
      python -m ops dead-letter list --all --json --app func-abc
    """
    from ops.terminal import ago

    letters = desk.edges.letters
    if every:
        with desk.terminal.progress("looking through the dead letters") as show:
            async with letters.held(lambda _: True, show) as held:
                found = [each.letter for each in held]
    else:
        found = await letters.peek()
    rows = ((each.id, each.command_id, each.queue, ago(each.buried), each.reason) for each in found)
    data = [
        {"id": each.id, "command": each.command_id, "queue": each.queue, "reason": each.reason, "buried": each.buried}
        for each in found
    ]
    desk.terminal.table({"letters": data}, COLUMNS, rows)
    count = await letters.count()
    if count > len(found):
        desk.terminal.note(f"These are {len(found)} of about {count}: --all shows each, and hides it for a moment.")


@operation(app, "show")
async def show(desk: Desk, name: Annotated[str, typer.Argument(help="Its id, message's id or command's id.")]) -> None:
    """Show a dead letter whole, the number and the text in it too.

    \b
    Examples:
      python -m ops dead-letter show t1 --local
    """
    letters = desk.edges.letters
    found = [each for each in await letters.peek() if each.is_named(name)]
    if not found:
        async with letters.held(lambda letter: letter.is_named(name)) as held:
            found = [each.letter for each in held]
    if not found:
        raise OpsError(f"there is no dead letter {name}")
    data = [{"id": each.id, "queue": each.queue, "reason": each.reason, "body": each.body} for each in found]
    lines = [line for each in found for line in (f"{each.id}  {each.queue}", f"  {each.reason}", each.body)]
    desk.terminal.answer({"letters": data}, *lines)


@operation(app, "replay")
async def replay(
    desk: Desk,
    names: Names = None,
    every: Every = False,
    queue: Annotated[str, typer.Option(help="Where letters belong that do not say so: sms-outbox, call-outbox.")] = "",
    yes: Yes = False,
) -> None:
    """Put dead letters back onto their outboxes, once the reason is mended.

    Each is deleted when it is back on its queue. One whose delivery came to an end stays, and is told.

    \b
    Examples:
      python -m ops dead-letter replay t1 --local
      python -m ops dead-letter replay --all --yes --app func-abc
    """
    from ops.replaying import Replay, has_no_id
    from switchboard.commands import COMMAND_TYPES

    if queue and queue not in COMMAND_TYPES:
        raise UsageError(f"--queue: one of {', '.join(COMMAND_TYPES)}")
    wanted = _wanted(names, every)
    async with desk.edges.letters.held(lambda letter: _is_one(letter, wanted)) as held:
        _check_found(held, names)
        without = sum(has_no_id(each.letter) for each in held)
        warning = f" {without} of them have no id: what went out already goes out twice." if without else ""
        desk.terminal.confirm(f"Put {len(held)} back onto their queues?{warning}", yes=yes)
        outcomes = []
        with desk.terminal.progress("putting them back") as tell:
            for each in held:
                outcomes.append(await Replay(desk.edges, queue).replay(each))
                tell(f"{len(outcomes)} of {len(held)} done")
    desk.terminal.answer({"letters": outcomes}, *(f"{each.command or each.letter}: {each.said}" for each in outcomes))
    left = sum(not each.replayed for each in outcomes)
    if left:
        raise OpsError(f"{left} of {len(outcomes)} are left where they were")


@operation(app, "drop")
async def drop(desk: Desk, names: Names = None, every: Every = False, yes: Yes = False) -> None:
    """Delete dead letters for good.

    \b
    Examples:
      python -m ops dead-letter drop t1 --local
      python -m ops dead-letter drop --all --yes --app func-abc
    """
    wanted = _wanted(names, every)
    async with desk.edges.letters.held(lambda letter: _is_one(letter, wanted)) as held:
        _check_found(held, names)
        desk.terminal.confirm(f"Delete {len(held)} for good? What they say is kept nowhere else.", yes=yes)
        for each in held:
            await desk.edges.letters.delete(each)
    dropped = [each.letter.id for each in held]
    desk.terminal.answer({"dropped": dropped}, f"{len(dropped)} dropped")


def _wanted(names: list[str] | None, every: bool) -> list[str] | None:
    """The names, None for all. Raises UsageError unless it is one or the other."""
    if bool(names) == every:
        raise UsageError("say which: their ids, or --all")
    return names or None


def _is_one(letter: Letter, wanted: list[str] | None) -> bool:
    return wanted is None or any(letter.is_named(name) for name in wanted)


def _check_found(held: list[Held], names: list[str] | None) -> None:
    if not held:
        raise OpsError(f"there is no dead letter {', '.join(names)}" if names else "there are no dead letters")
