"""Logs refused webhooks: the first few of a minute one by one, the rest as counts.

Azure charges for log lines by size, these are not sampled, and anybody can send forged webhooks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

# Lines of one refusal each, at the beginning of each minute. After them a line covers 10, 20, 40 … refusals.
SINGLE_LINES = 5
MINUTE = 60.0

logger = logging.getLogger(__name__)


class RefusalLog:
    """Writes `event=webhook_refused` lines whose `times` add up to the refusals.

    A line is written at the first refusal that it is due for, because a worker forwards only what it logs while it
    answers a request. Refusals that no line covers yet are in the next one. One for each worker process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Begins a minute with a count of zero."""
        self._began = self._clock()
        self._lines = self._uncovered = 0

    def log(self, function: str, reason: object) -> None:
        """Counts a refusal by this function, and writes a line when one is due; the line has the last reason."""
        if self._clock() - self._began >= MINUTE:
            self._began, self._lines = self._clock(), 0
        self._uncovered += 1
        if self._uncovered >= self._needed():
            logger.warning("event=webhook_refused function=%s times=%d reason=%s", function, self._uncovered, reason)
            self._lines, self._uncovered = self._lines + 1, 0

    def _needed(self) -> int:
        """Returns how many refusals the next line of this minute covers."""
        beyond = self._lines - SINGLE_LINES
        return 1 if beyond < 0 else 10 * 2**beyond


refusals = RefusalLog()
