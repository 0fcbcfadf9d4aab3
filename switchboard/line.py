"""The line to Twilio, stopped while our own account or settings are at fault.

Every message would meet the same, so none is burnt through: they wait, without ageing, while one of them tries again
each minute. What stops it is told by one alertable line a minute.
"""

from __future__ import annotations

import logging

from switchboard.clock import Clock
from switchboard.errors import AccountFault

logger = logging.getLogger(__name__)

STOPPED_SECONDS = 60.0
# Faults of one sender, or of one country that may not be reached: the others go on.
SENDER_FAULTS = frozenset({21603, 21606, 21701, 21703, 21704, 21705, 30032, 30034})
DESTINATION_FAULTS = frozenset({21408, 21215, 21608})
EVERYBODY = ""


class Line:
    """Whether messages may be sent at this moment; one a worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped_until: dict[str, float] = {}
        self._told_at: float | None = None

    def lets_through(self, sender: str) -> bool:
        """Whether a message of this sender may ask Twilio now. Of a stopped line, one a minute may."""
        now = self._clock.monotonic()
        stopped = [scope for scope in (EVERYBODY, sender) if scope in self._stopped_until]
        if any(self._stopped_until[scope] > now for scope in stopped):
            return False
        for scope in stopped:
            self._stopped_until[scope] = now + STOPPED_SECONDS
        return True

    def mend(self, sender: str) -> None:
        """Twilio took, or refused for its own content, what this sender sent: nothing is at fault any more."""
        for scope in (EVERYBODY, sender):
            self._stopped_until.pop(scope, None)

    def stop(self, sender: str, fault: AccountFault) -> None:
        """Note a fault of ours: stop the line for whom it concerns, and tell it unless that was just done."""
        now = self._clock.monotonic()
        if fault.code not in DESTINATION_FAULTS:
            scope = sender if fault.code in SENDER_FAULTS else EVERYBODY
            self._stopped_until[scope] = now + STOPPED_SECONDS
        if self._told_at is None or now - self._told_at >= STOPPED_SECONDS:
            self._told_at = now
            logger.error("event=account_fault code=%d status=%d", fault.code, fault.status)


def is_of_command(code: int, *, own_sender: bool) -> bool:
    """Whether a fault with this code is the command's own, because it chose the sender that is at fault."""
    return own_sender and code in SENDER_FAULTS
