"""The checklist against the local stack: all rows are ok, and each of six breakages makes the right row fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from azure.storage.queue.aio import QueueServiceClient

from local.settings import development_storage
from local.storage import StorageOptions
from ops.deployment import Deployment
from ops.errors import OpsError
from switchboard.queues import EVENTS
from tests.integration.app_proxy import AppProxy, Replace
from tests.integration.queues import FREQUENT_POLLING, open_queues
from tests.integration.storage_proxy import StorageProxy
from tests.log_analytics import Line, Request, Workspace
from verify.checklist import LEFT_OUT, ROWS, run_checklist
from verify.host import PATIENCE, LocalStack, numbers_option
from verify.log_rows import alert_queries
from verify.report import Report
from verify.results import Result
from verify.target import Patience, Target

ROOT = Path(__file__).parents[2]
HOST = numbers_option(ROOT / "tests" / "numbers.toml")
# Where an effect or a line never comes.
SHORT = Patience(effect=3, log=2, start=30)
WITHOUT_A_LINE = replace(PATIENCE, log=2)
HEALTHY = dict.fromkeys(("settings", "numbers", "flows", "secrets", "queues", "tables"), "ok")


@asynccontextmanager
async def stack(storage: StorageOptions, **changes: str) -> AsyncIterator[LocalStack]:
    """A running stack, with these settings of the app changed."""
    async with LocalStack(HOST, {**FREQUENT_POLLING, **changes}, storage) as started:
        yield started


def target(started: LocalStack, cold_starts: int = 1) -> Target:
    """The stack as a target, with the local counterpart of a workspace."""

    async def run_query(text: str) -> int:
        traces = [Line(1, line) for line in started.host.lines]
        return len(Workspace(traces, [Request(1, "https://x/api/voice/incoming", 200)]).query(text))

    return replace(started.target(), run_query=run_query, cold_starts=cold_starts)


async def results(of: Target) -> dict[str, Result]:
    """The result of every row by its name."""
    return {result.name: result async for result in run_checklist(of)}


def first_failure(found: dict[str, Result]) -> tuple[str, str, str]:
    """Name, problem and remedy of what failed first."""
    result = Report("x", rows=list(found.values())).first_failure
    assert result
    return result.name, result.detail, result.remedy


async def test_every_row_is_ok(azurite_of_its_own: StorageOptions) -> None:
    """Ten cold starts too; what test credentials cannot show is named as left out, and nothing else is."""
    async with stack(azurite_of_its_own) as started:
        found = await results(target(started, cold_starts=10))
    assert {name: result.detail for name, result in found.items() if result.outcome not in ("ok", "left out")} == {}
    assert {name for name, result in found.items() if result.outcome == "left out"} == set(LEFT_OUT)
    assert set(found) == {row.name for row in ROWS} | set(LEFT_OUT)
    assert found["alerts"].detail.split(", ") == list(alert_queries())


async def test_events_of_others_stay_on_their_queue(azurite_of_its_own: StorageOptions) -> None:
    """They are visible again at once, and the run's own are gone."""
    others = [json.dumps({"id": f"other-{number}"}) for number in range(40)]
    async with stack(azurite_of_its_own) as started, open_queues(azurite_of_its_own.connection_string) as queues:
        await queues.put(*others, queue=EVENTS)
        found = await results(target(started))
        assert found["events"].outcome == "ok"
        async with QueueServiceClient.from_connection_string(azurite_of_its_own.connection_string) as service:
            left = [each.content async for each in service.get_queue_client(EVENTS).receive_messages()]
    assert sorted(left) == sorted(others)


async def test_a_missing_queue_fails_its_row(azurite_of_its_own: StorageOptions) -> None:
    """The row names the queue, and what creates it."""
    async with stack(azurite_of_its_own) as started:
        async with QueueServiceClient.from_connection_string(azurite_of_its_own.connection_string) as service:
            await service.delete_queue(EVENTS)
        found = await results(target(started))
    assert first_failure(found)[:2] == ("queues", "missing: events")
    assert "deploy infra/ again" in found["queues"].remedy
    assert found["text"].outcome == "not run"
    assert found["text"].detail == "needs queues"


async def test_a_wrong_token_fails_the_signed_webhooks(azurite_of_its_own: StorageOptions) -> None:
    """Every route answers 403, and the row says which secret to set."""
    async with stack(azurite_of_its_own, TWILIO_AUTH_TOKEN="another-token") as started:
        found = await results(replace(target(started), patience=SHORT))
    name, problem, remedy = first_failure(found)
    assert (name, problem.partition(":")[0]) == ("signed webhooks", "every route answered 403")
    assert "./sb ops set-secret twilio-auth-token" in remedy
    assert found["unsigned webhooks"].outcome == "ok"


@asynccontextmanager
async def behind(answer: Replace, storage: StorageOptions, **changes: str) -> AsyncIterator[Target]:
    """The app behind a proxy with these answers."""
    async with AppProxy(answer) as proxy, stack(storage, **changes) as started:
        own = target(started)
        proxy.app = own.origin
        yield replace(own, address=proxy.url)


def serve_menu_to_anybody(request: web.Request) -> web.Response | None:
    """A route whose function does not verify the signature."""
    is_menu = request.path == "/api/voice/menu" and "X-Twilio-Signature" not in request.headers
    return web.Response(text="<Response/>", content_type="text/xml") if is_menu else None


async def test_a_route_that_is_served_unsigned_fails_its_row(azurite_of_its_own: StorageOptions) -> None:
    """The row names the route, and says to take the app off the network."""
    async with behind(serve_menu_to_anybody, azurite_of_its_own) as own:
        found = await results(own)
    name, problem, remedy = first_failure(found)
    assert (name, problem) == ("unsigned webhooks", "POST /api/voice/menu answered 200, not 403")
    assert "`az functionapp stop`" in remedy
    assert [name for name, result in found.items() if result.outcome == "failed"] == ["unsigned webhooks"]


