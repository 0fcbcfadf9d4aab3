"""`deliveries`: look at delivery records, and decide about those that nobody could settle."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, Yes, group, operation
from ops.errors import UsageError

app = group("Look at deliveries, and decide about those that ended unresolved.")

Id = Annotated[str, typer.Argument(help="The command's id, or sms:<id>, call:<id>.", show_default=False)]
To = Annotated[str, typer.Option("--to", metavar="NUMBER", help="Whose: quick. Without it every record is looked at.")]


@operation(app, "list")
async def list_(
    desk: Desk,
    to: To = "",
    state: Annotated[str, typer.Option(help="Only those in it, as unresolved, claimed, delivered.")] = "",
    older: Annotated[str, typer.Option(metavar="TIME", help="Only those not written for so long: 5m, 2h, 3d.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
) -> None:
    """List deliveries, the newest first.

    \b
    Examples:
      python -m ops deliveries list --to +15005550006 --local
      python -m ops deliveries list --state unresolved --app func-abc
      python -m ops deliveries list --older 2h --json
    """
    from ops.finding import Search, find
    from ops.shown import COLUMNS, as_json, row_of
    from ops.terminal import seconds_of

    search = Search(to=to, state=state, older=seconds_of(older) if older else None, limit=limit)
    records = [stored.record for stored in await find(desk, search)]
    records.sort(key=lambda record: record.first_seen, reverse=True)
    desk.terminal.table({"deliveries": [as_json(each) for each in records]}, COLUMNS, map(row_of, records))
    if len(records) == limit:
        desk.terminal.note(f"There may be more: these are {limit}. --limit takes another number.")


@operation(app, "show")
async def show(desk: Desk, id: Id, to: To = "") -> None:  # noqa: A002  # the queue's own word
    """Show all that is known of a delivery; of each recipient, where the id was a campaign's.

    \b
    Examples:
      python -m ops deliveries show t1 --to +15005550006 --local
      python -m ops deliveries show sms:t1 --app func-abc
    """
    from ops.finding import by_id
    from ops.shown import as_json, lines_of

    found = [stored.record for stored in await by_id(desk, id, to)]
    lines = [line for record in found for line in (*lines_of(record), "")]
    desk.terminal.answer({"deliveries": [as_json(each) for each in found]}, *lines[:-1])


@operation(app, "resolve")
async def resolve(
    desk: Desk,
    id: Id,  # noqa: A002  # the queue's own word
    to: To = "",
    sent: Annotated[str, typer.Option(metavar="SID", help="Twilio took it: this text or call is it.")] = "",
    resend: Annotated[bool, typer.Option("--resend", help="Twilio did not take it: make another attempt.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Let it go: it is not to be sent.")] = False,
    yes: Yes = False,
) -> None:
    """Decide about a delivery that ended unresolved, once you have looked at Twilio's console.

    \b
    Examples:
      python -m ops deliveries resolve t1 --to +15005550006 --sent SM0123456789abcdef0123456789abcdef
      python -m ops deliveries resolve t1 --to +15005550006 --resend --app func-abc
      python -m ops deliveries resolve t1 --to +15005550006 --drop --yes --local
    """
    from ops.resolution import Resolution

    if [bool(sent), resend, drop].count(True) != 1:
        raise UsageError("say what became of it: exactly one of --sent SID, --resend and --drop")
    resolution = Resolution(desk, yes=yes)
    stored = await resolution.unresolved(id, to)
    if sent:
        await resolution.sent(stored, sent)
    elif resend:
        await resolution.resend(stored)
    else:
        await resolution.drop(stored)
