"""Time and randomness as dependencies, so that tests replace them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time (UTC) and monotonic time."""

    def now(self) -> datetime:
        """Returns the current time in UTC."""

    def monotonic(self) -> float:
        """Returns seconds that never decrease."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Returns the current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Returns seconds that never decrease."""
        return time.monotonic()


def timestamp(moment: datetime) -> str:
    """Returns a time as RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def random_token(random: Random) -> str:
    """Returns 24 random hex digits, which no other writer produces."""
    return f"{random.getrandbits(96):024x}"
