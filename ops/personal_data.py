"""What is stored about one person: delivery records, opt-outs and dead letters; and which records may be deleted.

A record protects its recipient: without it, a copy of its message that is still on a queue is sent again, and so is
its dead letter by a replay. So a record is deleted only when neither exists, nor can be hidden by another command, and
by the version that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

import msgspec

from ops.command import CommandContext
from ops.dead_letter_queue import HIDDEN_SECONDS, DeadLetterMessage, DeadLetterQueue
from ops.errors import UsageError
from ops.opt_out_table import OptOut, list_opt_outs
from ops.waiting_commands import WaitingCommands, waiting_commands
from switchboard.addresses import CHANNEL_ADDRESS, CLIENT, E164, SIP
from switchboard.delivery.housekeeping import LOOKED_UP_WITHIN_SECONDS
from switchboard.delivery.ledger import Ledger, RecordChanged
from switchboard.delivery.record import DeliveryKey, Stored, partition_of
from switchboard.delivery.states import SCHEDULED, UNRESOLVED
from switchboard.errors import CommandRefused
from switchboard.queues import OUTBOXES

NUMBER_CHANNELS = ("whatsapp", "rcs")
CHANGED = "it changed meanwhile: run the command again"
HIDDEN = f"its dead letter may be hidden by another command: run it again in {HIDDEN_SECONDS // 60} minutes"


class Kept(msgspec.Struct, frozen=True):
    """A record that is not deleted, by its row, and why."""

    delivery: str
    reason: str


class PersonalData(msgspec.Struct, frozen=True):
    """What is stored. `deletable` are records that protect nobody any more."""

    addresses: tuple[str, ...]
    deletable: list[Stored]
    kept: list[Kept]
    opt_outs: list[OptOut]
    dead_letters: list[DeadLetterMessage]

    @property
    def sids(self) -> list[str]:
        """The texts and calls at Twilio of the records that may be deleted: afterwards no record names them."""
        return [sid for stored in self.deletable for sid in stored.record.sids]


def addresses_of(person: str) -> tuple[str, ...]:
    """Returns the addresses of a person's commands: for a number also those in channels. Raises UsageError."""
    if re.fullmatch(E164, person):
        return (person, *(f"{channel}:{person}" for channel in NUMBER_CHANNELS))
    if any(re.fullmatch(pattern, person) for pattern in (CHANNEL_ADDRESS, CLIENT, SIP)):
        return (person,)
    raise UsageError(f"{person}: expected +351211234567, whatsapp:+351211234567, client:alice or sip:alice@example.com")


async def find_personal_data(context: CommandContext, person: str, now: datetime) -> PersonalData:
    """Returns what is stored about a person. Raises UsageError for what is no address."""
    addresses = addresses_of(person)
    services = context.services
    every, are_all = await read_dead_letters(services.dead_letters)
    dead_letters = [each for each in every if is_to(each, addresses)]
    replayable = {key for message in dead_letters for key, _ in commands_of(message)}
    waiting = await waiting_commands(services.queue_service)
    deletable: list[Stored] = []
    kept: list[Kept] = []
    opt_outs: list[OptOut] = []
    for address in addresses:
        for stored in await services.ledger.of_recipient(partition_of(address)):
            reason = why_kept(stored, now, has_dead_letter=stored.record.key in replayable)
            reason = reason or why_message_may_wait(stored, waiting) or ("" if are_all else HIDDEN)
            if reason:
                kept.append(Kept(stored.record.key.row, reason))
            else:
                deletable.append(stored)
        opt_outs += await list_opt_outs(services.tables, address)
    return PersonalData(addresses, deletable, kept, opt_outs, dead_letters)


def why_kept(stored: Stored, now: datetime, *, has_dead_letter: bool = False) -> str:
    """Returns why a record must stay, "" when it may be deleted."""
    record = stored.record
    if record.phase == "open":
        return f"it is {record.state}: its message is on the queue"
    if record.state == UNRESOLVED:
        return "it is unresolved: decide about it first, by `deliveries resolve`"
    if has_dead_letter:
        return "its dead letter can be replayed: drop or replay it first"
    if record.give_up_at > now:
        return f"a copy of its message may be on the queue until {record.give_up_at:%Y-%m-%d %H:%M} UTC"
    if record.phase == "accepted" and (record.state == SCHEDULED or stored.age < LOOKED_UP_WITHIN_SECONDS):
        return f"it is {record.state}: Twilio has not reported its end"
    return ""


def why_message_may_wait(stored: Stored, waiting: WaitingCommands) -> str:
    """Returns why a record must stay for a message that its sender pushed, "" when none waits."""
    queue = waiting.may_contain(stored.record.key)
    return (
        f"a message of it waits on {queue}, or may do so: run the command again when the queue is empty"
        if queue
        else ""
    )


async def read_dead_letters(queue: DeadLetterQueue) -> tuple[list[DeadLetterMessage], bool]:
    """Returns the dead letters, and whether these are all: another command hides those that it works on."""
    async with queue.hide(lambda _: True) as hidden:
        return [each.message for each in hidden], await queue.count() <= len(hidden)


async def delete_records(ledger: Ledger, records: Iterable[Stored]) -> list[Kept]:
    """Deletes each version that was read. Returns those that changed meanwhile."""
    changed = []
    for stored in records:
        try:
            await ledger.delete(stored)
        except RecordChanged:
            changed.append(Kept(stored.record.key.row, CHANGED))
    return changed


def commands_of(message: DeadLetterMessage) -> list[tuple[DeliveryKey, str]]:
    """Returns delivery and recipient of a dead letter's command; of each kind it can be where it names no outbox."""
    found = []
    for outbox in [message.outbox] if message.outbox else OUTBOXES:
        with suppress(CommandRefused):
            queued = message.queued_command(outbox)
            found.append((queued.key, queued.command.to))
    return found


def is_to(message: DeadLetterMessage, addresses: tuple[str, ...]) -> bool:
    """Returns whether a dead letter's command is to one of these addresses."""
    return any(recipient in addresses for _, recipient in commands_of(message))
