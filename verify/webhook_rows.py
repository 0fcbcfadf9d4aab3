"""Rows about HTTP: the health page, and who may call which route."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec

from verify.results import RowFailed
from verify.routes import AppRoute, Webhook, app_routes
from verify.rows import Check, Row
from verify.run import Answer, Run, Signed

FORBIDDEN, UNAUTHORIZED, OK = 403, 401, 200
# The parts that the health page reports. It may report more.
PARTS = ("settings", "numbers", "flows", "secrets", "queues", "tables")
MOST_SHOWN = 3


class HealthPage(msgspec.Struct, frozen=True):
    """The JSON of /api/health."""

    status: str
    checks: dict[str, str]


async def read_health(run: Run) -> HealthPage:
    """Returns the health page, whatever its status. Raises RowFailed for a page that contradicts itself."""
    answer = await run.request("GET", "/api/health")
    try:
        page = msgspec.json.decode(answer.body, type=HealthPage)
    except msgspec.MsgspecError as error:
        raise RowFailed(
            f"/api/health answered {answer.status} without the app's JSON",
            "0 functions may be indexed, or another app answers there: see the deployment's output and the log stream",
        ) from error
    is_well = set(page.checks.values()) == {"ok"}
    if is_well != (page.status == "ok") or is_well != (answer.status == OK):
        raise RowFailed(
            f"/api/health contradicts itself: status {answer.status}, {page.status}, and checks that are "
            f"{'all ok' if is_well else 'not all ok'}",
            "monitors read the status only: correct switchboard/blueprints/health.py, or what answers in front of it",
        )
    return page


async def health(run: Run) -> str:
    """All parts are there and ok."""
    page = await read_health(run)
    missing = [part for part in PARTS if part not in page.checks]
    if missing:
        raise RowFailed(f"/api/health does not report {', '.join(missing)}")
    problems = [f"{part}: {state}" for part, state in page.checks.items() if state != "ok"]
    if problems:
        raise RowFailed("; ".join(problems))
    return ", ".join(page.checks)


async def signed(run: Run) -> str:
    """Every route answers what Twilio signs."""
    problems: list[str] = []
    webhooks = _signed_webhooks(run)
    for webhook in webhooks:
        answer = await run.send(webhook)
        if answer.status not in webhook.statuses:
            problems.append(f"{webhook.name} answered {answer.status}")
        elif answer.status == OK and not is_twiml(answer):
            problems.append(
                f"{webhook.name} answered {len(answer.body)} characters of {answer.content_type}, not TwiML"
            )
    if len(problems) == len(webhooks) and all(problem.endswith(str(FORBIDDEN)) for problem in problems):
        raise RowFailed(
            "every route answered 403: the app verifies signatures with another auth token or another URL",
            f"set the token of this account, `./sb ops set-secret twilio-auth-token`, or let PUBLIC_BASE_URL be "
            f"{run.target.origin}; a worker keeps a token for ten minutes",
        )
    _fail_for(problems)
    return f"{len(webhooks)} accepted"


def is_twiml(answer: Answer) -> bool:
    """Returns whether Twilio can execute an answer: an XML document with the element Response, also an empty one."""
    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314  # our own app's
        return "xml" in answer.content_type and root.tag == "Response"
    except ElementTree.ParseError:
        return False


def refuses(how: Signed) -> Check:
    """Returns the check that every signed route refuses webhooks that are signed like this."""

    async def check(run: Run) -> str:
        problems = []
        webhooks = _signed_webhooks(run)
        for webhook in webhooks:
            status = (await run.send(webhook, how)).status
            if status != FORBIDDEN:
                problems.append(f"{webhook.name} answered {status}, not 403")
        _fail_for(problems)
        return f"{len(webhooks)} refused"

    return check


async def keys(run: Run) -> str:
    """Pages for people refuse requests without their key; public ones answer."""
    problems = []
    routes = [route for route in app_routes() if route.rule.protection != "signature"]
    for route in routes:
        for method in route.methods:
            headers = {"Content-Type": "application/json"} if route.rule.json else {}
            status = (await run.request(method, route.path(run.names), route.rule.json, headers)).status
            if status not in _expected(run, route):
                problems.append(f"{method} {route.path(run.names)} answered {status} without a key")
    _fail_for(problems)
    return ", ".join(f"{route.template}: {route.rule.protection}" for route in routes)


def _expected(run: Run, route: AppRoute) -> tuple[int, ...]:
    """Returns the statuses of a request without a key. What health answers is another row."""
    if route.rule.protection == "public":
        return (OK, 503) if route.template == "health" else (OK,)
    if route.rule.protection == "function key" and not run.target.requires_keys:
        return (OK,)
    return route.rule.statuses if route.rule.protection == "agent key" else (UNAUTHORIZED, FORBIDDEN)


def _signed_webhooks(run: Run) -> list[Webhook]:
    routes = [route for route in app_routes() if route.rule.protection == "signature"]
    return [webhook for route in routes for webhook in route.webhooks(run.names)]


def _fail_for(problems: list[str]) -> None:
    if problems:
        more = f", and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        raise RowFailed("; ".join(problems[:MOST_SHOWN]) + more)


OPEN_ROUTE = (
    "take the app off the network (`az functionapp stop`) until it is corrected: whoever knows the URL can act as "
    "Twilio; the route's function must call `verify` before anything else"
)
ROWS = (
    Row(
        "health",
        "/api/health reports every part, and each is ok",
        "follow the sentence of the part that is not ok; a role that was just given takes minutes to take effect, and "
        "docs/security.md lists the roles of the app",
        health,
    ),
    Row(
        "signed webhooks",
        "every route of Twilio's answers what Twilio signs",
        "look for event=webhook_failed in the log: it names function and error",
        signed,
    ),
    Row("unsigned webhooks", "they refuse what nobody signed", OPEN_ROUTE, refuses("not at all")),
    Row("wrong token", "they refuse what another token signed", OPEN_ROUTE, refuses("by another token")),
    Row(
        "changed webhooks",
        "they refuse a form that was changed after signing",
        OPEN_ROUTE,
        refuses("over another form"),
    ),
    Row(
        "keys",
        "pages for people and agents want their key",
        "set the route's auth_level, or check the agent's key in its function",
        keys,
    ),
)
