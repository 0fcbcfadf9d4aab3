"""Things that go wrong at Twilio's side, at a click: each for so many times, or until it is switched off.

    slow        a REST request is taken, and answered late
    throttled   a REST request is refused: 429, with Retry-After
    broken      a REST request is not taken: 500
    dropped     a REST request is taken, and the connection closed without an answer
    duplicate   a webhook comes twice, with the same idempotency token
    disordered  a text's or call's status callbacks come last first

The first four befall requests that create a text or a call; lists and look-ups go well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

NAMES = ("slow", "throttled", "broken", "dropped", "duplicate", "disordered")
ON_REST = ("throttled", "broken", "dropped", "slow")
UNTIL_OFF = -1


class FaultError(Exception):
    """A wish for a fault that there is not; the message says what can be asked for."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One that is switched on, for `times` more requests (UNTIL_OFF: all), or off: 0.

    `seconds` is how late a slow answer is, and what a throttled one says in Retry-After.
    """

    name: str
    times: int = 0
    seconds: float = 0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Fault:
        """Read `{"fault", "times"?, "seconds"?}`; once, unless `times` says otherwise. Raises FaultError."""
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
    """Those that are switched on. `changed` is told whenever one is switched, or has befallen something."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._faults = {name: Fault(name=name) for name in NAMES}
        self._changed = changed

    def switch(self, fault: Fault) -> None:
        """Switch one on or off."""
        self._faults[fault.name] = fault
        self._changed()

    def take(self, *names: str) -> Fault | None:
        """The first of these that is on, which befalls what is being done now."""
        fault = next((self._faults[name] for name in names if self._faults[name].times), None)
        if fault and fault.times > 0:
            self.switch(replace(fault, times=fault.times - 1))
        return fault

    def to_json(self) -> list[dict[str, object]]:
        """All of them, on and off."""
        return [asdict(self._faults[name]) for name in NAMES]
