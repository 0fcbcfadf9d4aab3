"""Slows down wrong sign-ins, for each agent and address. Kept in memory: each instance of the app counts alone.

It keeps the log short and makes trying pointless early; what protects an agent is the length of the key.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

# So many wrong keys are answered at once; after each further one the next try waits 2, 4, 8 … seconds.
FREE_TRIES = 5
LONGEST_WAIT = 300.0
# A pair that nobody tries for so long starts again.
FORGOTTEN_AFTER = 3600.0
MOST_REMEMBERED = 1000

Pair = tuple[str, str]


class _Wrong(msgspec.Struct, frozen=True):
    times: int
    last: float

    @property
    def waits(self) -> float:
        beyond = self.times - FREE_TRIES
        return 0 if beyond < 0 else min(LONGEST_WAIT, 2.0 ** (beyond + 1))


class SignInLimits:
    """Wrong tries by agent and address, of at most MOST_REMEMBERED pairs: the oldest are forgotten first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        self._wrong: dict[Pair, _Wrong] = {}

    def seconds_to_wait(self, agent: str, address: str) -> float:
        """Returns how long the next try of this agent at this address has to wait, 0 for not at all."""
        wrong = self._recent((agent, address))
        return max(0.0, wrong.last + wrong.waits - self._clock()) if wrong else 0.0

    def count_wrong(self, agent: str, address: str) -> None:
        """Counts a wrong key."""
        pair = (agent, address)
        wrong = self._recent(pair)
        self._wrong.pop(pair, None)
        self._wrong[pair] = _Wrong(wrong.times + 1 if wrong else 1, self._clock())
        while len(self._wrong) > MOST_REMEMBERED:
            del self._wrong[next(iter(self._wrong))]

    def forget(self, agent: str, address: str) -> None:
        """Forgets the wrong tries: the right key was given."""
        self._wrong.pop((agent, address), None)

    def _recent(self, pair: Pair) -> _Wrong | None:
        wrong = self._wrong.get(pair)
        return wrong if wrong and self._clock() - wrong.last < FORGOTTEN_AFTER else None
