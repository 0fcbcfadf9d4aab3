"""The transitions of a delivery: requeued copies, new versions of the record, and the end.

The order of writes is what makes a crash harmless:

- The copy goes onto the queue before the record changes. A crash in between leaves two messages of one attempt;
  `decide` drops one of them. The other order could leave an open delivery without any message.
- An event is published before the record changes. A crash in between publishes it again, with the same id. The other
  order could lose it.
- The host deletes the message last, after the function returns.
"""

from __future__ import annotations

import logging
from datetime import datetime
from random import Random

import msgspec

from switchboard.clock import random_token, timestamp
from switchboard.delivery import delivery_events
from switchboard.delivery.context import LedgerContext
from switchboard.delivery.ledger import RecordChanged, RecordExists
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.states import EXPIRED, RELEASED, UNKNOWN, UNRESOLVED
from switchboard.errors import CommandRefused
from switchboard.queues import DEAD_LETTER, LARGEST_MESSAGE, NEVER_EXPIRES, QueueMessage, encode

logger = logging.getLogger(__name__)

FIRST_DELAY = 5.0
LONGEST_DELAY = 3600.0
# While the circuit breaker is open, waiting commands are spread out: a hundred thousand of them are no load.
PAUSE_SECONDS = (60.0, 600.0)

# Table Storage takes 64 KiB a column and a queue 64 KiB a message; Twilio's message has no limit.
LONGEST_REASON = 1000


class Ending(msgspec.Struct, frozen=True):
    """How a delivery ends without Twilio: our state, the reason, and Twilio's error code if there is one."""

    state: str
    reason: str
    code: int = 0


TIME_OVER = Ending(EXPIRED, "its time ran out before Twilio took it")
OUTCOME_NEVER_KNOWN = Ending(UNRESOLVED, "it could not be found out in time whether Twilio took it")
ABANDONED = Ending(UNRESOLVED, "its message is gone, and it is unknown whether Twilio took it")
RECORD_GONE = Ending(UNRESOLVED, "its record is gone, so it is unknown whether Twilio took an earlier attempt")
ID_IN_USE = "id: already given to another command"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message on `dead-letter`: the message that Switchboard can do nothing more about, whole, and the reason."""

    queue: str
    message_id: str
    reason: str
    time: str
    body: str

    def to_json(self) -> str:
        """Returns the queue message's body: the original body alone where the reason does not fit beside it."""
        encoded = encode(self)
        return encoded if len(encoded.encode()) <= LARGEST_MESSAGE else self.body


async def requeue(context: LedgerContext, queued: QueuedCommand, delay: float, *, attempt: int | None = None) -> None:
    """Requeues the command after `delay` seconds, or at `give_up_at` if that is sooner. Same attempt unless given."""
    bounded = _until(queued.give_up_at, context.clock.now(), delay)
    await _put(context, queued.outbox, queued.to_json(attempt=attempt), bounded)


async def pause(context: LedgerContext, queued: QueuedCommand) -> None:
    """Requeues the command, spread out, without counting the time against it: the account is at fault."""
    await _pause(context, queued, context.random.uniform(*PAUSE_SECONDS), queued.attempt)


async def pause_claimed(
    context: LedgerContext, queued: QueuedCommand, claimed: Stored, delay: float | None = None
) -> None:
    """Does the same with a claimed attempt that Twilio certainly did not take: the next attempt waits."""
    wait = context.random.uniform(*PAUSE_SECONDS) if delay is None else delay
    await _pause(context, queued, wait, queued.attempt + 1)
    await release(context, queued, claimed)


async def retry(context: LedgerContext, queued: QueuedCommand, claimed: Stored, at_least: float = 0) -> None:
    """Requeues the next attempt by the backoff, or after `at_least` seconds: Twilio certainly did not take this one."""
    if context.clock.now() >= queued.give_up_at:
        await end(context, claimed.record, TIME_OVER, stored=claimed, message_id=queued.message_id)
        return
    delay = max(at_least, backoff(context.random, queued.attempt))
    await requeue(context, queued, delay, attempt=queued.attempt + 1)
    await release(context, queued, claimed)


async def release(context: LedgerContext, queued: QueuedCommand, claimed: Stored) -> None:
    """Records that the next attempt is on its queue."""
    await update(context, claimed, state=RELEASED, attempt=queued.attempt + 1, empty_looks=0)


async def mark_unknown(context: LedgerContext, queued: QueuedCommand, stored: Stored) -> None:
    """Records that the outcome of the attempt is unknown, and waits for a status callback before reconciliation."""
    await update(context, stored, state=UNKNOWN, empty_looks=0)
    await wait_for_callback(context, queued)


