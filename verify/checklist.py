"""The checklist: every row, one after the other, and what test credentials cannot show."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable

from ops.errors import explain, is_expected
from verify import log_rows, queue_rows, webhook_rows
from verify.results import LeftOut, Result, RowFailed
from verify.rows import Row
from verify.run import Run
from verify.target import Target

ROWS: tuple[Row, ...] = (
    *queue_rows.STORAGE_ROWS,
    *webhook_rows.ROWS,
    *queue_rows.ROWS,
    *log_rows.ROWS,
)
BY_TEST_CREDENTIALS = "test credentials get 403 for it"
# What the checklist leaves out for any target, and why.
LEFT_OUT = {
    "reconciliation": f"it reads Twilio's lists, and {BY_TEST_CREDENTIALS}",
    "nightly look-ups, cancelling scheduled texts": f"they read or change a text or call, and {BY_TEST_CREDENTIALS}",
    "status callbacks from Twilio": "test credentials cause none: the checklist sends its own",
    "calls and texts from the telephone network": "a test account has no number that anybody could call",
    "ops point, rotate, doctor's Twilio part": f"they read the account, and {BY_TEST_CREDENTIALS}",
}


async def run_checklist(target: Target, rows: Iterable[Row] = ROWS) -> AsyncIterator[Result]:
    """Runs the rows, and yields each result once it is there. A row whose needs failed is not run."""
    async with Run(target) as run:
        for row in rows:
            result = await _run_row(run, row)
            if result.outcome in ("failed", "not run"):
                run.failed.add(row.name)
            yield result
        for name, reason in LEFT_OUT.items():
            yield Result(name, "left out", reason)


async def _run_row(run: Run, row: Row) -> Result:
    broken = [name for name in row.needs if name in run.failed]
    if broken:
        return Result(row.name, "not run", f"needs {', '.join(broken)}")
    begun = time.monotonic()
    try:
        detail = await row.check(run)
    except LeftOut as reason:
        return Result(row.name, "left out", str(reason))
    except Exception as error:
        if not is_expected(error):
            raise
        remedy = (error.remedy if isinstance(error, RowFailed) else "") or row.remedy
        return Result(row.name, "failed", explain(error), remedy, time.monotonic() - begun)
    return Result(row.name, "ok", detail, "", time.monotonic() - begun)
