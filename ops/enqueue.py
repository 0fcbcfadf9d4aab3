"""Puts a command on its outbox, and follows its delivery record to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from ops.command import CommandContext
from ops.delivery_output import as_json, line_of
from ops.durations import parse_duration, relative
from ops.errors import OpsError, UsageError, is_login_missing
from switchboard import commands
from switchboard.clock import random_token
from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import queued_command
from switchboard.delivery.ledger import Ledger
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryRecord
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.queues import NEVER_EXPIRES, QueueMessage

POLL_SECONDS = 0.5
SUCCESSES = frozenset({"delivered", "read", "completed"})


class EnqueueRequest(msgspec.Struct, frozen=True):
    """The outbox, the command's fields (empty ones are left out), whether to wait for the end, and how long."""

    outbox: str
    fields: Mapping[str, object]
    wait: bool
    within: str


def parse_variables(text: str) -> object:
    """Returns the variables of a content template. Raises UsageError."""
    try:
        return msgspec.json.decode(text, type=dict[str, str]) if text else {}
    except msgspec.MsgspecError as error:
        raise UsageError(f'--variables: not a JSON object of strings, as {{"1": "Ana"}}: {error}') from error


async def enqueue(context: CommandContext, request: EnqueueRequest) -> None:
    """Puts the command on its outbox, and waits for its end if requested. Raises OpsError when the delivery fails."""
    seconds = parse_duration(request.within)
    queued, body = _queued_command(request, f"ops-{random_token(context.services.random)}")
    if request.wait and request.fields.get("id") and (earlier := await _earlier(context, queued)):
        await _show_earlier(context, queued, earlier, request, seconds)
        return
    try:
        await context.services.queues.put(request.outbox, body, time_to_live=NEVER_EXPIRES)
    except StorageUnavailable as error:
        if is_login_missing(error):
            raise
        # The queue may have taken the message, and the answer may be what was lost.
        context.terminal.note(
            f"It is unknown whether the command was queued. Try again with --id {queued.key.id}: it is sent only once."
        )
        raise OpsError(f"the command was not queued: {error}") from error.__cause__
    answer: dict[str, object] = {"id": queued.key.id, "queue": request.outbox, "to": queued.command.to}
    if not request.wait:
        context.terminal.answer(answer, f"{queued.key.id} is on {request.outbox}")
        return
    context.terminal.note(f"{queued.key.id} is on {request.outbox}")
    await _show_end(context, queued, answer, request, seconds)


async def _earlier(context: CommandContext, queued: QueuedCommand) -> DeliveryRecord | None:
    """Returns the delivery that the id already has for this number. Raises OpsError when it is another command's."""
    stored = await context.services.ledger.read(queued.key)
    if stored:
        _check_same(queued, stored.record)
    return stored.record if stored else None


async def _show_earlier(
    context: CommandContext, queued: QueuedCommand, earlier: DeliveryRecord, request: EnqueueRequest, seconds: float
) -> None:
    """Prints that the same command was sent before; nothing is queued. One in progress is followed to its end."""
    was = {"open": "in progress since", "accepted": "already sent", "ended": "already sent"}[earlier.phase]
    if earlier.phase == "ended" and earlier.state not in SUCCESSES:
        was = f"already {earlier.state}"
    context.terminal.note(f"{queued.key.id}: {was} {relative(earlier.first_seen)}, nothing new")
    await _show_end(context, queued, {"id": queued.key.id, "queue": None, "to": earlier.to}, request, seconds)


async def _show_end(
    context: CommandContext,
    queued: QueuedCommand,
    answer: dict[str, object],
    request: EnqueueRequest,
    seconds: float,
) -> None:
    """Follows the delivery, and prints its end. Raises OpsError unless it ends in success."""
    record = await _wait(context, queued, seconds)
    answer |= {"delivery": as_json(record) if record else None}
    context.terminal.answer(answer, line_of(record) if record else "no worker has claimed it yet")
    _check_success(queued, record, request.within)


async def follow(
    ledger: Ledger, queued: QueuedCommand, seconds: float, report: Callable[[DeliveryRecord], None]
) -> DeliveryRecord | None:
    """Returns the record at its end, or as it is after `seconds`; None without a record.

    Calls `report` with each new state. Raises OpsError when the id belongs to another command.
    """
    last = ""
    record: DeliveryRecord | None = None
    try:
        async with asyncio.timeout(seconds):
            while record is None or record.phase != "ended":
                stored = await ledger.read(queued.key)
                record = stored.record if stored else None
                if record:
                    _check_same(queued, record)
                if record and record.state != last:
                    last = record.state
                    report(record)
                if record is None or record.phase != "ended":
                    await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return record
    return record


async def _wait(context: CommandContext, queued: QueuedCommand, seconds: float) -> DeliveryRecord | None:
    """Follows the record, and prints each new state but the last, which is the answer."""
    with context.terminal.progress("waiting for a worker") as show:

        def report(record: DeliveryRecord) -> None:
            show(f"{record.state}, waiting")
            if record.phase != "ended":
                context.terminal.note(line_of(record))

        return await follow(context.services.ledger, queued, seconds, report)


def _queued_command(request: EnqueueRequest, new_id: str) -> tuple[QueuedCommand, str]:
    """Returns the command as the app will read it, and the message's body. Raises UsageError when it is invalid."""
    fields = {name: value for name, value in request.fields.items() if value not in ("", None, [], {}, False)}
    fields.setdefault("id", new_id)
    now = datetime.now(UTC)
    try:
        parsed = commands.parse(COMMAND_TYPES[request.outbox], fields)
        body = msgspec.json.encode(parsed)
        return queued_command.read(QueueMessage(request.outbox, "", body), now), body.decode()
    except CommandRefused as refused:
        raise UsageError(refused.reason) from refused


def _check_same(queued: QueuedCommand, record: DeliveryRecord) -> None:
    if record.fingerprint != queued.fingerprint:
        raise OpsError(f"the id {queued.key.id} already belongs to another command for this number")


def _check_success(queued: QueuedCommand, record: DeliveryRecord | None, within: str) -> None:
    """Raises OpsError unless the delivery ended in success."""
    if record is None:
        raise OpsError(f"no worker claimed it within {within}: check the app with `./sb ops doctor`")
    if record.phase != "ended":
        raise OpsError(
            f"it is {record.state} after {within}: `./sb ops deliveries show {queued.key.id}` shows its state"
        )
    if record.state not in SUCCESSES:
        raise OpsError(f"it ended as {record.state}")
