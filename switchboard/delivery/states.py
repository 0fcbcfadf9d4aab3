"""The states of a delivery, and which may follow which.

    ours     claimed ─► unknown ─► released …      open: the outcome of the attempt is not known yet
             refused · rejected · opted_out · expired · unresolved      ended without Twilio, or without an answer
    texts    accepted, scheduled < queued < sending < sent < delivered < read
             undelivered · failed · canceled · partially_delivered end
    calls    queued < initiated < ringing < in-progress < completed | busy | no-answer | failed | canceled

Twilio's callbacks come in any order, repeat, and may be missing: a state never goes backwards, and a status that is
not in the lists above changes no state. Sources:
https://www.twilio.com/docs/messaging/api/message-resource#message-status-values and
https://www.twilio.com/docs/voice/api/call-resource#call-status-values.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["sms", "call"]
Phase = Literal["open", "accepted", "ended"]

CLAIMED = "claimed"
UNKNOWN = "unknown"
RELEASED = "released"
OPEN = frozenset({CLAIMED, UNKNOWN, RELEASED})

REFUSED = "refused"
REJECTED = "rejected"
OPTED_OUT = "opted_out"
EXPIRED = "expired"
UNRESOLVED = "unresolved"
ENDED_BY_US = frozenset({REFUSED, REJECTED, OPTED_OUT, EXPIRED, UNRESOLVED})

ACCEPTED = "accepted"
SCHEDULED = "scheduled"
# The statuses in Twilio's answer to a create. Reaching one of them is no event of its own.
FIRST_STATUSES = frozenset({ACCEPTED, SCHEDULED, "queued"})

_END = 9
_RANKS: dict[Kind, dict[str, int]] = {
    "sms": {
        ACCEPTED: 0,
        SCHEDULED: 0,
        "queued": 1,
        "sending": 2,
        "sent": 3,
        "delivered": 4,
        "read": _END,
        "undelivered": _END,
        "failed": _END,
        "canceled": _END,
        "partially_delivered": _END,
    },
    "call": {
        ACCEPTED: 0,
        "queued": 1,
        "initiated": 2,
        "ringing": 3,
        "in-progress": 4,
        "completed": _END,
        "busy": _END,
        "no-answer": _END,
        "failed": _END,
        "canceled": _END,
    },
}


def is_known(kind: Kind, status: str) -> bool:
    """Returns whether a status of Twilio's has a place in the order above."""
    return status in _RANKS[kind]


def follows(kind: Kind, state: str, status: str) -> bool:
    """Returns whether Twilio's `status` moves a delivery on from `state`. Only `read` follows `delivered`.

    >>> follows("sms", "sent", "delivered"), follows("sms", "delivered", "sent"), follows("sms", "unknown", "sent")
    (True, False, True)
    """
    ranks = _RANKS[kind]
    if status not in ranks:
        return False
    if state not in ranks:
        return True
    if state == "delivered":
        return status == "read"
    return ranks[status] > ranks[state]


def phase(kind: Kind, state: str) -> Phase:
    """Returns whether a delivery is open, accepted by Twilio and on its way, or ended.

    A delivered text has ended, though it may still be read.
    """
    if state in OPEN:
        return "open"
    if state in ENDED_BY_US or state == "delivered" or _RANKS[kind].get(state) == _END:
        return "ended"
    return "accepted"
