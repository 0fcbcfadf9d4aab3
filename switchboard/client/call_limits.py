"""Bounds the calls that an agent's browser places. Kept in memory: each instance of the app counts alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

CALLS_PER_HOUR = 60
HOUR = 3600.0


class CallLimits:
    """The calls of the last hour by agent. Agents are those of numbers.toml, so that memory is bounded."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        self._calls: dict[str, deque[tuple[float, str]]] = {}

    def take(self, agent: str, call: str) -> bool:
        """Counts a call of this agent, by its SID: once, also when Twilio repeats the webhook.

        Returns False, without counting, when the hour's calls are used up.
        """
        now = self._clock()
        calls = self._calls.setdefault(agent, deque())
        while calls and now - calls[0][0] >= HOUR:
            calls.popleft()
        if call and any(call == counted for _, counted in calls):
            return True
        if len(calls) >= CALLS_PER_HOUR:
            return False
        calls.append((now, call))
        return True
