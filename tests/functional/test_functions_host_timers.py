"""Timers of the local host: when they are due, and that they run."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.functions_host import HostError
from local.functions_host.timers import Schedule
from tests.functional.functions_host_app import eventually, running

# A Saturday.
NOW = datetime(2026, 1, 31, 12, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("0 */5 * * * *", datetime(2026, 1, 31, 12, 5, tzinfo=UTC)),
        ("*/20 * * * * *", datetime(2026, 1, 31, 12, 2, 40, tzinfo=UTC)),
        ("30 2 12 * * *", datetime(2026, 2, 1, 12, 2, 30, tzinfo=UTC)),
        ("0 0 3 * * *", datetime(2026, 2, 1, 3, tzinfo=UTC)),
        ("0 30 9 * * Mon-Fri", datetime(2026, 2, 2, 9, 30, tzinfo=UTC)),
        ("0 0 0 1 JAN *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0 0 9 13 * FRI", datetime(2026, 2, 13, 9, tzinfo=UTC)),
    ],
)
def test_the_next_time_is_ncrontabs(expression: str, due: datetime) -> None:
    """Seconds come first; a day must fit both the day of the month and that of the week."""
    assert Schedule("tick", expression).after(NOW) == due


@pytest.mark.parametrize("expression", ["0 3 * * *", "", "@daily", "61 * * * * *", "0 0 0 L * *", "0 0 0 * * 1#2", "x"])
def test_what_is_no_ncrontab_is_refused(expression: str) -> None:
    """Five fields, words that only other crons know, numbers out of range: it names the function."""
    with pytest.raises(HostError, match="tick: "):
        Schedule("tick", expression)


async def test_a_timer_runs_on_schedule(tmp_path: Path) -> None:
    """Again and again, and not at once."""
    source = """
@app.timer_trigger("timer", "* * * * * *")
async def tick(timer: func.TimerRequest) -> None:
    note(f"{time.time():.3f}")
"""
    async with running(tmp_path, source) as app:
        await eventually(lambda: len(app.ran) >= 2)
    first, second = (float(line) for line in app.ran[:2])
    assert int(first) < int(second)


async def test_a_timer_may_run_on_startup(tmp_path: Path) -> None:
    """Once at once, with `runOnStartup`; a failure is logged, and the timer continues."""
    source = """
@app.timer_trigger("timer", "0 0 0 1 1 *", run_on_startup=True)
def first(timer: func.TimerRequest) -> None:
    note("first")
    raise ValueError("not today")

@app.timer_trigger("timer", "0 0 0 1 1 *")
def never(timer: func.TimerRequest) -> None:
    note("never")
"""
    async with running(tmp_path, source) as app:
        await eventually(lambda: any("first failed: ValueError: not today" in line for line in app.said))
    assert app.ran == ["first"]
