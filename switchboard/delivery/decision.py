"""What a worker does with a message, given the delivery's record: a pure decision table.

A message may come twice, late, or after a newer attempt; a worker may have crashed at any line. In every case the
record and the message together say what is safe.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import Stored
from switchboard.delivery.states import CLAIMED, RELEASED
from switchboard.settings import Settings


class Action(Enum):
    """What a worker does with a message."""

    CLAIM = "claim the attempt and make it"
    DROP = "delete the message: its attempt is over"
    REQUEUE = "requeue until the claim has ended, or a status callback has had its time"
    MARK_UNKNOWN = "the worker that claimed is dead: its outcome is unknown"
    RECONCILE = "look in Twilio's list for the attempt"
    LEAVE_UNRESOLVED = "end the delivery as unresolved: its record is gone"
    REFUSE = "refuse the message: another command has this id"


class Decision(msgspec.Struct, frozen=True):
    """An action, and for REQUEUE the delay in seconds."""

    action: Action
    seconds: float = 0.0


def decide(stored: Stored | None, queued: QueuedCommand, settings: Settings) -> Decision:
    """Returns the action for a message and its record. Each line is a row of the table in docs/operating.md."""
    if stored is None:
        # A later attempt had a record. It was purged, or deleted by hand: the outcome of the earlier ones is unknown.
        return Decision(Action.CLAIM if queued.attempt == 0 else Action.LEAVE_UNRESOLVED)
    record = stored.record
    if record.fingerprint != queued.fingerprint:
        return Decision(Action.REFUSE)
    if record.phase != "open" or record.attempt > queued.attempt:
        return Decision(Action.DROP)
    if record.state == RELEASED or record.attempt < queued.attempt:
        return Decision(Action.CLAIM)
    if record.state == CLAIMED:
        left = settings.claim_seconds - stored.age
        return Decision(Action.REQUEUE, left + 1) if left > 0 else Decision(Action.MARK_UNKNOWN)
    left = settings.settle_seconds - stored.age
    return Decision(Action.REQUEUE, left + 1) if left > 0 else Decision(Action.RECONCILE)
