"""Timer triggers: NCRONTAB with six fields, in UTC. Missed occurrences are not repeated."""

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
# croniter accepts more (`L`, `#`, `@daily`) than Azure's NCRONTAB, which has only these.
FIELD = re.compile(rf"(?:\d+|[*,/-]|{MONTHS}|{DAYS})+", re.IGNORECASE)

Begin = Callable[[Function, Trigger], Awaitable[None]]


class Schedule:
    """`{second} {minute} {hour} {day} {month} {day-of-week}`. A day must match both of its fields, as in NCRONTAB."""

    def __init__(self, function: str, expression: str) -> None:
        fields = expression.split()
        self._expression = " ".join(fields)
        valid = len(fields) == 6 and all(FIELD.fullmatch(field) for field in fields)
        if not valid or not croniter.is_valid(self._expression, second_at_beginning=True):
            raise HostError(f"{function}: {expression!r} is no schedule of six fields, as in '0 */5 * * * *'")

    def after(self, moment: datetime) -> datetime:
        """Return the first occurrence after a moment."""
        times = croniter(self._expression, moment, ret_type=datetime, day_or=False, second_at_beginning=True)
        following: datetime = times.get_next()
        return following


class Timer:
    """Runs one timer function, one run at a time."""

    def __init__(self, function: Function, begin: Begin) -> None:
        self._function = function
        self._begin = begin
        self._schedule = Schedule(function.name, function.trigger.text("schedule"))

    async def run(self) -> None:
        """Run the function on schedule until cancelled; with `runOnStartup` at once too."""
        moment = datetime.now(UTC)
        if self._function.trigger.values.get("runOnStartup"):
            await self._run()
        while True:
            # A sleep can end a little early. The occurrence must not run twice.
            due = self._schedule.after(max(moment, datetime.now(UTC)))
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
            moment = due
            await self._run()

    async def _run(self) -> None:
        # Cancelling the timer does not cancel a running function.
        await asyncio.shield(self._begin(self._function, timer_request()))


def timer_request() -> Trigger:
    """Make the trigger of a timer function. It is never past due."""
    value = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
    return Trigger(Datum(json.dumps(value), "json"), {})
