"""Draws the simulation: what waits and what is delivered by time, and how long callers wait."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

from benchmarks.simulation.calls import Answers
from benchmarks.simulation.texts import Outcome

SHOWN_MINUTES = 180


def draw(texts: list[Outcome], calls: list[Answers], folder: Path) -> None:
    """Writes one picture for each scenario of scale.py."""
    folder.mkdir(exist_ok=True)
    _draw_texts([each for each in texts if each.scenario.texts == 1_000_000], folder / "texts.png")
    _draw_calls(calls, folder / "calls.png")


def _draw_texts(outcomes: list[Outcome], path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    for each in outcomes:
        axes.plot([value / 1000 for value in each.delivered[:SHOWN_MINUTES]], label=each.scenario.name)
    axes.set(xlabel="minutes", ylabel="thousands of texts delivered", title="A million texts in an hour, by senders")
    _finish(figure, axes, path)


def _draw_calls(mornings: list[Answers], path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    for each in mornings:
        axes.plot(each.begun, each.waited, ".", markersize=2, label=each.morning.name)
    axes.set(
        xlabel="seconds since the first call",
        ylabel="seconds until the first answer",
        xlim=(0, 30),
        title="A thousand calls a minute after an idle night",
    )
    _finish(figure, axes, path)


def _finish(figure: pyplot.Figure, axes: pyplot.Axes, path: Path) -> None:
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
