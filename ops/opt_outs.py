"""`optouts`: who told whom to stop, as Switchboard has it written down."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.desk import Desk, Yes, group, operation

app = group("Look at who told whom to stop, and write it down or strike it out.")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Whose, as +351211234567.", show_default=False)]
Senders = Annotated[list[str], typer.Option("--from", metavar="SENDER", help="Number or service; may be repeated.")]


@operation(app, "list")
async def list_(
    desk: Desk,
    number: Annotated[str, typer.Argument(metavar="[NUMBER]", help="Whose; else of everybody.")] = "",
) -> None:
    """List whom a number told to stop; or all opt-outs, which stand under a hash of their number.

    \b
    Examples:
      python -m ops optouts list +15005550006 --local
      python -m ops optouts list --json --app func-abc
    """
    from ops.opt_out_table import listed

    with desk.terminal.progress("reading the opt-outs"):
        found = await listed(desk.edges.tables, number)
    rows = ((each.partition, each.sender) for each in found)
    desk.terminal.table({"optouts": found}, ("recipient's hash", "told this sender to stop"), rows)


@operation(app, "add")
async def add(desk: Desk, number: Number, senders: Senders, yes: Yes = False) -> None:
    """Write down that a number told these senders to stop, and cancel what is scheduled for it by them.

    \b
    Examples:
      python -m ops optouts add +15005550006 --from +15005550001 --local
    """
    from ops.opt_out_table import cancel_scheduled_of, check_party
    from switchboard.delivery.record import partition_of

    check_party(number)
    desk.terminal.confirm(f"No more texts to {number} from {', '.join(senders)}?", yes=yes)
    for sender in senders:
        await desk.edges.opt_outs.add(partition_of(number), sender)
    canceled = await cancel_scheduled_of(desk.edges, number, senders)
    said = f"{number} gets no texts from {', '.join(senders)}" + (f"; {canceled} canceled" if canceled else "")
    desk.terminal.answer({"number": number, "senders": senders, "canceled": canceled}, said)


@operation(app, "remove")
async def remove(desk: Desk, number: Number, senders: Senders, yes: Yes = False) -> None:
    """Strike out that a number told these senders to stop.

    Twilio keeps a list of its own: there only the recipient's START does it.

    \b
    Examples:
      python -m ops optouts remove +15005550006 --from +15005550001 --yes --local
    """
    from ops.opt_out_table import check_party
    from switchboard.delivery.record import partition_of

    check_party(number)
    desk.terminal.confirm(f"Did {number} agree to get texts from {', '.join(senders)} again?", yes=yes)
    for sender in senders:
        await desk.edges.opt_outs.remove(partition_of(number), sender)
    desk.terminal.answer({"number": number, "senders": senders}, f"{number} may get texts from {', '.join(senders)}")
    desk.terminal.note("Twilio keeps a list of its own: there only a START from that number does it.")
