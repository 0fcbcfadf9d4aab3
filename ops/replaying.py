"""Puts dead letters back onto their outboxes, each whole, and deletes it only then.

Cut off in between, a letter is in both places: replayed once more it has the same id, and the same id never goes to the
same recipient twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from ops.letters import Held, Letter
from ops.operator_services import OperatorServices
from switchboard.delivery.queued_command import QueuedCommand, own_id
from switchboard.delivery.record import DeliveryRecord
from switchboard.delivery.states import UNRESOLVED
from switchboard.errors import CommandRefused
from switchboard.queues import NEVER_EXPIRES, QueueMessage


class Outcome(msgspec.Struct, frozen=True):
    """What became of one letter: put back or left, and why."""

    letter: str
    command: str
    replayed: bool
    said: str


def has_no_id(letter: Letter) -> bool:
    """Whether its sender gave it no id: then nothing tells it from a command that was already delivered."""
    return not own_id(QueueMessage(letter.queue, "", letter.body.encode()))


class Replay(msgspec.Struct, frozen=True):
    """Replays letters. `queue` is the outbox of those that do not say which they came from."""

    edges: OperatorServices
    queue: str = ""

    async def replay(self, held: Held) -> Outcome:
        """Put one letter back if something can come of it."""
        letter = held.letter
        try:
            order = _renewed(letter.order(self.queue))
        except CommandRefused as refused:
            remedy = "; say --queue sms-outbox or call-outbox" if not (letter.queue or self.queue) else "; drop it"
            return Outcome(letter.id, "", False, f"not put back: {refused.reason}{remedy}")
        stored = await self.edges.ledger.read(order.key)
        obstacle = _obstacle(order, stored.record if stored else None)
        if obstacle:
            return Outcome(letter.id, order.key.id, False, f"not put back: {obstacle}")
        await self.edges.queues.put(order.outbox, order.to_json(), time_to_live=NEVER_EXPIRES)
        await self.edges.letters.delete(held)
        return Outcome(letter.id, order.key.id, True, f"put back onto {order.outbox}")


def _renewed(order: QueuedCommand) -> QueuedCommand:
    """The same attempt of the same command, with its whole time before it."""
    return msgspec.structs.replace(order, first_seen=datetime.now(UTC))


def _obstacle(order: QueuedCommand, record: DeliveryRecord | None) -> str:
    """Why nothing would come of putting it back, "" when something can."""
    if order.give_up_at <= order.first_seen:
        return "the time of its send_at is over; drop it, and send anew what is still wanted"
    if record is None:
        return ""
    if record.fingerprint != order.fingerprint:
        return "its id was given to another command for this number; drop it"
    if record.state == UNRESOLVED:
        return f"nobody knows whether Twilio took it; decide by `deliveries resolve {order.key.id} --to {record.to}`"
    if record.phase != "open":
        return f"its delivery is {record.state}; drop it"
    return "a later attempt of it is under way; drop it" if record.attempt > order.attempt else ""
