"""What a message does with the record that it meets: the heart of a delivery, and pure.

A message may come twice, late, or after the attempt it stands for was superseded; a worker may have died at any line.
Whatever happened, record and message together say what is safe to do.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from switchboard.ledger import Stored
from switchboard.orders import Order
from switchboard.settings import Settings
from switchboard.status import CLAIMED, RELEASED


class Step(Enum):
    """What a message does with the record that it meets."""

    CLAIM = "make the attempt"
    DROP = "nothing: the message has served"
    COME_BACK = "come back when the claim will have ended, or a callback has had its time"
    DOUBT = "the claim's worker is dead: the outcome is unknown from now on"
    LOOK = "ask Twilio what it knows of it"
    REFUSE = "the id is another command's"


class Decision(msgspec.Struct, frozen=True):
    """A step, and in how many seconds to come back where it is one that waits."""

    step: Step
    seconds: float = 0.0


def decide(stored: Stored | None, order: Order, settings: Settings) -> Decision:
    """What a message meets -> what it does. One row a line, as in the table of docs/operating.md."""
    if stored is None:
        return Decision(Step.CLAIM)
    record = stored.record
    if record.fingerprint != order.fingerprint:
        return Decision(Step.REFUSE)
    if record.phase != "open" or record.attempt > order.attempt:
        return Decision(Step.DROP)
    if record.state == RELEASED or record.attempt < order.attempt:
        return Decision(Step.CLAIM)
    if record.state == CLAIMED:
        left = settings.claim_seconds - stored.age
        return Decision(Step.COME_BACK, left + 1) if left > 0 else Decision(Step.DOUBT)
    left = settings.settle_seconds - stored.age
    return Decision(Step.COME_BACK, left + 1) if left > 0 else Decision(Step.LOOK)