async def wait_for_callback(context: LedgerContext, queued: QueuedCommand) -> None:
    """Requeues the command after one settling time."""
    await requeue(context, queued, context.settings.settle_seconds + 1)


async def update(context: LedgerContext, stored: Stored, **changes: object) -> Stored | None:
    """Writes the next version of a record; None when another worker wrote first, because it knows more."""
    record = msgspec.structs.replace(stored.record, run=random_token(context.random), **changes)
    try:
        return await context.ledger.replace(stored, record)
    except RecordChanged:
        return None


async def refuse(context: LedgerContext, message: QueueMessage, command_id: str, refused: CommandRefused) -> None:
    """Publishes that a message is refused. There is no record of it."""
    logger.warning("event=command_refused queue=%s message=%s reason=%s", message.queue, message.id, refused)
    event = delivery_events.message_refused(message, command_id, refused.reason, context.clock.now())
    await context.events.publish(event)


async def end(
    context: LedgerContext,
    record: DeliveryRecord,
    ending: Ending,
    *,
    stored: Stored | None,
    message_id: str = "",
    queued_at: datetime | None = None,
) -> DeliveryRecord | None:
    """Ends a delivery without Twilio: publishes, then writes. Returns the record, None when another worker wrote first.

    `stored` is the version that `record` was read from, None for a delivery without a record; then `queued_at` is the
    time of the event. `message_id` is the queue message's, "" when the end does not come from a message.
    """
    now = context.clock.now()
    since = delivery_events.time_of(record) if stored else queued_at or now
    ended = msgspec.structs.replace(
        record,
        run=random_token(context.random),
        state=ending.state,
        reason=ending.reason[:LONGEST_REASON],
        code=ending.code,
        ended_at=now,
    )
    line = "event=command_ended state=%s queue=%s id=%s code=%d"
    logger.warning(line, ended.state, ended.key.outbox, ended.key.row, ended.code)
    event = delivery_events.command_ended(ended, message_id=message_id, since=since, now=now)
    await context.events.publish(event)
    try:
        return (await (context.ledger.replace(stored, ended) if stored else context.ledger.insert(ended))).record
    except (RecordExists, RecordChanged):
        logger.warning("event=command_ended_elsewhere id=%s", ended.key.row)
        return None


async def end_queued(context: LedgerContext, queued: QueuedCommand, stored: Stored | None, ending: Ending) -> None:
    """Ends the delivery of a queued command, with or without a record."""
    record = stored.record if stored else queued.claim(context.settings, "", context.clock.now())
    await end(context, record, ending, stored=stored, message_id=queued.message_id, queued_at=queued.queued_at)


async def move_to_dead_letter(context: LedgerContext, message: QueueMessage, reason: str) -> None:
    """Puts a message on `dead-letter`, where it stays until an operator decides."""
    letter = DeadLetter(
        queue=message.outbox,
        message_id=message.id,
        reason=reason,
        time=timestamp(context.clock.now()),
        body=message.body.decode(errors="replace"),
    )
    await context.queues.put(DEAD_LETTER, letter.to_json(), time_to_live=NEVER_EXPIRES)


def backoff(random: Random, attempt: int) -> float:
    """Returns seconds: 5, doubled with each attempt, an hour at most, with a jitter of a fifth."""
    return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempt, 20)) * random.uniform(0.8, 1.2))


def delay_by_age(first_seen: datetime, now: datetime) -> float:
    """Returns seconds: the age of a delivery, 5 to 3,600. What fails for longer is tried less often."""
    return max(FIRST_DELAY, min(LONGEST_DELAY, (now - first_seen).total_seconds()))


async def _pause(context: LedgerContext, queued: QueuedCommand, delay: float, attempt: int) -> None:
    """Requeues with the delay added to the time that does not count. The sender's own deadline does count."""
    deadline = queued.deadline
    bounded = _until(deadline, context.clock.now(), delay) if deadline else delay
    body = queued.to_json(attempt=attempt, paused=queued.paused + bounded)
    await _put(context, queued.outbox, body, bounded)


def _until(end: datetime, now: datetime, delay: float) -> float:
    """Returns the delay, or the time until `end` if that is sooner and still ahead, so that the end is not late."""
    left = (end - now).total_seconds()
    return max(FIRST_DELAY, left) if 0 < left < delay else delay


async def _put(context: LedgerContext, outbox: str, body: str, delay: float) -> None:
    await context.queues.put(outbox, body, time_to_live=NEVER_EXPIRES, delay=delay)
