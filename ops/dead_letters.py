"""`dead-letter`: lists, shows, replays and drops dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.command import CommandContext, YesOption, command, command_group
from ops.errors import OpsError, UsageError

if TYPE_CHECKING:
    from ops.dead_letter_queue import DeadLetterMessage, HiddenMessage

app = command_group("List and show dead letters, replay them to their outboxes, or drop them.")

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters, of their messages or of their commands.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]
COLUMNS = ("id", "command", "queue", "age", "reason")


@command(app, "list")
async def list_(
    context: CommandContext,
    every: Annotated[bool, typer.Option("--all", help="More than the oldest 32; hides each for a moment.")] = False,
) -> None:
    """List dead letters, oldest first, without taking them.

    \b
    Examples:
      ./sb ops dead-letter list --local
      ./sb ops dead-letter list --all --json --app func-abc
    """
    from ops.durations import age

    dead_letters = context.services.dead_letters
    if every:
        with context.terminal.progress("reading the dead letters") as show:
            async with dead_letters.hide(lambda _: True, show) as hidden:
                found = [each.message for each in hidden]
    else:
        found = await dead_letters.peek()
    rows = ((each.id, each.command_id, each.outbox, age(each.inserted_at), each.reason) for each in found)
    context.terminal.table({"dead_letters": [_as_json(each) for each in found]}, COLUMNS, rows)
    count = await dead_letters.count()
    if count > len(found):
        context.terminal.note(f"These are {len(found)} of about {count}: --all lists them all.")


@command(app, "show")
async def show(
    context: CommandContext,
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the dead letter, its message or its command.")],
) -> None:
    """Show a whole dead letter, with the number and the text in it.

    \b
    Examples:
      ./sb ops dead-letter show t1 --local
    """
    dead_letters = context.services.dead_letters
    found = [each for each in await dead_letters.peek() if each.has_id(name)]
    if not found:
        async with dead_letters.hide(lambda message: message.has_id(name)) as hidden:
            found = [each.message for each in hidden]
    if not found:
        raise OpsError(f"there is no dead letter {name}")
    data = [_as_json(each) | {"body": each.body} for each in found]
    context.terminal.answer({"dead_letters": data}, *(line for each in found for line in _lines(each)))


@command(app, "replay")
async def replay(
    context: CommandContext,
    names: Ids = None,
    every: All = False,
    queue: Annotated[str, typer.Option(help="Outbox of dead letters without one: sms-outbox, call-outbox.")] = "",
    without_record: Annotated[
        bool, typer.Option("--without-record", help="Also those whose record may be purged: they may be sent twice.")
    ] = False,
    yes: YesOption = False,
) -> None:
    """Put dead letters back onto their outboxes, after the reason is repaired.

    A dead letter is deleted after its message is on the outbox. One whose delivery has ended stays, with a message; so
    does one that is older than RETENTION_DAYS and has no record: it may have been sent.

    \b
    Examples:
      ./sb ops dead-letter replay t1 --local
      ./sb ops dead-letter replay --all --yes --app func-abc
    """
    from ops.dead_letter_replay import replay as replay_one
    from switchboard.queues import OUTBOXES

    if queue and queue not in OUTBOXES:
        raise UsageError(f"--queue: one of {', '.join(OUTBOXES)}")
    _check_names(names, every)
    async with context.services.dead_letters.hide(lambda message: _is_chosen(message, names)) as hidden:
        _check_found(hidden, names)
        context.terminal.confirm(_replay_question(hidden), yes=yes)
        results = []
        with context.terminal.progress("replaying") as show:
            for each in hidden:
                result = await replay_one(context.services, each, queue, without_record=without_record)
                results.append(result)
                show(f"{len(results)} of {len(hidden)} done")
    lines = (f"{each.command or each.id}: {each.detail}" for each in results)
    context.terminal.answer({"dead_letters": results}, *lines)
    left = sum(not each.replayed for each in results)
    if left:
        raise OpsError(f"{left} of {len(results)} stay in dead-letter")


@command(app, "drop")
async def drop(context: CommandContext, names: Ids = None, every: All = False, yes: YesOption = False) -> None:
    """Delete dead letters permanently.

    \b
    Examples:
      ./sb ops dead-letter drop t1 --local
      ./sb ops dead-letter drop --all --yes --app func-abc
    """
    _check_names(names, every)
    async with context.services.dead_letters.hide(lambda message: _is_chosen(message, names)) as hidden:
        _check_found(hidden, names)
        context.terminal.confirm(f"Delete {len(hidden)} permanently? There is no other copy of them.", yes=yes)
        for each in hidden:
            await context.services.dead_letters.delete(each)
    dropped = [each.message.id for each in hidden]
    context.terminal.answer({"dropped": dropped}, f"{len(dropped)} dropped")


def _as_json(message: DeadLetterMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "command": message.command_id,
        "queue": message.outbox,
        "reason": message.reason,
        "inserted_at": message.inserted_at,
    }


def _lines(message: DeadLetterMessage) -> list[str]:
    """Returns id, reason and body; the body's lines are indented, so that none of them looks like ours."""
    return [
        f"{message.id}  {message.outbox}",
        f"  {message.reason}",
        *(f"    {each}" for each in message.body.split("\n")),
    ]


def _replay_question(hidden: list[HiddenMessage]) -> str:
    from ops.dead_letter_replay import has_no_id

    without_id = sum(has_no_id(each.message) for each in hidden)
    warning = f" {without_id} of them have no id: one that was sent already is sent again." if without_id else ""
    return f"Put {len(hidden)} back onto their outboxes?{warning}"


def _check_names(names: list[str] | None, every: bool) -> None:
    """Raises UsageError unless there are either names or --all."""
    if bool(names) == every:
        raise UsageError("choose dead letters: their ids, or --all")


def _is_chosen(message: DeadLetterMessage, names: list[str] | None) -> bool:
    return not names or any(message.has_id(name) for name in names)


def _check_found(hidden: list[HiddenMessage], names: list[str] | None) -> None:
    if not hidden:
        raise OpsError(f"there is no dead letter {', '.join(names)}" if names else "there are no dead letters")
