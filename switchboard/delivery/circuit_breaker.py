"""The circuit breaker: no requests to Twilio while our own account, sender or settings are at fault.

Every command would get the same error, so none is used up: commands wait, without ageing, and one per minute tries
again. While the breaker is open, one log line per minute raises the alert.
"""

from __future__ import annotations

import logging

from switchboard.clock import Clock
from switchboard.errors import AccountFault

logger = logging.getLogger(__name__)

OPEN_SECONDS = 60.0
# Faults of one sender, and of one destination that the account may not reach: other senders go on.
SENDER_FAULTS = frozenset({21603, 21606, 21701, 21703, 21704, 21705, 30032, 30034})
DESTINATION_FAULTS = frozenset({21408, 21215, 21608})
EVERY_SENDER = ""


class CircuitBreaker:
    """Decides whether a command may be sent now. One per worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open_until: dict[str, float] = {}
        self._logged_at: float | None = None

    def allows(self, sender: str) -> bool:
        """Returns whether a command of this sender may be sent now. While open, allows one command per minute."""
        now = self._clock.monotonic()
        open_scopes = [scope for scope in (EVERY_SENDER, sender) if scope in self._open_until]
        if any(self._open_until[scope] > now for scope in open_scopes):
            return False
        for scope in open_scopes:
            self._open_until[scope] = now + OPEN_SECONDS
        return True

    def close(self, sender: str) -> None:
        """Closes the breaker: Twilio accepted a command of this sender, or rejected it for its own content."""
        for scope in (EVERY_SENDER, sender):
            self._open_until.pop(scope, None)

    def open(self, sender: str, fault: AccountFault) -> None:
        """Opens the breaker for the sender, or for all senders, and logs that unless it did within a minute."""
        now = self._clock.monotonic()
        if fault.code not in DESTINATION_FAULTS:
            scope = sender if fault.code in SENDER_FAULTS else EVERY_SENDER
            self._open_until[scope] = now + OPEN_SECONDS
        if self._logged_at is None or now - self._logged_at >= OPEN_SECONDS:
            self._logged_at = now
            logger.error("event=account_fault code=%d status=%d", fault.code, fault.status)


def is_fault_of_command(code: int, *, has_own_sender: bool) -> bool:
    """Returns whether a fault is the command's own, because the command names the sender that is at fault."""
    return has_own_sender and code in SENDER_FAULTS
