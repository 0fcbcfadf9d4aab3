"""`python -m benchmarks.scale`: what holds and what gives way first, simulated from the measured figures.

"A million texts in an hour" and "a thousand calls a minute after an idle night". Prints tables; with `--plots` it also
writes docs/performance/*.png, which needs matplotlib.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.simulation.calls import Answers, Calls, Morning
from benchmarks.simulation.parameters import Parameters
from benchmarks.simulation.texts import Outcome, Scenario, Texts

PLOTS = Path(__file__).parents[1] / "docs" / "performance"
BEGIN, END = "<!-- scale: make scale -->", "<!-- end of scale -->"
SCENARIOS = (
    Scenario(name="1 long code, 1 a second", senders=1, sender_rate=1),
    Scenario(name="1 short code, 100 a second", senders=1, sender_rate=100),
    Scenario(name="3 short codes", senders=3, sender_rate=100),
    Scenario(name="3 short codes, all put within a minute", seconds=60, senders=3, sender_rate=100),
    Scenario(name="ten million, 30 short codes", texts=10_000_000, senders=30, sender_rate=100),
)
MORNINGS = (
    Morning(name="no instance ready"),
    Morning(name="1 instance always ready", ready=1),
    Morning(name="2 instances always ready", ready=2),
)


def main() -> None:
    """Simulates every scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--plots", action="store_true", help="write docs/performance/*.png (needs matplotlib)")
    options = parser.parse_args()
    parameters = Parameters.measured(report.read())
    texts = [Texts(scenario, parameters).run() for scenario in SCENARIOS]
    calls = [Calls(morning, parameters).run() for morning in MORNINGS]
    tables = f"{parameters_line(parameters)}\n\n{texts_table(texts)}\n\n{calls_table(calls)}"
    report.replace_part(BEGIN, END, tables)
    sys.stdout.write(f"{tables}\n")
    if options.plots:
        from benchmarks.simulation import plots

        plots.draw(texts, calls, PLOTS)


def parameters_line(parameters: Parameters) -> str:
    """Returns the measured parameters."""
    return (
        f"From results.json: {1000 * parameters.text_cpu:.1f} ms of CPU a text, "
        f"{1000 * parameters.callback_cpu:.1f} ms a callback, {1000 * parameters.webhook_cpu:.2f} ms a webhook of a "
        f"call, {parameters.cold_start:.2f} s from the start of a process to its first answer."
    )


def texts_table(outcomes: list[Outcome]) -> str:
    """Returns the table of the texts."""
    lines = [
        "| a million texts in an hour, from | all at Twilio after | all delivered after | lost at Twilio (30001) "
        "| most instances | at its limit |",
        "|---|---|---|---|---|---|",
    ]
    for each in outcomes:
        cells = (
            each.scenario.name,
            _hours(each.sent_after),
            _hours(each.delivered_after),
            f"{each.overflowed:,}",
            str(max(each.instances)),
            each.gives_way,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def calls_table(mornings: list[Answers]) -> str:
    """Returns the table of the calls."""
    lines = [
        "| a thousand calls a minute after an idle night | half wait at most | 99 % | longest | over 15 s "
        "| slow calls end after |",
        "|---|---|---|---|---|---|",
    ]
    for each in mornings:
        waits = (f"{wait:.2f} s" for wait in (each.percentile(0.5), each.percentile(0.99), max(each.waited)))
        cells = (each.morning.name, *waits, str(each.lost), f"{each.slow_until:.1f} s")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _hours(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    main()
