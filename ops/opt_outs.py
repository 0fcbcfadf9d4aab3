"""`optouts`: lists, adds and removes opt-outs as Switchboard stores them."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CommandContext, YesOption, command, command_group

app = command_group("List opt-outs, and add or remove them.")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Recipient, as +351211234567.", show_default=False)]
Senders = Annotated[
    list[str], typer.Option("--from", metavar="SENDER", help="Number or messaging service; repeat it for several.")
]


@command(app, "list")
async def list_(
    context: CommandContext,
    number: Annotated[str, typer.Argument(metavar="[NUMBER]", help="Recipient. Default: all of them.")] = "",
) -> None:
    """List the senders that a number opted out of; or all opt-outs, each with a hash of the number.

    \b
    Examples:
      ./sb ops optouts list +15005550006 --local
      ./sb ops optouts list --json --app func-abc
    """
    from ops.opt_out_table import list_opt_outs

    with context.terminal.progress("reading the opt-outs"):
        found = await list_opt_outs(context.services.tables, number)
    rows = ((each.partition, each.sender) for each in found)
    context.terminal.table({"optouts": found}, ("hash of the recipient", "opted out of"), rows)


@command(app, "add")
async def add(context: CommandContext, number: Number, senders: Senders, yes: YesOption = False) -> None:
    """Add opt-outs of a number, and cancel its scheduled texts from these senders.

    \b
    Examples:
      ./sb ops optouts add +15005550006 --from +15005550001 --local
    """
    from ops.opt_out_table import cancel_scheduled_texts, check_recipient
    from switchboard.delivery.record import partition_of

    check_recipient(number)
    context.terminal.confirm(f"Stop texts to {number} from {', '.join(senders)}?", yes=yes)
    for sender in senders:
        await context.services.opt_outs.add(partition_of(number), sender)
    canceled = await cancel_scheduled_texts(context.services, number, senders)
    line = f"{number} has opted out of {', '.join(senders)}" + (f"; {canceled} canceled" if canceled else "")
    context.terminal.answer({"number": number, "senders": senders, "canceled": canceled}, line)


@command(app, "remove")
async def remove(context: CommandContext, number: Number, senders: Senders, yes: YesOption = False) -> None:
    """Remove opt-outs of a number.

    Twilio keeps its own list: only a START from the recipient changes that one.

    \b
    Examples:
      ./sb ops optouts remove +15005550006 --from +15005550001 --yes --local
    """
    from ops.opt_out_table import check_recipient
    from switchboard.delivery.record import partition_of

    check_recipient(number)
    context.terminal.confirm(f"Did {number} agree to receive texts from {', '.join(senders)} again?", yes=yes)
    for sender in senders:
        await context.services.opt_outs.remove(partition_of(number), sender)
    line = f"{number} can receive texts from {', '.join(senders)}"
    context.terminal.answer({"number": number, "senders": senders}, line)
    context.terminal.note("Twilio keeps its own list: only a START from that number changes it.")
