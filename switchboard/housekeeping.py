"""What is looked after by the clock: how full the queues are, and records that nobody else would come back to.

Each part can be cut short anywhere and run again: it goes page by page, and what it has done it does not find again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from switchboard import events
from switchboard.commands import LATEST
from switchboard.errors import AccountFault, ConfigurationError, SecretsUnavailable, TwilioError, is_gone
from switchboard.ledger import RecordChanged, Stored
from switchboard.outbox import publish
from switchboard.progress import Progress
from switchboard.rest import Twilio
from switchboard.settlement import Said, Settlement
from switchboard.status import SCHEDULED, UNRESOLVED

logger = logging.getLogger(__name__)

DAY = 24 * 3600.0
# Texts of carriers that tell no end stay `sent`: each is asked about on three nights, not for ever.
ASKED_AFTER_SECONDS = DAY
ASKED_UNTIL = timedelta(days=4)


class Depth(msgspec.Struct, frozen=True):
    """How many messages a queue holds, about, and when the oldest that can be seen was put there."""

    messages: int
    oldest: datetime | None


class Gauge(Protocol):
    """Looks at a queue. Raises StorageUnavailable."""

    async def depth(self, queue: str) -> Depth:
        """How full it is."""


class Housekeeping(msgspec.Struct, frozen=True, kw_only=True):
    """The two timers' work."""

    gauge: Gauge
    twilio: Twilio
    settlement: Settlement
    progress: Progress

    async def measure(self, queues: tuple[str, ...]) -> None:
        """A log line a queue: alerts watch these, and their absence."""
        for queue in queues:
            depth = await self.gauge.depth(queue)
            age = (self.progress.clock.now() - depth.oldest).total_seconds() if depth.oldest else 0
            logger.info("event=queue_depth queue=%s messages=%d oldest_seconds=%d", queue, depth.messages, age)

    async def tidy(self) -> None:
        """The nightly round."""
        purged = await self._purge()
        asked = await self._ask()
        forsaken = await self._tell_forsaken()
        logger.info("event=housekeeping_done purged=%d asked=%d unresolved=%d", purged, asked, forsaken)

    async def _purge(self) -> int:
        """Remove records past retention: ended ones, and texts whose end Twilio itself no longer tells."""
        count = 0
        for phase in ("ended", "accepted"):
            async for page in self.progress.ledger.older(phase, self.progress.settings.retention_days * DAY):
                for stored in page:
                    count += await self._delete(stored)
                logger.info("event=housekeeping_purged records=%d", count)
        return count

    async def _delete(self, stored: Stored) -> bool:
        if self._may_go_out(stored):
            return False
        try:
            await self.progress.ledger.delete(stored)
        except RecordChanged:
            return False
        return True

    def _may_go_out(self, stored: Stored) -> bool:
        """Whether Twilio may still hold a scheduled text: a STOP looks for its record, and its callbacks will."""
        kept = LATEST.total_seconds() + self.progress.settings.retention_days * DAY
        return stored.record.state == SCHEDULED and stored.age < kept

    async def _ask(self) -> int:
        """Ask Twilio by SID what became of texts and calls taken more than a day ago whose end was never told."""
        count = 0
        async for page in self.progress.ledger.older("accepted", ASKED_AFTER_SECONDS):
            for stored in page:
                try:
                    count += await self._ask_one(stored)
                except (AccountFault, SecretsUnavailable, ConfigurationError) as error:
                    logger.error("event=housekeeping_stopped error=%s", error)
                    return count
        return count

    async def _ask_one(self, stored: Stored) -> bool:
        record = stored.record
        taken_for = self.progress.clock.now() - (record.accepted_at or record.first_seen)
        if taken_for > ASKED_UNTIL and record.state != SCHEDULED:
            return False
        try:
            listed = await self.twilio.fetch(record.key.kind, record.sids[0])
        except TwilioError as error:
            if isinstance(error, AccountFault) and not is_gone(error):
                raise
            logger.warning("event=housekeeping_failed id=%s error=%s", record.key.row, error)
            return False
        said = Said(
            sid=listed.sid, word=listed.word, attempt=record.attempt, code=listed.code, duration=listed.duration
        )
        await self.settlement.apply(stored, said)
        return True

    async def _tell_forsaken(self) -> int:
        """Open records that nobody wrote for as long as a record is kept: no message drives them any more.

        Not sooner: while our account is at fault a message waits without ageing, and without a touch to its record.
        """
        count = 0
        async for page in self.progress.ledger.older("open", self.progress.settings.retention_days * DAY):
            for stored in page:
                count += await self._leave(stored)
        return count

    async def _leave(self, stored: Stored) -> bool:
        now = self.progress.clock.now()
        reason = "its message is gone, and nobody heard whether Twilio took it"
        record = msgspec.structs.replace(stored.record, state=UNRESOLVED, reason=reason, ended_at=now)
        logger.error("event=delivery_unresolved id=%s attempt=%d", record.key.row, record.attempt)
        event = events.command_ended(record, queue=f"{record.key.kind}-outbox", message_id="")
        await publish(self.progress.outbox, event)
        changes = {"state": UNRESOLVED, "reason": reason, "ended_at": now}
        return await self.progress.write(stored, **changes) is not None
