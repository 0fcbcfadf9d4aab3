"""The stand-in's lines in the terminal."""

from __future__ import annotations

from collections.abc import Callable

from local.twilio.options import StandInOptions
from local.twilio.wire import Entry

LONGEST_LINE = 160

Say = Callable[[str], None]


def log_failure(entry: Entry, say: Say) -> None:
    """Log a failed request. Other parts log the results of the successful ones."""
    if entry.failed:
        say("; ".join((f"! {entry.direction} {entry.method}: {entry.summary}", *entry.problems)))


def with_time(options: StandInOptions, say: Say) -> Say:
    """Return a function that logs a line with its time of day, shortened."""

    def saywith_time(line: str) -> None:
        words = " ".join(line.split())
        short = words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 1] + "…"
        say(f"{options.clock().astimezone():%H:%M:%S} {short}")

    return saywith_time
