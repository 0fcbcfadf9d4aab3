"""Finds what an id of a log line names: delivery records, dead letters, and the text or call at Twilio."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec

from ops.command import CommandContext
from ops.dead_letter_queue import DeadLetterMessage
from ops.log_ids import LogId
from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.delivery.states import Kind, Phase
from switchboard.errors import TwilioError
from switchboard.twilio_codes import is_not_found

PHASES: tuple[Phase, ...] = get_args(Phase)
# Tolerance for a table's clock that is ahead of this machine's.
CLOCK_TOLERANCE_SECONDS = 300
# An id may name a campaign to many recipients.
MOST_OF_ONE_ID = 1000


class AtTwilio(msgspec.Struct, frozen=True):
    """A text or call as Twilio has it."""

    sid: str
    sender: str
    recipient: str
    direction: str
    status: str
    error_code: int


class Found(msgspec.Struct, frozen=True):
    """Everything that an id names."""

    deliveries: list[DeliveryRecord]
    dead_letters: list[DeadLetterMessage]
    twilio: list[AtTwilio]


async def look_up(context: CommandContext, text: str, log_id: LogId) -> Found:
    """Returns what the id names. Twilio is asked for a SID that no delivery has."""
    deliveries = await _deliveries(context, log_id)
    dead_letters = await _dead_letters(context, text, log_id)
    twilio = await _at_twilio(context, log_id.sid) if log_id.sid and not deliveries else []
    return Found(deliveries, dead_letters, twilio)


async def _deliveries(context: CommandContext, log_id: LogId) -> list[DeliveryRecord]:
    """One partition where the id names the recipient, else the whole table."""
    ledger = context.services.ledger
    if log_id.partition and log_id.command_id:
        keys = [DeliveryKey(log_id.partition, kind, log_id.command_id) for kind in log_id.kinds]
        return [stored.record for key in keys if (stored := await ledger.read(key))]
    if log_id.partition:
        return [stored.record for stored in await ledger.of_recipient(log_id.partition)]
    if log_id.sid:
        return await _search(context, lambda record: log_id.sid in record.sids, most=1)
    return await _search(context, lambda record: _is_named(record, log_id), most=MOST_OF_ONE_ID)


async def _search(
    context: CommandContext, matches: Callable[[DeliveryRecord], bool], *, most: int
) -> list[DeliveryRecord]:
    """Reads the table page by page, until there are `most` that match."""
    found: list[DeliveryRecord] = []
    read = 0
    with context.terminal.progress("reading the deliveries") as show:
        for phase in PHASES:
            async for page in context.services.ledger.older(phase, -CLOCK_TOLERANCE_SECONDS):
                read += len(page)
                found += [stored.record for stored in page if matches(stored.record)]
                show(f"{read:,} deliveries read, {len(found):,} found")
                if len(found) >= most:
                    return found[:most]
    return found


def _is_named(record: DeliveryRecord, log_id: LogId) -> bool:
    return record.key.id == log_id.command_id and record.key.kind in log_id.kinds


async def _dead_letters(context: CommandContext, text: str, log_id: LogId) -> list[DeadLetterMessage]:
    """Those with this id of their own, of their original message or of their command. Hides them only where it must."""
    names = {text, log_id.command_id} - {""}
    dead_letters = context.services.dead_letters
    peeked = await dead_letters.peek()
    found = [each for each in peeked if any(each.has_id(name) for name in names)]
    if found or log_id.sid or await dead_letters.count() <= len(peeked):
        return found
    async with dead_letters.hide(lambda each: any(each.has_id(name) for name in names)) as hidden:
        return [each.message for each in hidden]


async def _at_twilio(context: CommandContext, sid: str) -> list[AtTwilio]:
    if sid.startswith("RE"):
        sid = await (await context.services.twilio_account()).call_of_recording(sid)
    kind: Kind = "call" if sid.startswith("CA") else "sms"
    try:
        found = await context.services.twilio.fetch(kind, sid)
    except TwilioError as error:
        if is_not_found(error):
            return []
        raise
    return [AtTwilio(found.sid, found.sender, found.recipient, found.direction, found.status, found.error_code)]
