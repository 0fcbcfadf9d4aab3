"""`forget`: deletes the stored data of one person, as far as it protects nobody any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ops.command import CommandContext, YesOption, command
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.personal_data import Kept, PersonalData

Person = Annotated[
    str, typer.Argument(metavar="NUMBER", help="Recipient, as +351211234567; its WhatsApp and RCS addresses too.")
]
CONSEQUENCE = "A command that is pushed again with one of their ids is sent again."


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "forget")(forget)


async def forget(
    context: CommandContext,
    number: Person,
    with_opt_outs: Annotated[bool, typer.Option("--opt-outs", help="Delete the opt-outs too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted, and delete nothing.")] = False,
    yes: YesOption = False,
) -> None:
    """Delete what is stored about a person, and say what stays and why.

    Delivery records that have ended are deleted when no copy of their message can be on a queue any more: a day after
    the command. Opt-outs stay without --opt-outs: they keep the person from being texted. Dead letters stay: drop
    them by `dead-letter drop`. Twilio's own records, and the events on the queue `events`, are not touched.

    \b
    Examples:
      ./sb ops forget +15005550006 --dry-run --local
      ./sb ops forget +15005550006 --opt-outs --yes --app func-abc
    """
    from datetime import UTC, datetime

    from ops.personal_data import delete_records, find_personal_data

    with context.terminal.progress("reading what is stored"):
        found = await find_personal_data(context, number, datetime.now(UTC))
    opt_outs = found.opt_outs if with_opt_outs else []
    changed: list[Kept] = []
    if not dry_run and (found.deletable or opt_outs):
        context.terminal.confirm(_question(number, found, len(opt_outs)), yes=yes)
        changed = await delete_records(context.services.ledger, found.deletable)
        for each in opt_outs:
            await context.services.opt_outs.remove(each.partition, each.sender)
    context.terminal.answer(
        _as_json(found, changed, with_opt_outs=with_opt_outs, dry_run=dry_run),
        *_lines(found, changed, with_opt_outs=with_opt_outs, dry_run=dry_run),
    )
    if changed:
        raise OpsError(f"{len(changed)} of {len(found.deletable)} records changed meanwhile: run the command again")


def _question(number: str, found: PersonalData, opt_outs: int) -> str:
    also = f" and {opt_outs} opt-outs" if opt_outs else ""
    return f"Delete {len(found.deletable)} delivery records{also} of {number}? {CONSEQUENCE}"


def _as_json(found: PersonalData, changed: list[Kept], *, with_opt_outs: bool, dry_run: bool) -> dict[str, object]:
    kept_rows = {each.delivery for each in changed}
    rows = [stored.record.key.row for stored in found.deletable]
    return {
        "addresses": found.addresses,
        "dry_run": dry_run,
        "deleted": [row for row in rows if row not in kept_rows],
        "kept": [*found.kept, *changed],
        "opt_outs_deleted": found.opt_outs if with_opt_outs else [],
        "opt_outs_kept": [] if with_opt_outs else found.opt_outs,
        "dead_letters_kept": [each.id for each in found.dead_letters],
        "at_twilio": found.sids,
    }


def _lines(found: PersonalData, changed: list[Kept], *, with_opt_outs: bool, dry_run: bool) -> Iterator[str]:
    from ops.delivery_output import line_of

    verb = "would be deleted" if dry_run else "deleted"
    kept_rows = {each.delivery for each in changed}
    for stored in found.deletable:
        if stored.record.key.row not in kept_rows:
            yield f"{verb}: {stored.record.key.row}  {line_of(stored.record)}"
    for kept in (*found.kept, *changed):
        yield f"kept: {kept.delivery}, {kept.reason}"
    for opt_out in found.opt_outs:
        reason = "" if with_opt_outs else ", it keeps the person from being texted (--opt-outs deletes it)"
        yield f"{verb if with_opt_outs else 'kept'}: opt-out of {opt_out.sender}{reason}"
    for letter in found.dead_letters:
        yield f"kept: dead letter {letter.id}, an operator decides: `dead-letter drop {letter.id}`"
    if found.sids:
        yield f"at Twilio, until you delete them there: {' '.join(found.sids)}"
    if not (found.deletable or found.kept or found.opt_outs or found.dead_letters):
        yield "nothing is stored"
