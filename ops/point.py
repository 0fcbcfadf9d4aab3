"""`point`: have Twilio ask this app when somebody calls or texts a number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.desk import Desk, Yes, operation
from ops.errors import OpsError, UsageError

if TYPE_CHECKING:
    from ops.pointing import Change
    from ops.twilio_account import TwilioAccount

MEMORY = Path("~/.config/switchboard/pointed.json")


def register(app: typer.Typer) -> None:
    """Add `point`."""
    operation(app, "point")(point)


async def point(
    desk: Desk,
    target: Annotated[str, typer.Argument(metavar="NUMBER|MG…", help="Your number, or messaging service.")],
    voice_fallback: Annotated[str, typer.Option(metavar="URL", help="What answers calls when the app fails.")] = "",
    sms_fallback: Annotated[str, typer.Option(metavar="URL", help="What answers texts when the app fails.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Back to how it was before the last change.")] = False,
    memory: Annotated[Path, typer.Option(help="The file that keeps how things were.")] = MEMORY,
    yes: Yes = False,
) -> None:
    """Set a number's, or messaging service's, voice, text and status URLs to the app.

    What changes is shown first, and kept for --undo. Numbers in a messaging service are asked about by the service
    for texts, so point both.

    \b
    Examples:
      python -m ops point +15005550001 --dry-run --local
      python -m ops point +15005550001 --voice-fallback https://handler.twilio.com/twiml/EH… --app func-abc
      python -m ops point MG0123456789abcdef0123456789abcdef --yes
      python -m ops point +15005550001 --undo
    """
    from ops.pointing import Memory, changes

    if undo and (voice_fallback or sms_fallback):
        raise UsageError("--undo takes no fallback: it sets all to how it was")
    account = await desk.edges.twilio_account()
    resource = await _find(account, target)
    kept = Memory(memory.expanduser())
    wanted = kept.last(resource.sid) if undo else _wanted(desk, target, voice_fallback, sms_fallback)
    made = changes(resource, wanted)
    if made and not dry_run:
        for line in _lines(made):
            desk.terminal.note(line)
        desk.terminal.confirm(f"Change {target} so?", yes=yes)
        if not undo:
            kept.push(resource.sid, made)
        await _change(account, resource, made)
    if undo and not dry_run:
        kept.pop(resource.sid)
    said = _said(made, dry_run=dry_run)
    lines = [*_lines(made), said] if dry_run else [f"{target}: {said}"]
    desk.terminal.answer({"target": target, "changes": made, "applied": bool(made) and not dry_run}, *lines)


async def _find(account: TwilioAccount, target: str) -> Any:  # noqa: ANN401  # twilio has no type information
    """The number or service. Raises OpsError when it is not the account's."""
    is_service = target.startswith("MG")
    resource = await (account.service(target) if is_service else account.number(target))
    if resource is None:
        what = "messaging service" if is_service else "number (write it as +351211234567)"
        raise OpsError(f"the account has no {what} {target}")
    if not is_service and resource.trunk_sid:
        raise OpsError(f"{target} belongs to the SIP trunk {resource.trunk_sid}, which goes before any URL")
    return resource


def _wanted(desk: Desk, target: str, voice_fallback: str, sms_fallback: str) -> dict[str, str | bool]:
    from ops.pointing import wanted_of_number, wanted_of_service

    origin = desk.edges.settings.public_origin
    if target.startswith("MG"):
        if voice_fallback:
            raise UsageError("--voice-fallback: a messaging service takes no calls")
        return wanted_of_service(origin, sms_fallback)
    return wanted_of_number(origin, voice_fallback, sms_fallback)


async def _change(account: TwilioAccount, resource: Any, made: list[Change]) -> None:  # noqa: ANN401  # as above
    """Change it, and see that it is so. Raises OpsError when Twilio kept something else."""
    from ops.pointing import changes

    wanted = {change.field: change.after for change in made}
    left = changes(await account.update(resource, wanted), wanted)
    if left:
        raise OpsError(
            f"Twilio kept other values of {', '.join(change.field for change in left)}: --undo takes it back"
        )


def _lines(made: list[Change]) -> list[str]:
    """A difference, as `diff` writes one."""
    return [
        line
        for change in made
        for line in (f"  {change.field}", f"    - {change.before or '(none)'}", f"    + {change.after or '(none)'}")
    ]


def _said(made: list[Change], *, dry_run: bool) -> str:
    if not made:
        return "it is so already"
    return f"{len(made)} would change" if dry_run else f"{len(made)} changed; --undo takes it back"
