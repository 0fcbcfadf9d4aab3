"""The checks of `doctor`, one after the other: each is ok, or says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec

from ops.app_probe import AppProbe
from ops.client_checks import client_checks
from ops.command import CommandContext
from ops.errors import OpsError, explain, is_expected
from ops.numbers_checks import numbers_checks
from ops.webhook_urls import changes, number_fields, service_fields
from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS
from switchboard.queues import QUEUES

ABSENT = "absent: deploy infra/ again, which creates it"
CREATED_LATER = "created at its first use"


class CheckResult(msgspec.Struct, frozen=True):
    """The result of one check. `detail` is what was found, or what is wrong and what to do."""

    name: str
    ok: bool
    detail: str = ""


async def run_checks(context: CommandContext, numbers_file: Path | None = None) -> AsyncIterator[CheckResult]:
    """Runs every check that the ones before make possible: without settings there is no app and no Twilio to check."""
    settings = await _check("settings", partial(_settings, context))
    yield settings
    for name in QUEUES:
        yield await _check(f"queue {name}", partial(_queue, context, name))
    for name in (DELIVERIES, OPT_OUTS):
        yield await _check(f"table {name}", partial(_table, context, name))
    yield await _check("dead letters", partial(_dead_letters, context))
    if not settings.ok:
        return
    yield await _check("secrets", partial(_secrets, context))
    async with AppProbe(context.services.settings.public_origin) as app:
        async for result in _app(context, app):
            yield result
        async for name, check in client_checks(context, app, numbers_file):
            yield await _check(name, check)
    yield await _check("Twilio account", partial(_twilio_account, context))
    for name in (context.services.settings.sender, context.services.settings.messaging_service_sid):
        if name:
            yield await _check(name, partial(_sender, context, name))
    async for name, check in numbers_checks(context, numbers_file):
        yield await _check(name, check)


async def _check(name: str, check: Callable[[], Awaitable[str]]) -> CheckResult:
    """Runs a check, which returns a detail or raises an expected error."""
    try:
        return CheckResult(name, True, await check())
    except Exception as error:
        if not is_expected(error):
            raise
        return CheckResult(name, False, explain(error))


async def _settings(context: CommandContext) -> str:
    problems = context.services.settings.ignored
    if problems:
        raise OpsError("; ".join(problems))
    return context.services.settings.public_origin


async def _queue(context: CommandContext, name: str) -> str:
    """Reads a queue's properties. A poison queue with messages is no problem: the app takes them."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        properties = await context.services.queue_service.get_queue_client(name).get_queue_properties()
    except ResourceNotFoundError as error:
        if context.deployment.local:
            return CREATED_LATER
        raise OpsError(ABSENT) from error
    return f"{properties.approximate_message_count or 0} messages"


async def _table(context: CommandContext, name: str) -> str:
    from azure.core.exceptions import ResourceNotFoundError

    entities = context.services.table_service.get_table_client(name).list_entities(results_per_page=1)
    try:
        async for _ in entities:
            return "readable"
    except ResourceNotFoundError as error:
        if context.deployment.local:
            return CREATED_LATER
        raise OpsError(ABSENT) from error
    return "readable, empty"


async def _dead_letters(context: CommandContext) -> str:
    count = await context.services.dead_letters.count()
    if count:
        raise OpsError(f"{count} need a decision: `python -m ops dead-letter list`")
    return "none"


async def _secrets(context: CommandContext) -> str:
    tokens = await context.services.secrets.auth_tokens()
    if context.services.settings.api_key_sid:
        await context.services.secrets.api_key_secret()
    return "a rotation is unfinished: `python -m ops rotate` continues it" if len(tokens) > 1 else "readable"


async def _app(context: CommandContext, app: AppProbe) -> AsyncIterator[CheckResult]:
    """Checks what the app itself can reach, and that it accepts what Twilio signs, and nothing else."""
    health = await _check("app", partial(_health, app))
    yield health
    if "does not answer" in health.detail:
        return
    yield await _check("signed webhook", partial(_signed, context, app))
    yield await _check("unsigned webhook", partial(_unsigned, app))


async def _health(app: AppProbe) -> str:
    status, body = await app.health()
    try:
        checks: dict[str, str] = msgspec.json.decode(body, type=dict[str, object])["checks"]  # type: ignore[assignment]
    except (msgspec.MsgspecError, KeyError) as error:
        raise OpsError(f"{app.origin}/api/health answers {status} without the JSON of this app") from error
    failed = [f"{name}: {state}" for name, state in checks.items() if state != "ok"]
    if failed:
        raise OpsError("; ".join(failed))
    return f"ok by its own identity: {', '.join(checks)}"


async def _signed(context: CommandContext, app: AppProbe) -> str:
    for token in await context.services.secrets.auth_tokens():
        status = await app.webhook_status(token)
        if status != 200:
            raise OpsError(f"answered {status}: PUBLIC_BASE_URL must be the origin that Twilio calls, {app.origin}")
    return "accepted"


async def _unsigned(app: AppProbe) -> str:
    status = await app.webhook_status("")
    if status != 403:
        raise OpsError(f"answered {status}, not 403: does something else answer at {app.origin}?")
    return "refused"


async def _twilio_account(context: CommandContext) -> str:
    state = await (await context.services.twilio_account()).state()
    if state.status != "active":
        raise OpsError(f"it is {state.status}: see Twilio's console")
    return f"active, {state.kind}"


async def _sender(context: CommandContext, name: str) -> str:
    """Checks that the account has the default sender, and that its webhooks go to this app."""
    is_service = name.startswith("MG")
    if not is_service and not name.startswith("+"):
        return "not a number of Twilio's: not checked"
    account = await context.services.twilio_account()
    resource = await (account.service(name) if is_service else account.number(name))
    if resource is None:
        raise OpsError("the account does not have it: correct TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID")
    origin = context.services.settings.public_origin
    differing = changes(resource, service_fields(origin) if is_service else number_fields(origin))
    if differing:
        fields = ", ".join(change.field for change in differing)
        raise OpsError(f"its {fields} do not point to this app: `python -m ops point {name}`")
    return "points to this app"
