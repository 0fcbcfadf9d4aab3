"""Puts a command on its queue, and follows its record to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from ops.desk import Desk
from ops.errors import OpsError, UsageError
from ops.shown import as_json, line_of
from ops.terminal import seconds_of
from switchboard import commands
from switchboard.clock import random_token
from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import queued_command
from switchboard.delivery.ledger import Ledger
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryRecord
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.queues import NEVER_EXPIRES, QueueMessage

PAUSE_SECONDS = 0.5
GOOD_ENDS = frozenset({"delivered", "read", "completed"})


class Request(msgspec.Struct, frozen=True):
    """What was asked for: the queue, the command's fields (empty ones are left out), and whether to wait."""

    queue: str
    fields: Mapping[str, object]
    wait: bool
    within: str


def variables_of(text: str) -> object:
    """The variables of a template. Raises UsageError."""
    try:
        return msgspec.json.decode(text, type=dict[str, str]) if text else {}
    except msgspec.MsgspecError as error:
        raise UsageError(f'--variables: not a JSON object of strings, as {{"1": "Ana"}}: {error}') from error


async def push(desk: Desk, request: Request) -> None:
    """Put the command on its queue, and wait if that was asked for. Raises OpsError when it ends badly."""
    seconds = seconds_of(request.within)
    made = f"ops-{random_token(desk.edges.random)}"
    order, body = _order(request, made)
    try:
        await desk.edges.queues.put(request.queue, body, time_to_live=NEVER_EXPIRES)
    except StorageUnavailable as away:
        # Its answer may be what was lost.
        desk.terminal.note(f"Nobody knows whether it was queued: ask again with --id {order.key.id}, which is safe.")
        raise OpsError(f"it could not be queued: {away}") from away.__cause__
    told = {"id": order.key.id, "queue": request.queue, "to": order.command.to}
    if not request.wait:
        desk.terminal.answer(told, f"{order.key.id} is on {request.queue}")
        return
    desk.terminal.note(f"{order.key.id} is on {request.queue}")
    with desk.terminal.progress("waiting for a worker") as show:

        def say(record: DeliveryRecord) -> None:
            show(f"{record.state}, waiting")
            desk.terminal.note(line_of(record))

        record = await follow(desk.edges.ledger, order, seconds, say)
    desk.terminal.answer(told | {"delivery": as_json(record) if record else None}, _end_of(record))
    _check(order, record, request.within)


async def follow(
    ledger: Ledger, order: QueuedCommand, seconds: float, say: Callable[[DeliveryRecord], None]
) -> DeliveryRecord | None:
    """The record at its end, or as it stands after so many seconds; None when there is none by then.

    `say` is given each state it comes to. Raises OpsError when the id is another command's.
    """
    last = ""
    record: DeliveryRecord | None = None
    try:
        async with asyncio.timeout(seconds):
            while record is None or record.phase != "ended":
                stored = await ledger.read(order.key)
                record = stored.record if stored else None
                if record and record.fingerprint != order.fingerprint:
                    raise OpsError(f"the id {order.key.id} was already given to another command for this number")
                if record and record.state != last:
                    last = record.state
                    say(record)
                if record is None or record.phase != "ended":
                    await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        return record
    return record


def _order(request: Request, made: str) -> tuple[QueuedCommand, str]:
    """The command as the app will read it, checked here so that it is not refused there. Raises UsageError."""
    fields = {name: value for name, value in request.fields.items() if value not in ("", None, [], {}, False)}
    fields.setdefault("id", made)
    now = datetime.now(UTC)
    try:
        command = commands.parse(COMMAND_TYPES[request.queue], fields)
        body = msgspec.json.encode(command)
        return queued_command.read(QueueMessage(request.queue, "", body), now), body.decode()
    except CommandRefused as refused:
        raise UsageError(refused.reason) from refused


def _end_of(record: DeliveryRecord | None) -> str:
    return line_of(record) if record else "no worker has taken it yet"


def _check(order: QueuedCommand, record: DeliveryRecord | None, within: str) -> None:
    """Raise OpsError unless it came to a good end."""
    if record is None:
        raise OpsError(f"no worker took it within {within}: is the app running? `python -m ops doctor` looks")
    if record.phase != "ended":
        raise OpsError(
            f"it is {record.state} after {within}: `python -m ops deliveries show {order.key.id}` looks again"
        )
    if record.state not in GOOD_ENDS:
        raise OpsError(f"it ended as {record.state}")
