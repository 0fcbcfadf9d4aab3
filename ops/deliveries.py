"""`deliveries`: lists and shows delivery records, and resolves the unresolved ones."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, YesOption, command, command_group
from ops.errors import UsageError

app = command_group("List and show deliveries, and resolve the unresolved ones.")

Id = Annotated[str, typer.Argument(help="Id of the command, or sms:<id>, call:<id>.", show_default=False)]
To = Annotated[str, typer.Option("--to", metavar="NUMBER", help="Recipient: only this number's records are read.")]


@command(app, "list")
async def list_(
    context: CommandContext,
    to: To = "",
    state: Annotated[str, typer.Option(help="Only this state, as unresolved, claimed, delivered.")] = "",
    older: Annotated[str, typer.Option(metavar="TIME", help="Only those not written for this time: 5m, 2h, 3d.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Maximum number.")] = 1000,
) -> None:
    """List deliveries, newest first.

    \b
    Examples:
      ./sb ops deliveries list --to +15005550006 --local
      ./sb ops deliveries list --state unresolved --app func-abc
      ./sb ops deliveries list --older 2h --json
    """
    from ops.delivery_output import COLUMNS, as_json, row_of
    from ops.delivery_search import DeliverySearch, find_deliveries
    from ops.durations import parse_duration

    search = DeliverySearch(to=to, state=state, older=parse_duration(older) if older else None, limit=limit)
    found = await find_deliveries(context, search)
    data = {"deliveries": [as_json(each) for each in found.records], "more": found.more, "certain": found.certain}
    context.terminal.table(data, COLUMNS, map(row_of, found.records))
    if not found.certain:
        context.terminal.note(
            f"The search ended after {found.read:,} records: a newer delivery may be missing. Give --to or --state."
        )
    elif found.more:
        context.terminal.note(f"These are the newest {limit}. There are more: see --limit.")


@command(app, "show")
async def show(
    context: CommandContext,
    id: Id,  # noqa: A002  # the name of the field in the queue's message
    to: To = "",
) -> None:
    """Show every field of a delivery; of each recipient when the id was used for several.

    \b
    Examples:
      ./sb ops deliveries show t1 --to +15005550006 --local
      ./sb ops deliveries show sms:t1 --app func-abc
    """
    from ops.delivery_output import as_json, lines_of
    from ops.delivery_search import find_by_id

    found = [stored.record for stored in await find_by_id(context, id, to)]
    lines = [line for record in found for line in (*lines_of(record), "")]
    context.terminal.answer({"deliveries": [as_json(each) for each in found]}, *lines[:-1])


@command(app, "resolve")
async def resolve(
    context: CommandContext,
    id: Id,  # noqa: A002  # the name of the field in the queue's message
    to: To = "",
    sent: Annotated[str, typer.Option(metavar="SID", help="Twilio accepted it as this text or call.")] = "",
    resend: Annotated[bool, typer.Option("--resend", help="Twilio did not accept it: make another attempt.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Do not send it: the delivery ends as refused.")] = False,
    yes: YesOption = False,
) -> None:
    """Resolve an unresolved delivery, after a look at Twilio's console.

    \b
    Examples:
      ./sb ops deliveries resolve t1 --to +15005550006 --sent SM0123456789abcdef0123456789abcdef
      ./sb ops deliveries resolve t1 --to +15005550006 --resend --app func-abc
      ./sb ops deliveries resolve t1 --to +15005550006 --drop --yes --local
    """
    from ops.delivery_resolution import DeliveryResolution

    if [bool(sent), resend, drop].count(True) != 1:
        raise UsageError("choose how to resolve it: exactly one of --sent SID, --resend and --drop")
    resolution = DeliveryResolution(context, yes=yes)
    stored = await resolution.find_unresolved(id, to)
    if sent:
        await resolution.mark_sent(stored, sent)
    elif resend:
        await resolution.resend(stored)
    else:
        await resolution.drop(stored)
