"""Durations: how an operator writes one, and how a time is shown relative to now."""

from __future__ import annotations

from datetime import UTC, datetime

from ops.errors import UsageError
from switchboard.text import whole_number

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> float:
    """Returns `90`, `90s`, `5m`, `2h` or `3d` in seconds. Raises UsageError."""
    has_unit = text[-1:] in UNITS
    number = whole_number(text[:-1] if has_unit else text)
    if number is None:
        raise UsageError(f"{text!r} is not a duration: expected 90s, 5m, 2h or 3d")
    return number * (UNITS[text[-1]] if has_unit else 1)


def age(time: datetime | None) -> str:
    """Returns the time since then in one unit, as `5 min`; "" without a time."""
    return "" if time is None else _in_one_unit((datetime.now(UTC) - time).total_seconds())


def relative(time: datetime) -> str:
    """Returns the distance from now, as `5 min ago` or `in 23 h`."""
    seconds = (datetime.now(UTC) - time).total_seconds()
    return f"{_in_one_unit(seconds)} ago" if seconds >= 0 else f"in {_in_one_unit(-seconds)}"


def _in_one_unit(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
