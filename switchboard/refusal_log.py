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


class LineLimit:
    """Says which of many events of one kind get a log line, so that the lines' `times` add up to the events.

    A line is due at the first event that it covers enough for, because a worker forwards only what it logs while it
    answers a request. Events that no line covers yet are in the next one. One for each worker process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Begins a minute with a count of zero."""
        self._began = self._clock()
        self._lines = self._uncovered = 0

    def count(self) -> int:
        """Counts an event. Returns how many events a line covers that is due now, 0 when none is due."""
        if self._clock() - self._began >= MINUTE:
            self._began, self._lines = self._clock(), 0
        self._uncovered += 1
        if self._uncovered < self._needed():
            return 0
        covered, self._uncovered = self._uncovered, 0
        self._lines += 1
        return covered

    def _needed(self) -> int:
        """Returns how many events the next line of this minute covers."""
        beyond = self._lines - SINGLE_LINES
        return 1 if beyond < 0 else 10 * 2**beyond


class RefusalLog(LineLimit):
    """Writes `event=webhook_refused` lines."""

    def log(self, function: str, reason: object) -> None:
        """Counts a refusal by this function, and writes a line when one is due; the line has the last reason."""
        if times := self.count():
            logger.warning("event=webhook_refused function=%s times=%d reason=%s", function, times, reason)


refusals = RefusalLog()
