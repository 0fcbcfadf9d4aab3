"""Rows about the log and what reads it, and about new instances."""

from __future__ import annotations

import asyncio
import statistics
import time

from local.settings import ROOT
from ops.errors import explain, is_expected
from verify.results import LeftOut, RowFailed
from verify.routes import Webhook, app_routes
from verify.rows import Row
from verify.run import ANSWER_SECONDS, Run
from verify.target import RunQuery
from verify.webhook_rows import read_health

ALERTS = ROOT / "infra" / "alerts"
MEASURED, TIMER = "event=queue_depth queue=events", "measure_queues"
REFUSED = "event=webhook_refused"
# A voice webhook that fails answers 200 with an apology: only the log says so.
UNWANTED = ("event=webhook_failed", "event=webhook_unready", "event=queue_failed", "event=timer_failed")
OK = 200
# While an instance starts, Azure's front end may answer for it: the caller waits, or hears an error.
STARTING = (502, 503, 504)
# For some seconds after its start the front end still answers that the app is stopped: no caller's wait.
STILL_STOPPED = (403, 404)
POLL_SECONDS = 0.05


async def log_lines(run: Run) -> str:
    """The lines that earlier rows must have caused are in the log, and none of an error."""
    if run.target.logs is None:
        raise LeftOut("this target has no log that can be read")
    if run.target.run_timer is not None:
        await run.target.run_timer(TIMER)
    expected = {**run.logged, REFUSED: "webhooks were refused", MEASURED: f"the timer {TIMER} ran"}
    missing = dict(expected)
    logs = run.target.logs

    async def all_found() -> bool:
        for words in list(missing):
            if await logs.find(words):
                del missing[words]
        return not missing

    if not await run.until(all_found, run.target.patience.log):
        shown = "; ".join(f"{words} ({cause})" for words, cause in missing.items())
        raise RowFailed(f"not in the log within {run.target.patience.log:.0f} s: {shown}")
    errors = [line for line in [await logs.find(words) for words in UNWANTED] if line]
    if errors:
        raise RowFailed(f"the app logged an error: {errors[0]}", "the line names the function and the error's place")
    return f"{len(expected)} lines, and no error"


async def alerts(run: Run) -> str:
    """Every query of infra/alerts runs."""
    if run.target.run_query is None:
        raise LeftOut("this target has no workspace")
    problems, queries = [], alert_queries()
    for name, query in queries.items():
        problem = await _problem_of(run.target.run_query, query)
        if problem:
            problems.append(f"{name}: {problem}")
    if problems:
        raise RowFailed("; ".join(problems))
    return ", ".join(queries)


async def cold_starts(run: Run) -> str:
    """A call that meets no instance hears TwiML in time, again and again."""
    if run.target.scale_to_zero is None:
        raise LeftOut("this target's instances cannot be removed from here")
    seconds = []
    for _ in range(run.target.cold_starts):
        await run.target.scale_to_zero()
        seconds.append(await _first_answer(run))
    median, worst = statistics.median(seconds), max(seconds)
    times = " ".join(f"{each:.1f}" for each in seconds)
    if worst > ANSWER_SECONDS:
        raise RowFailed(
            f"the slowest of {len(seconds)} took {worst:.1f} s, and Twilio waits {ANSWER_SECONDS} s: {times}"
        )
    return f"{len(seconds)} starts: median {median:.1f} s, slowest {worst:.1f} s ({times})"


async def health_is_true(run: Run) -> str:
    """The health page does not say ok of a part that an earlier row found broken."""
    page = await read_health(run)
    broken = {"text", "call", "status callback", "events"} & run.failed
    said = [part for part in ("queues", "tables") if page.checks.get(part) == "ok"]
    if broken and page.status == "ok":
        raise RowFailed(f"it says {', '.join(said)}: ok, and these failed: {', '.join(sorted(broken))}")
    return page.status


def alert_queries() -> dict[str, str]:
    """Returns the query of each alert by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(ALERTS.glob("*.kql"))}


async def _problem_of(run_query: RunQuery, query: str) -> str:
    try:
        await run_query(query)
    except Exception as error:
        if not is_expected(error):
            raise
        return explain(error)
    return ""


async def _first_answer(run: Run) -> float:
    """Returns the seconds until an incoming call is answered. Raises RowFailed when it never is."""
    webhook = _incoming_call(run)
    begun = time.monotonic()
    until = begun + run.target.patience.start
    while time.monotonic() < until:
        status = await _status(run, webhook)
        if status == OK:
            return time.monotonic() - begun
        if status in STILL_STOPPED:
            begun = time.monotonic()
        elif status not in (0, *STARTING):
            raise RowFailed(f"{webhook.name} answered {status} after {time.monotonic() - begun:.1f} s")
        await asyncio.sleep(POLL_SECONDS)
    raise RowFailed(f"no answer within {run.target.patience.start:.0f} s of a start")


async def _status(run: Run, webhook: Webhook) -> int:
    """Returns the status of the answer, 0 without one."""
    try:
        return (await run.send(webhook)).status
    except RowFailed:
        return 0


def _incoming_call(run: Run) -> Webhook:
    (route,) = [each for each in app_routes() if each.template == "voice/incoming"]
    return next(each for each in route.webhooks(run.names) if each.method == "POST")


ROWS = (
    Row(
        "log lines",
        "the lines that this run caused are in the log",
        "in Azure they take up to five minutes, and more in a new workspace: run it again. Then check that the app's "
        "identity has 'Monitoring Metrics Publisher', and that host.json does not sample traces",
        log_lines,
    ),
    Row(
        "alerts",
        "every alert's query runs without an error",
        "correct the query in infra/alerts, or the role: your login needs to read the workspace",
        alerts,
    ),
    Row(
        "cold starts",
        "a call that meets no instance hears TwiML within 15 s",
        "ALWAYS_READY_HTTP_INSTANCES=1 keeps one instance; docs/operating.md has its price",
        cold_starts,
        needs=("signed webhooks",),
    ),
    Row(
        "health is true",
        "/api/health does not say ok of what the rows above found broken",
        "monitors see nothing of it: compare what switchboard/blueprints/health.py checks with the row that failed",
        health_is_true,
    ),
)
