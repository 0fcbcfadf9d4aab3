"""The checks of `doctor` that compare numbers.toml with the account at Twilio, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

from ops.command import CommandContext
from ops.errors import OpsError
from ops.flows_file import flow_mistakes
from ops.numbers_file import app_settings, dialable_numbers, mistakes, read_numbers
from ops.webhook_urls import changes, number_fields
from switchboard.numbers import Numbers
from switchboard.settings import MOVED

Check = Callable[[], Awaitable[str]]


async def numbers_checks(
    context: CommandContext, file: Path | None, *, with_account: bool = True
) -> AsyncIterator[tuple[str, Check]]:
    """Yields each check with its name: the file, each of its numbers, and the other numbers of the account.

    The last two need the account at Twilio.
    """
    numbers = read_numbers(context.deployment, file)
    yield "numbers.toml", partial(_file, numbers)
    yield "flows.py", partial(_flows, numbers, file)
    yield "moved settings", partial(_moved, context)
    if not with_account:
        return
    for number in dialable_numbers(numbers):
        yield f"number {number}", partial(_number, context, number)
    yield "other numbers", partial(_others, context, numbers)


async def _file(numbers: Numbers) -> str:
    if found := mistakes(numbers):
        raise OpsError("; ".join(found))
    warnings = [str(problem) for problem in numbers.problems]
    return "; ".join([f"{len(numbers.numbers)} numbers", *warnings])


async def _flows(numbers: Numbers, file: Path | None) -> str:
    if found := flow_mistakes(numbers, file):
        raise OpsError("; ".join(found))
    return "every flow of numbers.toml is registered"


async def _moved(context: CommandContext) -> str:
    """Checks for settings of earlier versions, whose place is numbers.toml now."""
    settings = app_settings(context.deployment)
    found = [
        f"{name} is no longer read: write {field} in numbers.toml"
        for name, field in MOVED.items()
        if settings.get(name)
    ]
    if found:
        raise OpsError("; ".join(found))
    return "none"


async def _number(context: CommandContext, number: str) -> str:
    """Checks that the account has a number of the file, and that its webhooks go to this app."""
    resource = await (await context.services.twilio_account()).number(number)
    if resource is None:
        raise OpsError("numbers.toml has it, and the account does not: buy it, or delete it from the file")
    differing = changes(resource, number_fields(context.services.settings.public_origin))
    if differing:
        fields = ", ".join(change.field for change in differing)
        raise OpsError(f"its {fields} do not point to this app: `./sb ops point {number}`, or --all")
    return "points to this app"


async def _others(context: CommandContext, numbers: Numbers) -> str:
    """Checks that each number of the account that points to this app is in the file, or that the file has `"*"`."""
    origin = context.services.settings.public_origin
    listed = set(dialable_numbers(numbers))
    resources = await (await context.services.twilio_account()).numbers()
    others = [each for each in resources if each.phone_number not in listed]
    here = sorted(str(each.phone_number) for each in others if str(each.voice_url or "").startswith(origin))
    if here and not numbers.find("").known:
        raise OpsError(
            f"{', '.join(here)}: calls reach this app, and numbers.toml has no entry: "
            'callers hear an apology. Add the number, or number = "*"'
        )
    return f"{len(others)} without an entry, {len(here)} of them point to this app"
