"""The circuit breaker: no requests to Twilio while our own account, sender or settings are at fault.

Every command would get the same error, so none is used up: commands wait, without ageing, and one per minute tries
again as a probe. While the breaker is open, one log line per minute raises the alert.

A code that Twilio's table (twilio_codes.py) does not have may be one command's fault or every command's. Ten refusals
in a row with the same unknown code, for ten recipients of one sender and without an acceptance in between, open the
breaker for that sender.
"""

from __future__ import annotations

import logging

from switchboard.clock import Clock
from switchboard.delivery.record import DeliveryKey
from switchboard.delivery.states import Kind
from switchboard.errors import AccountFault, DestinationFault, SenderFault, TwilioError, UnknownCode
from switchboard.twilio_codes import resource_of

logger = logging.getLogger(__name__)

OPEN_SECONDS = 60.0
RECIPIENTS_IN_A_ROW = 10
# Probes that were refused once. The oldest are forgotten; a forgotten one is a probe once more.
MOST_PROBES = 10_000

EVERY_SENDER = "both"


class _Run:
    """Refusals in a row of one sender's commands with the same unknown code."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.recipients: set[str] = set()

    @property
    def is_open(self) -> bool:
        return len(self.recipients) >= RECIPIENTS_IN_A_ROW


class CircuitBreaker:
    """Decides whether a command may be sent now. One per worker.

    A scope is what is open: every sender, the senders of texts or of calls, or one sender.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open_until: dict[str, float] = {}
        self._runs: dict[str, _Run] = {}
        self._refused_probes: dict[tuple[DeliveryKey, int], None] = {}
        self._logged_at: float | None = None

    def allows(self, kind: Kind, sender: str) -> bool:
        """Returns whether a command of this sender may be sent now. While open, allows one command per minute."""
        now = self._clock.monotonic()
        open_scopes = [scope for scope in (EVERY_SENDER, kind, sender) if scope in self._open_until]
        if any(self._open_until[scope] > now for scope in open_scopes):
            return False
        for scope in open_scopes:
            self._open_until[scope] = now + OPEN_SECONDS
        return True

    def close(self, kind: Kind, sender: str) -> None:
        """Closes the breaker: Twilio accepted a command of this sender."""
        for scope in (EVERY_SENDER, kind, sender):
            self._open_until.pop(scope, None)
        self._runs.pop(sender, None)

    def note_answer(self, kind: Kind, sender: str, answer: TwilioError) -> None:
        """Notes an answer that is no acceptance.

        An account fault opens the breaker. A rejection closes it, because Twilio examined the command. Any answer but
        an unknown code ends an open run of unknown codes; a run that is not open yet ends with an acceptance only.
        """
        if isinstance(answer, AccountFault):
            self._open(_scope_of(kind, sender, answer), answer)
        elif not answer.retryable:
            for scope in (EVERY_SENDER, kind):
                self._open_until.pop(scope, None)
        run = self._runs.get(sender)
        if run and run.is_open:
            del self._runs[sender]
            self._open_until.pop(sender, None)
        elif not answer.retryable:
            self._open_until.pop(sender, None)

    def is_final(self, sender: str, key: DeliveryKey, refused: UnknownCode) -> bool:
        """Counts a refusal with an unknown code; returns whether it ends the delivery.

        False for a probe that is refused for the first time: the command must wait, and the breaker stays open.
        """
        run = self._runs.get(sender)
        if run is None or run.code != refused.code:
            run = self._runs[sender] = _Run(refused.code)
        if run.is_open:
            self._open(sender, refused)
            return self._was_probe(key, refused.code)
        run.recipients.add(key.partition)
        if run.is_open:
            self._open(sender, refused)
        return True

    def _was_probe(self, key: DeliveryKey, code: int) -> bool:
        """Returns whether this command was refused as a probe before: then it ends, so that nothing waits for ever."""
        if (key, code) in self._refused_probes:
            del self._refused_probes[key, code]
            return True
        while len(self._refused_probes) >= MOST_PROBES:
            del self._refused_probes[next(iter(self._refused_probes))]
        self._refused_probes[key, code] = None
        return False

    def _open(self, scope: str | None, fault: TwilioError) -> None:
        """Opens a scope, and logs the fault unless one was logged within a minute."""
        now = self._clock.monotonic()
        if scope is not None:
            self._open_until[scope] = now + OPEN_SECONDS
        if self._logged_at is None or now - self._logged_at >= OPEN_SECONDS:
            self._logged_at = now
            logger.error("event=account_fault code=%d status=%d", fault.code, fault.status)


def _scope_of(kind: Kind, sender: str, fault: AccountFault) -> str | None:
    """Returns the scope that a fault opens; None for a destination, because commands to others go on."""
    if isinstance(fault, DestinationFault):
        return None
    if isinstance(fault, SenderFault):
        return sender
    return kind if resource_of(fault.code) == kind else EVERY_SENDER


def is_fault_of_command(fault: AccountFault, *, has_own_sender: bool) -> bool:
    """Returns whether a fault is the command's own, because the command names the sender that is at fault."""
    return has_own_sender and isinstance(fault, SenderFault)