@pytest.mark.parametrize("body", ["", "<html/>", "<Response><Say>Hello"])
async def test_an_answer_that_twilio_cannot_execute_fails_the_signed_webhooks(body: str) -> None:
    """The caller would hear an application error, whatever the status and the content type."""

    def answer(request: web.Request) -> web.Response:
        status = 204 if "/status/" in request.path else 200
        whole = body if request.path == "/api/voice/incoming" else "<Response/>"
        return web.Response(text=whole, content_type="text/xml", status=status)

    async with AppProxy(answer) as proxy:
        own = Target(name="x", deployment=Deployment(True, {}), origin=proxy.url, auth_token="token")
        rows = [row for row in ROWS if row.name == "signed webhooks"]
        (found,) = [each async for each in run_checklist(own, rows)][:1]
    shown = f"voice/incoming answered {len(body)} characters of text/xml, not TwiML"
    assert (found.outcome, found.detail.count(shown), found.detail.count("answered")) == ("failed", 2, 2)


class LossyLog:
    """A log that drops the lines with these words."""

    def __init__(self, log: LocalStack, dropped: str) -> None:
        self._log = log.host
        self._dropped = dropped

    async def find(self, words: str) -> str:
        """As the log itself, for other words."""
        return "" if words.startswith(self._dropped) else await self._log.find(words)


async def test_an_absent_log_line_fails_its_row(azurite_of_its_own: StorageOptions) -> None:
    """The row names the line and what should have written it."""
    async with stack(azurite_of_its_own) as started:
        own = target(started)
        found = await results(replace(own, logs=LossyLog(started, "event=dead_letter"), patience=WITHOUT_A_LINE))
    name, problem, remedy = first_failure(found)
    assert name == "log lines"
    assert "event=dead_letter queue=sms-outbox message=" in problem
    assert "(the poison message was moved)" in problem
    assert "'Monitoring Metrics Publisher'" in remedy
    assert [name for name, result in found.items() if result.outcome == "failed"] == ["log lines"]


@asynccontextmanager
async def without_table_role(storage: StorageOptions) -> AsyncIterator[dict[str, str]]:
    """The app's setting of a storage whose tables answer it 403. The checklist's own access is another."""
    async with StorageProxy(storage.table) as proxy:
        proxy.forbids = lambda _method, _path: True
        yield {"AzureWebJobsStorage": development_storage(storage.blob, storage.queue, proxy.port)}


async def test_a_missing_role_of_the_app_fails_health(azurite_of_its_own: StorageOptions) -> None:
    """The row names the part, and where the roles are."""
    async with (
        without_table_role(azurite_of_its_own) as changes,
        stack(azurite_of_its_own, **changes) as started,
    ):
        found = await results(replace(target(started), patience=SHORT))
    name, problem, remedy = first_failure(found)
    assert name == "health"
    assert problem.startswith("tables: ")
    assert "docs/security.md lists the roles of the app" in remedy
    assert (found["text"].outcome, found["status callback"].outcome) == ("failed", "not run")
    assert found["health is true"].outcome == "ok"


def say_ok(request: web.Request) -> web.Response | None:
    """A health page that says ok whatever is broken."""
    if request.path != "/api/health":
        return None
    return web.json_response({"status": "ok", "checks": HEALTHY})


async def test_a_health_page_that_lies_fails_its_row(azurite_of_its_own: StorageOptions) -> None:
    """It says ok of the tables, and the text that needs them failed."""
    async with (
        without_table_role(azurite_of_its_own) as changes,
        behind(say_ok, azurite_of_its_own, **changes) as own,
    ):
        found = await results(replace(own, patience=SHORT))
    assert found["health"].outcome == "ok"
    assert (found["text"].outcome, found["signed webhooks"].outcome) == ("failed", "ok")
    assert found["health is true"].outcome == "failed"
    assert found["health is true"].detail.startswith("it says queues, tables: ok, and these failed: call, ")
    assert "switchboard/blueprints/health.py" in found["health is true"].remedy


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (200, {"status": "degraded", "checks": HEALTHY | {"secrets": "absent"}}),
        (503, {"status": "ok", "checks": HEALTHY}),
        (200, {"status": "ok", "checks": HEALTHY | {"queues": "absent"}}),
    ],
)
async def test_a_health_page_that_contradicts_itself_fails_health(status: int, page: dict[str, object]) -> None:
    """Monitors read the status only."""

    def contradict(request: web.Request) -> web.Response | None:
        return web.json_response(page, status=status) if request.path == "/api/health" else None

    async with AppProxy(contradict) as proxy:
        own = Target(name="x", deployment=Deployment(True, {}), origin=proxy.url, auth_token="")
        (found,) = [each async for each in run_checklist(own, [row for row in ROWS if row.name == "health"])][:1]
    assert (found.outcome, found.detail.partition(":")[0]) == ("failed", "/api/health contradicts itself")


async def test_a_query_that_does_not_run_fails_alerts() -> None:
    """The row names the alert."""

    async def refuse(text: str) -> int:
        if "flow_failed" in text:
            raise OpsError("SemanticError: no column Mesage")
        return 0

    own = Target(name="x", deployment=Deployment(True, {}), origin="", auth_token="", run_query=refuse)
    (found,) = [each async for each in run_checklist(own, [row for row in ROWS if row.name == "alerts"])][:1]
    assert (found.outcome, found.detail) == ("failed", "webhooks-failing: SemanticError: no column Mesage")
