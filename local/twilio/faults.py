"""Simulated faults of Twilio: each is on for so many requests, or until it is switched off.

    slow        a REST request is accepted, and answered late
    throttled   a REST request is refused: 429, with Retry-After
    broken      a REST request is refused: 500
    dropped     a REST request is accepted, and the connection closes without an answer
    duplicate   a webhook is sent twice, with the same idempotency token
    disordered  a text's or call's status callbacks are sent in reverse order

The first four affect requests that create a text or a call, and no other REST requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

NAMES = ("slow", "throttled", "broken", "dropped", "duplicate", "disordered")
ON_REST = ("throttled", "broken", "dropped", "slow")
UNTIL_OFF = -1


class FaultError(Exception):
    """An invalid fault; the message names the valid values."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that is on for `times` more requests (UNTIL_OFF: all), or off: 0.

    `seconds` is the delay of a slow answer, and the Retry-After of a throttled one.
    """

    name: str
    times: int = 0
    seconds: float = 0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Fault:
        """Read `{"fault", "times"?: 1, "seconds"?}`. Raises FaultError."""
        name, times = body.get("fault"), body.get("times", 1)
        if name not in NAMES:
            raise FaultError(f"fault: {name!r} is none of {', '.join(NAMES)}")
        if not isinstance(times, int) or isinstance(times, bool) or times < UNTIL_OFF:
            raise FaultError("times: a whole number is wanted, -1 for until it is switched off")
        seconds = body.get("seconds", DEFAULT_SECONDS.get(name, 0))
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST_SECONDS:
            raise FaultError(f"seconds: a number from 0 to {LONGEST_SECONDS} is wanted")
        return cls(name=name, times=times, seconds=seconds)


DEFAULT_SECONDS = {"slow": 25, "throttled": 2}
LONGEST_SECONDS = 120


class Faults:
    """All faults by name. `changed` is called after each change."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._faults = {name: Fault(name=name) for name in NAMES}
        self._changed = changed

    def switch(self, fault: Fault) -> None:
        """Switch a fault on or off."""
        self._faults[fault.name] = fault
        self._changed()

    def take(self, *names: str) -> Fault | None:
        """Return the first of these faults that is on, and count it down; None when all are off."""
        fault = next((self._faults[name] for name in names if self._faults[name].times), None)
        if fault and fault.times > 0:
            self.switch(replace(fault, times=fault.times - 1))
        return fault

    def to_json(self) -> list[dict[str, object]]:
        """Return all faults, on and off."""
        return [asdict(self._faults[name]) for name in NAMES]
