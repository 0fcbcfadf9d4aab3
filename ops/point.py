"""`point`: sets the webhook URLs of a number, a messaging service or the TwiML app at Twilio to this app."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.command import CommandContext, NumbersFileOption, YesOption, command
from ops.errors import OpsError, UsageError

if TYPE_CHECKING:
    from ops.twilio_account import TwilioAccount
    from ops.webhook_urls import Change

HISTORY = Path("~/.config/switchboard/pointed.json")


def register(app: typer.Typer) -> None:
    """Adds `point`."""
    command(app, "point")(point)


async def point(
    context: CommandContext,
    target: Annotated[str, typer.Argument(metavar="[NUMBER|MG…]", help="Your number or messaging service.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every number of numbers.toml.")] = False,
    client: Annotated[bool, typer.Option("--client", help="The TwiML app of agents in the browser.")] = False,
    voice_fallback: Annotated[str, typer.Option(metavar="URL", help="URL for calls when the app fails.")] = "",
    sms_fallback: Annotated[str, typer.Option(metavar="URL", help="URL for texts when the app fails.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes without making them.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Restore the values before the last change.")] = False,
    file: NumbersFileOption = None,
    memory: Annotated[Path, typer.Option(help="File for the earlier values.")] = HISTORY,
    yes: YesOption = False,
) -> None:
    """Set the URLs of a number, a messaging service or the TwiML app to the app.

    Shows the changes first, and saves the earlier values for --undo. A number in a messaging service gets its URL for
    texts from the service: point both. With --all nothing is changed unless the account has every number. With --client
    the TwiML app is made where there is none, and its SID is printed.

    \b
    Examples:
      ./sb ops point +15005550001 --dry-run --local
      ./sb ops point --all --dry-run
      ./sb ops point +15005550001 --voice-fallback https://handler.twilio.com/twiml/EH… --app func-abc
      ./sb ops point MG0123456789abcdef0123456789abcdef --yes
      ./sb ops point +15005550001 --undo
      ./sb ops point --client --app func-abc
    """
    if undo and (voice_fallback or sms_fallback):
        raise UsageError("--undo takes no fallback: it restores all earlier values")
    if [bool(target), every, client].count(True) != 1:
        raise UsageError("give a number, a messaging service, --all or --client")
    targets = [] if client else _targets(context, target, file)
    account = await context.services.twilio_account()
    fallbacks = (voice_fallback, sms_fallback)
    pointing = Pointing(context, account, fallbacks, memory.expanduser(), dry_run=dry_run, undo=undo, yes=yes)
    if client:
        result = await _point_client(pointing)
        context.terminal.answer(result.data, *result.lines)
        return
    found = [(each, await _find(account, each)) for each in targets]
    results = [await pointing.point(each, resource) for each, resource in found]
    context.terminal.answer(
        [result.data for result in results] if every else results[0].data,
        *(line for result in results for line in result.lines),
    )


@dataclass(frozen=True)
class Result:
    """What was done to one number or service: for machines, and for people."""

    data: dict[str, object]
    lines: list[str]


@dataclass(frozen=True)
class Pointing:
    """The options that hold for each number."""

    context: CommandContext
    account: TwilioAccount
    fallbacks: tuple[str, str]
    memory: Path
    _: KW_ONLY
    dry_run: bool
    undo: bool
    yes: bool

    async def point(self, target: str, resource: Any) -> Result:  # noqa: ANN401  # twilio has no type information
        """Shows the changes of one number or service, asks, and makes them."""
        from ops.webhook_urls import UrlHistory, changes

        history = UrlHistory(self.memory)
        fields = history.last(resource.sid) if self.undo else _fields(self.context, target, *self.fallbacks)
        made = changes(resource, fields)
        if made and not self.dry_run:
            for line in _lines(made):
                self.context.terminal.note(line)
            self.context.terminal.confirm(f"Make these changes to {target}?", yes=self.yes)
            if not self.undo:
                history.push(resource.sid, made)
            await _update(self.account, resource, made)
        if self.undo and not self.dry_run:
            history.pop(resource.sid)
        summary = f"{target}: {_summary(made, dry_run=self.dry_run)}"
        data = {"target": target, "changes": made, "applied": bool(made) and not self.dry_run}
        return Result(data, [*_lines(made), summary] if self.dry_run else [summary])


async def _point_client(pointing: Pointing) -> Result:
    """Points the TwiML app at this app, or makes it."""
    from ops.point_client import APPLICATION, find, to_set
    from ops.webhook_urls import application_fields

    context = pointing.context
    settings = context.services.settings
    found = await find(pointing.account, settings.twiml_app_sid)
    if found is not None:
        result = await pointing.point(found.sid, found)
        lines = [*result.lines, *to_set(found.sid, settings.twiml_app_sid)]
        return Result({**result.data, "sid": found.sid, "created": False}, lines)
    if pointing.undo:
        raise OpsError("there is no TwiML app to restore")
    fields = application_fields(settings.public_origin)
    data: dict[str, object] = {"target": APPLICATION, "sid": "", "created": False, "applied": False}
    if pointing.dry_run:
        return Result(data, [f"A TwiML app {APPLICATION} would be made for {fields['voice_url']}"])
    context.terminal.confirm(f"Make a TwiML app {APPLICATION} for {fields['voice_url']}?", yes=pointing.yes)
    made = await pointing.account.create_application(APPLICATION, fields)
    lines = [f"TwiML app {made.sid} is made", *to_set(made.sid, settings.twiml_app_sid)]
    return Result({**data, "sid": made.sid, "created": True, "applied": True}, lines)


def _targets(context: CommandContext, target: str, file: Path | None) -> list[str]:
    """Returns the target, or without one the numbers of numbers.toml. Raises OpsError."""
    if target:
        return [target]
    from ops.numbers_file import dialable_numbers, mistakes, read_numbers

    numbers = read_numbers(context.deployment, file)
    if mistakes(numbers):
        raise OpsError("numbers.toml has mistakes: `./sb ops numbers check`")
    found = dialable_numbers(numbers)
    if not found:
        raise OpsError('numbers.toml names no number, only "*": give the number')
    return found


async def _find(account: TwilioAccount, target: str) -> Any:  # noqa: ANN401  # twilio has no type information
    """Returns the number or service. Raises OpsError when the account does not have it."""
    is_service = target.startswith("MG")
    resource = await (account.service(target) if is_service else account.number(target))
    if resource is None:
        kind = "messaging service" if is_service else "number (expected as +351211234567)"
        raise OpsError(f"the account has no {kind} {target}")
    if not is_service and resource.trunk_sid:
        raise OpsError(f"{target} belongs to the SIP trunk {resource.trunk_sid}, which Twilio prefers to URLs")
    return resource


def _fields(context: CommandContext, target: str, voice_fallback: str, sms_fallback: str) -> dict[str, str | bool]:
    from ops.webhook_urls import application_fields, number_fields, service_fields

    origin = context.services.settings.public_origin
    if target.startswith("AP"):
        return application_fields(origin)
    if target.startswith("MG"):
        if voice_fallback:
            raise UsageError("--voice-fallback: a messaging service takes no calls")
        return service_fields(origin, sms_fallback)
    return number_fields(origin, voice_fallback, sms_fallback)


async def _update(account: TwilioAccount, resource: Any, made: list[Change]) -> None:  # noqa: ANN401  # as above
    """Makes the changes. Raises OpsError when Twilio has other values afterwards."""
    from ops.webhook_urls import changes

    fields = {change.field: change.after for change in made}
    left = changes(await account.update(resource, fields), fields)
    if left:
        names = ", ".join(change.field for change in left)
        raise OpsError(f"Twilio has other values of {names} after the update: --undo restores the earlier ones")


def _lines(made: list[Change]) -> list[str]:
    """Returns the changes in the form of a diff."""
    return [
        line
        for change in made
        for line in (f"  {change.field}", f"    - {change.before or '(none)'}", f"    + {change.after or '(none)'}")
    ]


def _summary(made: list[Change], *, dry_run: bool) -> str:
    if not made:
        return "no change is needed"
    return f"{len(made)} would change" if dry_run else f"{len(made)} changed; --undo restores the earlier values"
