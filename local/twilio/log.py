"""The stand-in's log: short lines with a time of day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from local.twilio.wire import Entry

LONGEST_LINE = 160

Say = Callable[[str], None]


def log_failure(entry: Entry, say: Say) -> None:
    """Log a failed request. Other parts log the results of the successful ones."""
    if entry.failed:
        say("; ".join((f"! {entry.direction} {entry.method}: {entry.summary}", *entry.problems)))


def with_time(clock: Callable[[], datetime], say: Say) -> Say:
    """Return a function that logs a line with its time of day, shortened."""

    def say_with_time(line: str) -> None:
        words = " ".join(line.split())
        short = words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 1] + "…"
        say(f"{clock().astimezone():%H:%M:%S} {short}")

    return say_with_time
