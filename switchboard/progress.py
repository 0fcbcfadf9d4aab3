"""How a delivery moves on: copies onto its queue, versions of its record, and its end.

The order of writes is what a crash cannot break. A copy goes onto the queue before the record says so, an event before
the record, and the message at hand is let go last.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from random import Random

import msgspec

from switchboard import events
from switchboard.clock import Clock, token
from switchboard.errors import CommandRefused
from switchboard.ledger import Ledger, RecordChanged, RecordExists, Stored
from switchboard.orders import Order, QueueMessage
from switchboard.outbox import FOREVER, Outbox, publish
from switchboard.settings import Settings
from switchboard.status import EXPIRED, RELEASED, UNKNOWN, UNRESOLVED

logger = logging.getLogger(__name__)

FIRST_DELAY = 5.0
LONGEST_DELAY = 3600.0
# While the line is stopped messages come back spread out, so that a hundred thousand of them are no load.
STOPPED_DELAYS = (60.0, 600.0)

# A record and an event hold only so much, and Twilio's sentence is as long as it likes.
LONGEST_REASON = 1000


class Ending(msgspec.Struct, frozen=True):
    """How a delivery ends without Twilio taking it: our state, why, and Twilio's code if it gave one."""

    state: str
    reason: str
    code: int = 0


TIMED_OUT = Ending(EXPIRED, "its time ran out before Twilio took it")
NOBODY_KNOWS = Ending(UNRESOLVED, "nobody could tell in time whether Twilio took it")
TAKEN_ID = "id: already given to another command"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What moves one worker's deliveries on. Each method raises StorageUnavailable."""

    settings: Settings
    outbox: Outbox
    ledger: Ledger
    clock: Clock
    chance: Random

    async def put_back(self, order: Order, delay: float, *, attempt: int | None = None) -> None:
        """Queue this order again, seen after `delay` seconds, or when its time runs out if that is sooner."""
        left = (order.give_up_at - self.clock.now()).total_seconds()
        seen = max(FIRST_DELAY, left) if 0 < left < delay else delay
        await self._queue(order.to_json(attempt=attempt), order, seen)

    async def set_aside(self, order: Order, *, attempt: int | None = None) -> None:
        """Queue this order again without ageing, spread out: it is our account's fault that it waits."""
        await self._wait(order, self.chance.uniform(*STOPPED_DELAYS), attempt)

    async def postpone(self, order: Order, claimed: Stored) -> None:
        """Surely not taken, for want of a secret or a setting: the next attempt by the backoff, without ageing."""
        await self._wait(order, self.backoff(order.attempt), order.attempt + 1)
        await self.release(order, claimed)

    async def _wait(self, order: Order, delay: float, attempt: int | None) -> None:
        first_seen = order.first_seen + timedelta(seconds=delay)
        await self._queue(order.to_json(attempt=attempt, first_seen=first_seen), order, delay)

    async def later(self, order: Order, claimed: Stored, at_least: float = 0) -> None:
        """Surely not taken: queue the next attempt, by the backoff or in `at_least` seconds, and release the record.

        A crash in between leaves two messages, which `decide` makes harmless.
        """
        if self.clock.now() >= order.give_up_at:
            await self.end(order, claimed, TIMED_OUT)
            return
        await self.put_back(order, max(at_least, self.backoff(order.attempt)), attempt=order.attempt + 1)
        await self.release(order, claimed)

    async def release(self, order: Order, claimed: Stored) -> None:
        """The next attempt is on its queue: say so."""
        await self.write(claimed, state=RELEASED, attempt=order.attempt + 1, empty_looks=0)

    async def doubt(self, order: Order, stored: Stored) -> None:
        """Nobody knows whether Twilio took it: let a callback have its time, then ask."""
        await self.write(stored, state=UNKNOWN, empty_looks=0)
        await self.settle(order)

    async def settle(self, order: Order) -> None:
        """Come back after one settling time."""
        await self.put_back(order, self.settings.settle_seconds + 1)

    async def write(self, stored: Stored, **changes: object) -> Stored | None:
        """Write the record on; None when somebody else has: they know more."""
        record = msgspec.structs.replace(stored.record, run=token(self.chance), **changes)
        try:
            return await self.ledger.replace(stored, record)
        except RecordChanged:
            return None

    async def refuse(self, message: QueueMessage, command_id: str, refused: CommandRefused) -> None:
        """The message is no command that we take: one event, and no record of it."""
        logger.warning("event=command_refused queue=%s message=%s reason=%s", message.queue, message.id, refused)
        event = events.message_refused(
            queue=message.queue, message_id=message.id, command_id=command_id, reason=refused.reason
        )
        await publish(self.outbox, event)

    async def end(self, order: Order, stored: Stored | None, ending: Ending) -> None:
        """End a delivery without Twilio: told first, then written."""
        now = self.clock.now()
        ended = msgspec.structs.replace(
            stored.record if stored else order.claim(self.settings, "", now),
            run=token(self.chance),
            state=ending.state,
            reason=ending.reason[:LONGEST_REASON],
            code=ending.code,
            ended_at=now,
        )
        told = "event=command_ended state=%s queue=%s id=%s code=%d"
        logger.warning(told, ending.state, order.queue, order.key.row, ending.code)
        await publish(self.outbox, events.command_ended(ended, queue=order.queue, message_id=order.message_id))
        try:
            await (self.ledger.replace(stored, ended) if stored else self.ledger.insert(ended))
        except (RecordExists, RecordChanged):
            logger.warning("event=command_ended_elsewhere id=%s", order.key.row)

    def backoff(self, attempt: int) -> float:
        """5 s, doubled with each attempt, an hour at most, give or take a fifth."""
        return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempt, 20)) * self.chance.uniform(0.8, 1.2))

    async def _queue(self, body: str, order: Order, delay: float) -> None:
        await self.outbox.put(order.queue, body, time_to_live=FOREVER, delay=delay)


def delay_by_age(age: timedelta) -> float:
    """What has failed for long comes back more seldom: its own age, 5 s to an hour."""
    return max(FIRST_DELAY, min(LONGEST_DELAY, age.total_seconds()))
