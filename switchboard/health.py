"""Is the app able to do its job: what is configured and reachable, without a secret or a number."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from switchboard.errors import SwitchboardError

REMEMBERED_SECONDS = 30
CHECK_SECONDS = 5

Check = Callable[[], Awaitable[None]]


class Report(msgspec.Struct, frozen=True):
    """`status` is ok or degraded; `checks` says of each part ok, or what is wrong with it and what to do."""

    status: str
    checks: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether every check went well."""
        return self.status == "ok"


class Health:
    """Runs the checks side by side, each bounded in time, and remembers what they said for 30 s.

    The page is open to anybody: asking often must not reach further than this.
    """

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._clock = clock
        self._running: asyncio.Task[Report] | None = None
        self._since = 0.0

    async def report(self) -> Report:
        """The state of things, at most 30 s old. Callers at the same time share one look."""
        if self._running is None or self._is_stale() or self._running.get_loop() is not asyncio.get_running_loop():
            self._since = self._clock()
            self._running = asyncio.create_task(self._look())
        return await asyncio.shield(self._running)

    def _is_stale(self) -> bool:
        return self._clock() - self._since >= REMEMBERED_SECONDS

    async def _look(self) -> Report:
        said = await asyncio.gather(*(_outcome(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, said, strict=True))
        return Report("ok" if set(said) == {"ok"} else "degraded", checks)


async def _outcome(check: Check) -> str:
    """ok, or what the check found. A stranger's exception is told by its type only: its words may hold anything."""
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
