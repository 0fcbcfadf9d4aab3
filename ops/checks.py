"""The checks of `doctor`, one after the other: each is ok, or says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from ops.app_probe import AppProbe
from ops.client_checks import client_checks
from ops.command import CommandContext
from ops.errors import OpsError, explain, is_expected
from ops.numbers_checks import Check, numbers_checks
from ops.reachability import reachability
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


@dataclass
class Checks:
    """Runs the checks of one deployment. `begin` is called with the name of each."""

    context: CommandContext
    numbers_file: Path | None = None
    begin: Callable[[str], None] = lambda _: None

    async def run(self) -> AsyncIterator[CheckResult]:
        """Yields the result of each check that the ones before make possible.

        What would fail for the reason that another check has already given is left out: without the local stack or a
        login there is nothing to read, without settings no app and no Twilio.
        """
        settings = await self._check("settings", partial(_settings, self.context))
        yield settings
        reachable = await self._check(*reachability(self.context))
        yield reachable
        if reachable.ok:
            for name, check in _storage_checks(self.context):
                yield await self._check(name, check)
        if settings.ok and reachable.ok:
            async for result in self._app_and_twilio():
                yield result
        if settings.ok:
            async for name, check in numbers_checks(self.context, self.numbers_file, with_account=reachable.ok):
                yield await self._check(name, check)

    async def _app_and_twilio(self) -> AsyncIterator[CheckResult]:
        context, settings = self.context, self.context.services.settings
        yield await self._check("secrets", partial(_secrets, context))
        async with AppProbe(settings.public_origin) as app:
            health = await self._check("app", partial(_health, app))
            yield health
            if "does not answer" not in health.detail:
                yield await self._check("signed webhook", partial(_signed, context, app))
                yield await self._check("unsigned webhook", partial(_unsigned, app))
                async for name, check in client_checks(context, app, self.numbers_file):
                    yield await self._check(name, check)
        yield await self._check("Twilio account", partial(_twilio_account, context))
        for name in filter(None, (settings.sender, settings.messaging_service_sid)):
            yield await self._check(name, partial(_sender, context, name))

    async def _check(self, name: str, check: Callable[[], Awaitable[str]]) -> CheckResult:
        """Runs a check, which returns a detail or raises an expected error."""
        self.begin(name)
        try:
            return CheckResult(name, True, await check())
        except Exception as error:
            if not is_expected(error):
                raise
            return CheckResult(name, False, explain(error, local=self.context.deployment.local))


def by_cause(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Returns the results with those that fail for the same reason as one, which has all their names."""
    names: dict[str, list[str]] = {}
    for each in results:
        if not each.ok:
            names.setdefault(each.detail, []).append(each.name)
    first = {detail: named[0] for detail, named in names.items()}
    kept = [each for each in results if each.ok or first[each.detail] == each.name]
    return [each if each.ok else CheckResult(", ".join(names[each.detail]), False, each.detail) for each in kept]


def _storage_checks(context: CommandContext) -> Iterator[tuple[str, Check]]:
    for name in QUEUES:
        yield f"queue {name}", partial(_queue, context, name)
    for name in (DELIVERIES, OPT_OUTS):
        yield f"table {name}", partial(_table, context, name)
    yield "dead letters", partial(_dead_letters, context)


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
        raise OpsError(f"{count} need a decision: `./sb ops dead-letter list`")
    return "none"


async def _secrets(context: CommandContext) -> str:
    tokens = await context.services.secrets.auth_tokens()
    if context.services.settings.api_key_sid:
        await context.services.secrets.api_key_secret()
    return "a rotation is unfinished: `./sb ops rotate` continues it" if len(tokens) > 1 else "readable"


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
        raise OpsError(f"its {fields} do not point to this app: `./sb ops point {name}`")
    return "points to this app"
