"""An attempt whose outcome nobody heard: what Twilio's list of this number says about it.

Never a guess: a text is adopted when it is surely ours, an attempt is made again when Twilio, asked twice, knew nothing
of it, and where neither is so a person decides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from switchboard.errors import AccountFault, ConfigurationError, SecretsUnavailable, TwilioError
from switchboard.ledger import Record, Stored
from switchboard.orders import Order, QueueMessage, digest
from switchboard.outbox import bury
from switchboard.progress import FIRST_DELAY, NOBODY_KNOWS, Ending, Progress
from switchboard.rest import Listed, Twilio
from switchboard.settlement import Said, Settlement
from switchboard.status import UNRESOLVED

logger = logging.getLogger(__name__)

# Twilio's clock and ours may differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
OUR_DIRECTION = "outbound-api"
# Once may be a list that lags.
NOTHING_TWICE = 2
MAY_BE_IT = Ending(UNRESOLVED, "Twilio has something for this number that may be it or not")


class Verdict(Enum):
    """What a look at Twilio's list comes to."""

    OURS = "surely ours: adopt it"
    NOTHING = "nothing is left that could be ours"
    CROWDED = "something is left that is not surely ours, and other deliveries to this number are open: look again"
    UNSURE = "something is left that is not surely ours: a person decides"


class Finding(msgspec.Struct, frozen=True):
    """A verdict, and the text that is ours when there is one."""

    verdict: Verdict
    ours: Listed | None = None


def since(record: Record) -> datetime:
    """How far back Twilio is asked: to the first claim, less what clocks may differ by."""
    return (record.first_claimed_at or record.first_seen) - CLOCK_TOLERANCE


def find(record: Record, listed: Iterable[Listed], of_recipient: Iterable[Record]) -> Finding:
    """What the list says of an unknown record, given every record of this recipient.

    Read the list first and the records after it: what another delivery owns by then is taken away, and what it does not
    own yet is an open delivery's.
    """
    others = [other for other in of_recipient if other.key != record.key]
    owned = {sid for each in (record, *others) for sid in each.sids}
    left = [each for each in listed if each.sid not in owned and _may_be_ours(each, record)]
    if not left:
        return Finding(Verdict.NOTHING)
    rivals = [other for other in others if _is_rival(other, record)]
    ours = [each for each in left if is_surely_ours(each, record, rivals)]
    if ours:
        return Finding(Verdict.OURS, ours[-1])
    return Finding(Verdict.CROWDED if any(rival.phase == "open" for rival in rivals) else Verdict.UNSURE)


def is_surely_ours(listed: Listed, record: Record, rivals: Iterable[Record]) -> bool:
    """Whether a text has our body, and no rival of this number can claim it.

    A trial account puts words in front of each text, so it may also end with our body. A call has no body: never.
    """
    if _is_body_of(listed, record):
        return not any(_is_body_of(listed, rival) for rival in rivals)
    return _ends_with_body_of(listed, record) and not any(_ends_with_body_of(listed, rival) for rival in rivals)


def _is_rival(other: Record, record: Record) -> bool:
    """Whether another delivery may own what nobody owns: it is open, or ended without anybody knowing."""
    return other.key.kind == record.key.kind and (other.phase == "open" or other.state == UNRESOLVED)


def _may_be_ours(listed: Listed, record: Record) -> bool:
    recent = listed.created is None or listed.created >= since(record)
    return recent and listed.direction == OUR_DIRECTION


def _is_body_of(listed: Listed, record: Record) -> bool:
    return bool(record.body_digest) and digest(listed.body) == record.body_digest


def _ends_with_body_of(listed: Listed, record: Record) -> bool:
    return bool(record.body_digest) and digest(listed.body[-record.body_length :]) == record.body_digest


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Asks Twilio about a delivery in doubt, and acts on what its list shows."""

    twilio: Twilio
    settlement: Settlement
    progress: Progress

    async def look(self, message: QueueMessage, order: Order, stored: Stored) -> Record | None:
        """Look once; the record if a text was adopted. Raises StorageUnavailable, and AccountFault: we may not look."""
        record = stored.record
        # A message that was set aside did not age, and its record was not written meanwhile.
        if self.progress.clock.now() >= max(record.give_up_at, order.give_up_at):
            await self._leave(message, order, stored, NOBODY_KNOWS)
            return None
        try:
            listed = await self.twilio.listed(order.key.kind, record.to, since(record))
        except AccountFault:
            raise
        except (TwilioError, SecretsUnavailable, ConfigurationError) as error:
            logger.warning("event=reconcile_failed id=%s error=%s", order.key.row, error)
            await self.progress.settle(order)
            return None
        of_recipient = await self.progress.ledger.of_recipient(order.key.partition)
        finding = find(record, listed, [each.record for each in of_recipient])
        logger.info("event=reconciled id=%s verdict=%s", order.key.row, finding.verdict.name.lower())
        if finding.ours:
            return await self._adopt(order, stored, finding.ours)
        if finding.verdict is Verdict.NOTHING:
            await self._find_nothing(order, stored)
        elif finding.verdict is Verdict.CROWDED:
            await self.progress.settle(order)
        else:
            await self._leave(message, order, stored, MAY_BE_IT)
        return None

    async def _adopt(self, order: Order, stored: Stored, ours: Listed) -> Record | None:
        said = Said(sid=ours.sid, word=ours.word, attempt=order.attempt, code=ours.code, sender=ours.sender)
        adopted = await self.settlement.apply(stored, said)
        if adopted is None:
            await self.progress.put_back(order, FIRST_DELAY)
        return adopted

    async def _find_nothing(self, order: Order, stored: Stored) -> None:
        looks = stored.record.empty_looks + 1
        if looks >= NOTHING_TWICE:
            await self.progress.later(order, stored)
            return
        await self.progress.write(stored, empty_looks=looks)
        await self.progress.settle(order)

    async def _leave(self, message: QueueMessage, order: Order, stored: Stored, ending: Ending) -> None:
        """Neither sent again nor given up as lost: a person decides. The body lives on in `dead-letter` alone."""
        await bury(self.progress.outbox, message, ending.reason)
        logger.error("event=delivery_unresolved id=%s attempt=%d", order.key.row, order.attempt)
        await self.progress.end(order, stored, ending)
