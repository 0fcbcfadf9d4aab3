"""Writes what was measured: results.json, the table on the terminal, and the one in docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from benchmarks.figures import Finding, Measured

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- table: make bench -->", "<!-- end of table -->"


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmarks."""

    machine: dict[str, str]
    seconds: float
    rows: list[Measured]


def write(results: Results, path: Path = RESULTS) -> None:
    """Writes the JSON, which scale.py reads."""
    path.write_text(as_json(results) + "\n")


def as_json(results: Results) -> str:
    """Returns the results as JSON."""
    return msgspec.json.format(msgspec.json.encode(results), indent=2).decode()


def read(path: Path = RESULTS) -> Results:
    """Returns the last run."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def table(rows: Iterable[Measured]) -> str:
    """Returns the Markdown table: a line for each finding."""
    lines = ["| benchmark | what | measured (quartiles) | baseline | to reach | |", "|---|---|---|---|---|---|"]
    for row in rows:
        for number, finding in enumerate(row.findings):
            lines.append(f"| {row.title if number == 0 else ''} | {_line(finding)} |")
    return "\n".join(lines)


def write_page(results: Results) -> None:
    """Writes the table into docs/performance.md."""
    replace_part(BEGIN, END, f"{_machine(results)}\n\n{table(results.rows)}")


def replace_part(begin: str, end: str, text: str, path: Path = PAGE) -> None:
    """Replaces what is between two markers of a page. Raises ValueError without them."""
    before, begun, rest = path.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"{path} has no {begin} … {end}")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def _machine(results: Results) -> str:
    parts = [f"{name} {value}" for name, value in results.machine.items()]
    return f"Measured in {results.seconds:.0f} s on: {', '.join(parts)}."


def _line(finding: Finding) -> str:
    met: Mapping[bool | None, str] = {True: "met", False: "**not met**", None: ""}
    sign = "≥" if finding.at_least else "≤"
    limit = "" if finding.limit is None else f"{sign} {_number(finding.limit)} {finding.unit}".strip()
    cells = (finding.what, _value(finding), finding.baseline, limit, met[finding.is_met])
    return " | ".join(cells)


def _value(finding: Finding) -> str:
    value = finding.value
    text = f"{_number(value.median)} {finding.unit}".strip()
    return text if value.low == value.high else f"{text} ({_number(value.low)}–{_number(value.high)})"


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 20 and value != int(value) else f"{value:,.0f}"
