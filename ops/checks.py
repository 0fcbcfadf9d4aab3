"""What `doctor` looks at: each part is ok, or what is wrong with it and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import msgspec

from ops.desk import Desk
from ops.errors import OpsError, explain, is_expected
from ops.letters import DeadLetters
from ops.pointing import changes, wanted_of_number, wanted_of_service
from ops.webhook import App
from switchboard.adapters.table_ledger import DELIVERIES, OPT_OUTS
from switchboard.queues import QUEUES

ABSENT = "absent: deploy infra/ again, which makes it"


class Finding(msgspec.Struct, frozen=True):
    """One line: what was looked at, whether it is well, and what was found or what to do."""

    name: str
    ok: bool
    said: str = ""


async def findings(desk: Desk) -> AsyncIterator[Finding]:
    """Look at one part after the other; one that is wrong does not keep the others from being looked at."""
    settings = await _settings(desk)
    yield settings
    for name in QUEUES:
        yield await _look(f"queue {name}", partial(_queue, desk, name))
    for name in (DELIVERIES, OPT_OUTS):
        yield await _look(f"table {name}", partial(_table, desk, name))
    yield await _look("dead letters", lambda: _letters(desk.edges.letters))
    if not settings.ok:
        return
    yield await _look("secrets", lambda: _secrets(desk))
    async with App(desk.edges.settings.public_origin) as app:
        async for finding in _app(desk, app):
            yield finding
    yield await _look("Twilio account", lambda: _account(desk))
    for name in (desk.edges.settings.sender, desk.edges.settings.messaging_service_sid):
        if name:
            yield await _look(name, partial(_sender, desk, name))


async def _settings(desk: Desk) -> Finding:
    async def look() -> str:
        problems = desk.edges.settings.ignored
        if problems:
            raise OpsError("; ".join(problems))
        return desk.edges.settings.public_origin

    return await _look("settings", look)


async def _look(name: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name, True, await look())
    except Exception as error:
        if not is_expected(error):
            raise
        return Finding(name, False, explain(error))


async def _queue(desk: Desk, name: str) -> str:
    """Read, as the roles of who asks allow it; a poison queue that holds something is being worked on."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        properties = await desk.edges.queue_service.get_queue_client(name).get_queue_properties()
    except ResourceNotFoundError as error:
        if desk.place.local:
            return "made when it is first used"
        raise OpsError(ABSENT) from error
    return f"{properties.approximate_message_count or 0} messages"


async def _table(desk: Desk, name: str) -> str:
    from azure.core.exceptions import ResourceNotFoundError

    entities = desk.edges.table_service.get_table_client(name).list_entities(results_per_page=1)
    try:
        async for _ in entities:
            return "can be read"
    except ResourceNotFoundError as error:
        if desk.place.local:
            return "made when it is first used"
        raise OpsError(ABSENT) from error
    return "can be read, and is empty"


async def _letters(letters: DeadLetters) -> str:
    count = await letters.count()
    if count:
        raise OpsError(f"{count} wait for somebody: `python -m ops dead-letter list`")
    return "none"


async def _secrets(desk: Desk) -> str:
    tokens = await desk.edges.secrets.auth_tokens()
    if desk.edges.settings.api_key_sid and not desk.place.local:
        await desk.edges.secrets.api_key_secret()
    return "a rotation is under way: `python -m ops rotate` goes on with it" if len(tokens) > 1 else "can be read"


async def _app(desk: Desk, app: App) -> AsyncIterator[Finding]:
    """What the app says of itself, by its own identity; and that it takes what Twilio signs, and nothing else."""
    health = await _look("app", lambda: _health(app))
    yield health
    if health.said and "does not answer" in health.said:
        return
    yield await _look("signed webhook", lambda: _signed(desk, app))
    yield await _look("unsigned webhook", lambda: _unsigned(app))


async def _health(app: App) -> str:
    status, body = await app.health()
    try:
        checks: dict[str, str] = msgspec.json.decode(body, type=dict[str, object])["checks"]  # type: ignore[assignment]
    except (msgspec.MsgspecError, KeyError) as error:
        raise OpsError(f"{app.origin}/api/health answers {status}, and not as this app does") from error
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != "ok"]
    if wrong:
        raise OpsError("; ".join(wrong))
    return f"{', '.join(checks)}: ok by its own identity"


async def _signed(desk: Desk, app: App) -> str:
    tokens = await desk.edges.secrets.auth_tokens()
    for token in tokens:
        status = await app.status_for(token)
        if status != 200:
            raise OpsError(f"answered {status}: PUBLIC_BASE_URL must be the origin that Twilio is given, {app.origin}")
    return "taken"


async def _unsigned(app: App) -> str:
    status = await app.status_for("")
    if status != 403:
        raise OpsError(f"answered {status}, not 403: does something else answer at {app.origin}?")
    return "refused"


async def _account(desk: Desk) -> str:
    account = await (await desk.edges.twilio_account()).account()
    if account.status != "active":
        raise OpsError(f"it is {account.status}: see Twilio's console")
    return f"active, {account.kind}"


async def _sender(desk: Desk, name: str) -> str:
    """The default sender is the account's, and whoever answers it reaches this app."""
    account = await desk.edges.twilio_account()
    origin = desk.edges.settings.public_origin
    is_service = name.startswith("MG")
    if not is_service and not name.startswith("+"):
        return "no number of Twilio's: not looked at"
    resource = await (account.service(name) if is_service else account.number(name))
    if resource is None:
        raise OpsError("it is not the account's: set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID to what is")
    wrong = changes(resource, wanted_of_service(origin) if is_service else wanted_of_number(origin))
    if wrong:
        fields = ", ".join(change.field for change in wrong)
        raise OpsError(f"its {fields} do not lead here: `python -m ops point {name}`")
    return "leads here"
