"""What it costs: the figures of README and docs/operating.md are the sums of the table in docs/operating.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import arm
from tests.doc_commands import page, section

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COST = section(page("operating.md"), "Cost")
GB_SECONDS, EXECUTIONS, LOGS = "GB-seconds of instances", "executions", "GB of logs"
# What Azure does not charge in a month, by meter.
FREE = {GB_SECONDS: 100_000, EXECUTIONS: 250_000, LOGS: 5}


class Meter(NamedTuple):
    """A row of the table: the price of `unit`, and the quantities of a month or of 1,000 texts."""

    name: str
    price: float
    unit: float
    idle: float
    together: float
    one_by_one: float

    def cost(self, quantity: float) -> float:
        """The price of a quantity in dollars."""
        return quantity / self.unit * self.price


def cells(line: str) -> list[str]:
    """The cells of a row, without bold."""
    return [cell.strip().strip("*") for cell in line.strip("|").split("|")]


ROWS = [cells(line) for line in COST.splitlines() if line.startswith("| ")]
METERS = [Meter(row[0], *(float(cell.replace(",", "")) for cell in row[1:])) for row in ROWS[1:-1]]
BY_NAME = {meter.name: meter for meter in METERS}
SUMS = [float(cell) for cell in ROWS[-1][3:]]


def test_the_sums_are_those_of_the_rows() -> None:
    """To a cent."""
    idle = sum(meter.cost(meter.idle) for meter in METERS)
    together = sum(meter.cost(meter.together) for meter in METERS)
    one_by_one = sum(meter.cost(meter.one_by_one) for meter in METERS)
    assert [round(idle, 2), round(together, 2), round(one_by_one, 2)] == SUMS


def test_the_figures_of_the_text_are_the_sums() -> None:
    """At the beginning of the section, and in the README, which links it."""
    idle, together, one_by_one = SUMS
    assert f"About ${idle:.0f} in an idle month, and ${together:.2f} to ${one_by_one:.2f} for 1,000 texts" in COST
    in_readme = (
        f"about ${idle:.0f} a month idle, and {together * 100:.0f} to {one_by_one * 100:.0f} cents per 1,000 texts"
    )
    assert in_readme in " ".join(README.split())
    assert "(docs/operating.md#cost)" in README


def test_the_free_grants_are_subtracted_right() -> None:
    """An idle month stays within each."""
    assert all(BY_NAME[name].idle <= free for name, free in FREE.items())
    charged = sum(meter.cost(meter.idle) for meter in METERS if meter.name not in FREE)
    assert f"an idle month ${charged:.2f}" in COST
    assert all(text in COST for text in ("100,000 GB-seconds", "250,000 executions", "5 GB of logs"))


def test_the_quantities_of_an_idle_month_follow_from_the_app() -> None:
    """A timer every five minutes for 30 days, a second each, on 2 GB; the alert rules of infra/."""
    runs = 30 * 24 * 12
    assert BY_NAME[EXECUTIONS].idle == runs
    assert BY_NAME[GB_SECONDS].idle == runs * 1 * 2
    severities = re.findall(
        r"^    severity: ([12])$", (arm.INFRA / "modules" / "alerts.bicep").read_text(), re.MULTILINE
    )
    assert BY_NAME["alert rules, every 5 minutes"].idle == severities.count("1")
    assert BY_NAME["alert rules, every 15 minutes"].idle == severities.count("2")


def test_the_seconds_of_a_text_follow_from_host_json() -> None:
    """Functions runs batchSize + newBatchThreshold messages on an instance: 16 + 8 on one core, by default."""
    host = (ROOT / "host.json").read_text()
    assert "batchSize" not in host
    assert "newBatchThreshold" not in host
    together = (1_000_000 * 0.5 / (16 + 8) + 2_000_000 * 0.05 / 16) * 2
    one_by_one = 3_000_000 * 1 * 2
    meter = BY_NAME[GB_SECONDS]
    assert (meter.together, meter.one_by_one) == (round(together / 1000), one_by_one / 1000)
    assert "24 texts" in COST
    assert f"{together // 1000:.0f},000, which is ${meter.cost(together):.2f}" in COST
    assert f"6,000,000, which is ${meter.cost(one_by_one):.0f}" in COST


@pytest.mark.parametrize("words", ["East US", "US dollars", "November 2026", "none of them confirms"])
def test_the_assumptions_are_written(words: str) -> None:
    """Region, currency, date, and the price that is least certain."""
    assert words in COST
