"""`lookup`: from an id in a log line, a callback URL or an event to the number and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ops.command import CommandContext, command
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.lookup_search import Found

LogIdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="sms:t1, t1, a SID, the id of a callback URL, an event or a dead letter.")
]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "lookup")(lookup)


async def lookup(context: CommandContext, name: LogIdArgument) -> None:
    """Find the number behind an id of a log line or event, and what happened to the text or call.

    Logs contain no number. An id with the recipient's hash is found at once; another one needs the whole table. Twilio
    is asked for a SID that no delivery has: an incoming call, or a text that no command created.

    \b
    Examples:
      ./sb ops lookup sms:t1 --local
      ./sb ops lookup SM0123456789abcdef0123456789abcdef --app func-abc
      ./sb ops lookup sms.status:0123456789abcdef0123456789abcdef:sms:t1:0:delivered --json
    """
    from ops.delivery_output import as_json
    from ops.log_ids import parse_log_id
    from ops.lookup_search import MOST_OF_ONE_ID, look_up

    found = await look_up(context, name, parse_log_id(name))
    lines = list(_lines(found))
    if not lines:
        raise OpsError(
            f"nothing has the id {name}: no worker claimed it, its message was refused, or its record is deleted"
        )
    data = {
        "deliveries": [as_json(each) for each in found.deliveries],
        "dead_letters": [
            {"id": each.id, "command": each.command_id, "reason": each.reason} for each in found.dead_letters
        ],
        "twilio": found.twilio,
    }
    context.terminal.answer(data, *lines)
    if len(found.deliveries) == MOST_OF_ONE_ID:
        context.terminal.note(f"The list ends at {MOST_OF_ONE_ID}, and there may be more: see `deliveries list --to`.")


def _lines(found: Found) -> Iterator[str]:
    from ops.delivery_output import line_of
    from ops.durations import relative

    for record in found.deliveries:
        yield f"{record.key.row}  to {record.to}  {line_of(record)}  first seen {relative(record.first_seen)}"
    for letter in found.dead_letters:
        yield f"dead letter {letter.id}  {letter.outbox}  {letter.reason}"
    for each in found.twilio:
        code = f"  {each.error_code}" if each.error_code else ""
        yield f"{each.sid}  from {each.sender} to {each.recipient}  {each.direction}  {each.status}{code}"
