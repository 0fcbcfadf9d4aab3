"""`python -m benchmarks`: measures every row, writes results.json and the table of docs/performance.md."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import sys
import time

from benchmarks import machine, report
from benchmarks.figures import Measured
from benchmarks.fresh_process import compile_packages
from benchmarks.plan import Plan

ROWS = (
    "cold_voice",
    "cold_vault",
    "cold_outbox",
    "warm_webhook",
    "outbox",
    "growing",
    "transactions",
    "claims",
    "callbacks",
)


def main() -> None:
    """Reads the options, and measures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=ROWS, help="one row; may be given several times")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see a large change, not for the table")
    parser.add_argument("--json", action="store_true", help="print the results as JSON, not as a table")
    options = parser.parse_args()
    # The app logs what it meets; the table has what matters of it.
    logging.disable(logging.CRITICAL)
    asyncio.run(measure(options.only or list(ROWS), Plan(quick=options.quick), as_json=options.json))


async def measure(names: list[str], plan: Plan, *, as_json: bool) -> None:
    """Measures rows one after another. Writes files only after a run of all rows at full length."""
    described, began = machine.describe(), time.monotonic()
    plan.say("compiling the installed packages")
    compile_packages()
    rows = [await measure_row(name, plan) for name in names]
    results = report.Results(machine=described, seconds=time.monotonic() - began, rows=rows)
    if set(names) == set(ROWS) and not plan.quick:
        report.write(results)
        report.write_page(results)
    text = report.as_json(results) if as_json else report.table(rows)
    sys.stdout.write(f"{text}\n")
    sys.stderr.write(f"{results.seconds:.0f} s\n")


async def measure_row(name: str, plan: Plan) -> Measured:
    """Measures one row, and says how long that took."""
    began = time.monotonic()
    measured: Measured = await importlib.import_module(f"benchmarks.rows.{name}").measure(plan)
    sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    return measured


if __name__ == "__main__":
    main()
