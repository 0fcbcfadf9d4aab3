"""What failed five times, or took its worker down five times: put back while something can come of it, else buried.

The poison queue's copy has the body only, so a message finds its delivery by the id in it. A poison queue has no poison
of its own: this fails only when it could neither put back nor bury.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from switchboard import orders
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.ledger import Stored
from switchboard.orders import Order, QueueMessage
from switchboard.outbox import bury
from switchboard.progress import NOBODY_KNOWS, TAKEN_ID, TIMED_OUT, Progress, delay_by_age
from switchboard.status import RELEASED

logger = logging.getLogger(__name__)

FAILED = "it failed five times, or took its worker down five times"


class Poison(msgspec.Struct, frozen=True):
    """Looks after the poison queues."""

    progress: Progress

    async def take(self, message: QueueMessage) -> None:
        """Put the message back, let it go or bury it. Raises StorageUnavailable when none could be done."""
        try:
            order = orders.read(message, self.progress.clock.now())
        except CommandRefused as refused:
            await self._bury(message, f"{FAILED}, and is no command: {refused.problem}")
            return
        if not orders.id_in(message):
            await self._bury(message, f"{FAILED}, and has no id that would tell it from a command already delivered")
            return
        try:
            stored = await self.progress.ledger.read(order.key)
        except StorageUnavailable:
            # Putting back is always safe: what the record says is asked again then.
            await self._put_back(message, order, order.first_seen)
        else:
            await self._meet(message, order, stored)

    async def _meet(self, message: QueueMessage, order: Order, stored: Stored | None) -> None:
        if stored and stored.record.fingerprint != order.fingerprint:
            await self.progress.refuse(message, order.key.id, CommandRefused(TAKEN_ID))
        elif stored and stored.record.phase != "open":
            logger.warning("event=poison_served id=%s state=%s", order.key.row, stored.record.state)
        elif self.progress.clock.now() >= order.give_up_at:
            await self._bury(message, f"{FAILED}, and its time is over")
            never_taken = stored is None or stored.record.state == RELEASED
            await self.progress.end(order, stored, TIMED_OUT if never_taken else NOBODY_KNOWS)
        else:
            await self._put_back(message, order, stored.record.first_seen if stored else order.first_seen)

    async def _put_back(self, message: QueueMessage, order: Order, since: datetime) -> None:
        delay = delay_by_age(self.progress.clock.now() - since)
        try:
            await self.progress.put_back(order, delay)
        except StorageUnavailable:
            await self._bury(message, f"{FAILED}, and could not be put back")
        else:
            logger.warning("event=poison_put_back queue=%s id=%s delay=%d", message.queue, order.key.row, delay)

    async def _bury(self, message: QueueMessage, reason: str) -> None:
        await bury(self.progress.outbox, message, reason)
        logger.error("event=dead_letter queue=%s message=%s", message.queue.removesuffix(orders.POISON), message.id)
