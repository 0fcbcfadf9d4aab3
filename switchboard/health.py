"""The health report: whether the parts that the app needs are configured and reachable, without secrets or numbers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from switchboard.cached import Cached
from switchboard.errors import SwitchboardError

KEPT_SECONDS = 30
CHECK_SECONDS = 5

Check = Callable[[], Awaitable[None]]


class Report(msgspec.Struct, frozen=True):
    """`status` is ok or degraded; `checks` has ok for each part, or the problem and its remedy."""

    status: str
    checks: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return self.status == "ok"


class Health:
    """Runs the checks concurrently, each bounded in time, and caches the report for 30 s.

    The page is public: requests to it must not cause more requests than that.
    """

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._report = Cached(self._run_checks, lambda _: KEPT_SECONDS, clock)

    async def report(self) -> Report:
        """Returns a report that is at most 30 s old."""
        return await self._report.get()

    async def _run_checks(self) -> Report:
        outcomes = await asyncio.gather(*(_outcome(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, outcomes, strict=True))
        return Report("ok" if set(outcomes) == {"ok"} else "degraded", checks)


async def _outcome(check: Check) -> str:
    """Returns ok or the problem. Of another library's exception only the type: its text may contain anything."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS} s"
    except SwitchboardError as error:
        return str(error)
    except Exception as error:
        return type(error).__name__
    return "ok"
