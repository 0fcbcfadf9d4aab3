"""Time and chance, as a delivery uses them: tests put their own in their place."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random
from typing import Protocol


class Clock(Protocol):
    """The time, for people (UTC) and for measuring."""

    def now(self) -> datetime:
        """This moment in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """This moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


def token(chance: Random) -> str:
    """What nobody else writes: 24 hex digits."""
    return f"{chance.getrandbits(96):024x}"
