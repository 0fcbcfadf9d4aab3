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

# How many senders' refusals in a row are remembered. Commands choose their senders, so there is no end of them.
MOST_RUNS = 1_000

# What is open: every sender, the senders of texts or of calls, or one sender.
Scope = tuple[str, str]
EVERY_SENDER: Scope = ("every", "")


class _Run:
    """Refusals in a row of one sender's commands with the same unknown code."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.recipients: set[str] = set()

    @property
    def is_open(self) -> bool:
        return len(self.recipients) >= RECIPIENTS_IN_A_ROW


class CircuitBreaker:
    """Decides whether a command may be sent now. One per worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open_until: dict[Scope, float] = {}
        self._runs: dict[str, _Run] = {}
        self._refused_probes: dict[tuple[DeliveryKey, int], None] = {}
        self._logged_at: float | None = None

    def is_open(self, kind: Kind, sender: str) -> bool:
        """Returns whether a command of this sender has to ask `allows` before its request."""
        return any(scope in self._open_until for scope in _scopes(kind, sender))

    def allows(self, kind: Kind, sender: str) -> bool:
        """Returns whether a command of this sender may be sent now. While open, allows one command per minute."""
        now = self._clock.monotonic()
        open_scopes = [scope for scope in _scopes(kind, sender) if scope in self._open_until]
        if any(self._open_until[scope] > now for scope in open_scopes):
            return False
        for scope in open_scopes:
            self._open_until[scope] = now + OPEN_SECONDS
        return True

    def close(self, kind: Kind, sender: str) -> None:
        """Closes the breaker: Twilio accepted a command of this sender."""
        self._close(*_scopes(kind, sender))
        self._runs.pop(sender, None)

    def note_answer(self, kind: Kind, sender: str, answer: TwilioError) -> None:
        """Notes an answer that is no acceptance.

        An account fault opens the breaker. An answer about the sender, the destination or the command closes what is
        wider than that, because Twilio examined the command. Any answer but an unknown code ends an open run of unknown
        codes; a run that is not open yet ends with an acceptance only.
        """
        run = self._runs.get(sender)
        if run and run.is_open:
            del self._runs[sender]
            self._close(_sender_scope(sender))
        if not answer.retryable:
            self._close(*_scopes(kind, sender))
        elif isinstance(answer, SenderFault | DestinationFault):
            self._close(EVERY_SENDER, _kind_scope(kind))
        if isinstance(answer, AccountFault):
            self._open(_scope_of(kind, sender, answer), answer)

    def is_final(self, sender: str, key: DeliveryKey, refused: UnknownCode) -> bool:
        """Counts a refusal with an unknown code; returns whether it ends the delivery.

        False for a probe that is refused for the first time: the command must wait, and the breaker stays open.
        """
        self._close(EVERY_SENDER, _kind_scope(key.kind))
        run = self._runs.get(sender)
        if run is None or (run.code != refused.code and not run.is_open):
            run = self._new_run(sender, refused.code)
        if run.is_open:
            self._open(_sender_scope(sender), refused)
            return self._was_probe(key, refused.code)
        run.recipients.add(key.partition)
        if run.is_open:
            self._open(_sender_scope(sender), refused)
        return True

    def _new_run(self, sender: str, code: int) -> _Run:
        self._runs.pop(sender, None)
        while len(self._runs) >= MOST_RUNS:
            del self._runs[next(iter(self._runs))]
        run = self._runs[sender] = _Run(code)
        return run

    def _was_probe(self, key: DeliveryKey, code: int) -> bool:
        """Returns whether this command was refused as a probe before: then it ends, so that nothing waits for ever."""
        if (key, code) in self._refused_probes:
            del self._refused_probes[key, code]
            return True
        while len(self._refused_probes) >= MOST_PROBES:
            del self._refused_probes[next(iter(self._refused_probes))]
        self._refused_probes[key, code] = None
        return False

    def _close(self, *scopes: Scope) -> None:
        for scope in scopes:
            self._open_until.pop(scope, None)

    def _open(self, scope: Scope | None, fault: TwilioError) -> None:
        """Opens a scope, and logs the fault unless one was logged within a minute."""
        now = self._clock.monotonic()
        if scope is not None:
            self._open_until[scope] = now + OPEN_SECONDS
        if self._logged_at is None or now - self._logged_at >= OPEN_SECONDS:
            self._logged_at = now
            logger.error("event=account_fault code=%d status=%d", fault.code, fault.status)


def _scopes(kind: Kind, sender: str) -> tuple[Scope, Scope, Scope]:
    """Returns the scopes of a command, the widest first."""
    return EVERY_SENDER, _kind_scope(kind), _sender_scope(sender)


def _kind_scope(kind: Kind) -> Scope:
    return "kind", kind


def _sender_scope(sender: str) -> Scope:
    return "sender", sender


def _scope_of(kind: Kind, sender: str, fault: AccountFault) -> Scope | None:
    """Returns the scope that a fault opens; None for a destination, because commands to others go on."""
    if isinstance(fault, DestinationFault):
        return None
    if isinstance(fault, SenderFault):
        return _sender_scope(sender)
    return _kind_scope(kind) if resource_of(fault.code) == kind else EVERY_SENDER


def is_fault_of_command(fault: AccountFault, *, has_own_sender: bool) -> bool:
    """Returns whether a fault is the command's own, because the command names the sender that is at fault."""
    return has_own_sender and isinstance(fault, SenderFault)
