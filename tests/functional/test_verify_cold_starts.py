"""The row of cold starts: which answers of Azure's front end count as a caller's wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from aiohttp import web

from ops.deployment import Deployment
from tests.doubles import answering
from verify.checklist import ROWS, run_checklist
from verify.results import Result
from verify.target import Patience, Target

ROW = [row for row in ROWS if row.name == "cold starts"]
TOGETHER_SECONDS = 0.2


async def result(statuses: Iterable[int], starts: int = 1) -> Result:
    """The row's result when the app answers with these statuses, and then for ever with the last one."""
    waiting = list(statuses)
    scaled = []

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(TOGETHER_SECONDS / 2)
        return web.Response(status=waiting.pop(0) if len(waiting) > 1 else waiting[0])

    async def scale_to_zero() -> None:
        scaled.append(1)

    async with answering(answer) as url:
        target = Target(
            name="x",
            deployment=Deployment(True, {}),
            origin=url,
            auth_token="t",
            scale_to_zero=scale_to_zero,
            cold_starts=starts,
            patience=Patience(start=1),
        )
        found, *_ = [each async for each in run_checklist(target, ROW)]
    assert len(scaled) <= starts
    return found


def seconds(found: Result) -> float:
    """The slowest start of a row that is ok."""
    return float(found.detail.partition("slowest ")[2].partition(" s")[0])


async def test_every_start_is_measured() -> None:
    """Ten starts, ten times, and the median."""
    found = await result([200], starts=10)
    assert (found.outcome, found.detail.partition(":")[0]) == ("ok", "10 starts")
    assert len(found.detail.partition("(")[2].split()) == 10


async def test_an_error_while_an_instance_starts_counts() -> None:
    """Twilio would have called in that time."""
    assert seconds(await result([503, 502, 200])) >= 0.3


async def test_an_app_that_is_still_stopped_does_not_count() -> None:
    """Nobody stops an app in use: the time begins when the front end knows that it is started."""
    assert seconds(await result([403, 404, 403, 404, 200])) < 0.3


@pytest.mark.parametrize(
    ("status", "problem"),
    [(500, "POST /api/voice/incoming answered 500"), (503, "no answer within 1 s of a start")],
)
async def test_a_start_that_fails_is_a_failure(status: int, problem: str) -> None:
    """At once for an answer of the app, after its patience otherwise."""
    found = await result([status])
    assert (found.outcome, found.detail[: len(problem)]) == ("failed", problem)
    assert "ALWAYS_READY_HTTP_INSTANCES=1" in found.remedy
