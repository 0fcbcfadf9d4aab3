"""What Twilio says of a delivery -> its record, and the events that tell of it.

A callback, the answer to a create, a listing and a look-up all say the same kind of thing: this SID has come to this
state. They come in any order, repeated, or never, and several workers may hear them at once.
"""

from __future__ import annotations

import logging
from datetime import datetime
from random import Random

import msgspec

from switchboard import events, status
from switchboard.clock import Clock, token
from switchboard.errors import OPTED_OUT, StorageUnavailable, is_retryable
from switchboard.ledger import Key, Ledger, OptOuts, Record, RecordChanged, Stored
from switchboard.outbox import Outbox, publish
from switchboard.status import ACCEPTED, FIRST_WORDS

logger = logging.getLogger(__name__)

MOST_TRIES = 10


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Twilio says that `sid` is in the state `word`. `attempt` is the one whose request made it.

    `sender` is the number that Twilio chose, "" when it was not said; `duration` a call's seconds.
    """

    sid: str
    word: str
    attempt: int
    code: int = 0
    sender: str = ""
    direction: str = ""
    duration: int | None = None


class Settlement(msgspec.Struct, frozen=True):
    """Writes what Twilio says into the records, and tells it."""

    ledger: Ledger
    opt_outs: OptOuts
    outbox: Outbox
    clock: Clock
    chance: Random

    async def hear(self, key: Key, said: Said) -> Record | None:
        """Settle the record by this key; the record as it stands then, None when there is none.

        Raises StorageUnavailable when it could not be written: say it again.
        """
        for _ in range(MOST_TRIES):
            stored = await self.ledger.read(key)
            if stored is None:
                return None
            settled = await self.apply(stored, said)
            if settled is not None:
                return settled
        raise StorageUnavailable("a record changed each time it was to be written")

    async def apply(self, stored: Stored, said: Said) -> Record | None:
        """Settle the version that was read; None when somebody wrote another meanwhile."""
        before = stored.record
        after = merge(before, said, self.clock.now())
        if said.code == OPTED_OUT:
            await self._note_opt_out(before, said)
        if after == before:
            return before
        await self._tell(before, after, said)
        try:
            return (await self.ledger.replace(stored, msgspec.structs.replace(after, run=token(self.chance)))).record
        except RecordChanged:
            return None

    async def _tell(self, before: Record, after: Record, said: Said) -> None:
        """Events go out before the record is written: a crash repeats one, and never loses one."""
        if before.sids and said.sid not in before.sids:
            logger.error("event=duplicate_sid id=%s attempt=%d sid=%s", before.key.row, said.attempt, said.sid)
            await publish(self.outbox, events.duplicate(after, said.sid))
        if is_news(before, after):
            event = events.delivery_state(
                after,
                sid=said.sid,
                attempt=said.attempt,
                sender=said.sender or after.sender,
                direction=said.direction,
                duration=said.duration,
                retryable=is_retryable(said.code) if said.code else None,
            )
            await publish(self.outbox, event)

    async def _note_opt_out(self, record: Record, said: Said) -> None:
        for sender in {record.sender, said.sender} - {""}:
            await self.opt_outs.add(record.key.partition, sender)


def merge(record: Record, said: Said, now: datetime) -> Record:
    """The record after Twilio said this: never backwards; any open state takes what it hears, early or late.

    The attempt stays what it is: a late word for an earlier one thereby stops the attempt in waiting.
    """
    kind = record.key.kind
    state, word = record.state, record.word
    if status.follows(kind, state, said.word):
        state = said.word
    elif not status.is_known(kind, said.word):
        word = said.word
        # Whatever it says: Twilio has it.
        state = state if status.is_known(kind, state) else ACCEPTED
    moved = state != record.state
    return msgspec.structs.replace(
        record,
        state=state,
        word=word,
        sids=record.sids if said.sid in record.sids else (*record.sids, said.sid),
        code=said.code if moved else record.code,
        reason="" if moved else record.reason,
        accepted_at=record.accepted_at or now,
        ended_at=now if moved and status.phase(kind, state) == "ended" else record.ended_at,
    )


def is_news(before: Record, after: Record) -> bool:
    """Whether the sender is told: each real change after acceptance, not acceptance itself."""
    if after.state == before.state:
        return False
    return status.is_known(before.key.kind, before.state) or after.state not in FIRST_WORDS
