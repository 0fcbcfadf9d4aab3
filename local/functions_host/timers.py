"""Timer triggers: NCRONTAB of six fields, in UTC; the next occurrence only, what was missed is not made up for."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from azure.functions.meta import Datum
from croniter import croniter

from local.functions_host.functions import Function
from local.functions_host.invocation import Trigger
from local.functions_host.options import HostError

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DAYS = "sun|mon|tue|wed|thu|fri|sat"
# croniter knows more (`L`, `#`, `@daily`); NCRONTAB, which Azure reads, knows this.
FIELD = re.compile(rf"(?:\d+|[*,/-]|{MONTHS}|{DAYS})+", re.IGNORECASE)

Begin = Callable[[Function, Trigger], Awaitable[None]]


class Schedule:
    """`{second} {minute} {hour} {day} {month} {day-of-week}`. A day must fit both of its fields, as NCRONTAB has it."""

    def __init__(self, function: str, expression: str) -> None:
        fields = expression.split()
        self._expression = " ".join(fields)
        known = len(fields) == 6 and all(FIELD.fullmatch(field) for field in fields)
        if not known or not croniter.is_valid(self._expression, second_at_beginning=True):
            raise HostError(f"{function}: {expression!r} is no schedule of six fields, as in '0 */5 * * * *'")

    def after(self, moment: datetime) -> datetime:
        """The first occurrence after a moment."""
        times = croniter(self._expression, moment, ret_type=datetime, day_or=False, second_at_beginning=True)
        following: datetime = times.get_next()
        return following


class Timer:
    """One timer function: runs are never at the same time as each other."""

    def __init__(self, function: Function, begin: Begin) -> None:
        self._function = function
        self._begin = begin
        self._schedule = Schedule(function.name, function.trigger.text("schedule"))

    async def keep(self) -> None:
        """Run it at its times, until cancelled; at once too when it asks for that."""
        moment = datetime.now(UTC)
        if self._function.trigger.values.get("runOnStartup"):
            await self._run()
        while True:
            # A sleep may end a little before its time, and must not bring the same occurrence again.
            due = self._schedule.after(max(moment, datetime.now(UTC)))
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
            moment = due
            await self._run()

    async def _run(self) -> None:
        # A timer that is stopped does not stop the function that runs.
        await asyncio.shield(self._begin(self._function, timer_request()))


def timer_request() -> Trigger:
    """What a timer function is told: it is never late here."""
    value = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
    return Trigger(Datum(json.dumps(value), "json"), {})
