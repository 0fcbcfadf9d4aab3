"""Shows on the phone page what the app puts on its queues: its events, and when a requeued command comes again.

The host's process writes a line of output for each message that storage has taken. The stack reads these lines, and
shows none of them in the terminal. No message is read from a queue or taken away.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from local.ledger import KINDS
from local.twilio.deliveries import Requeue
from switchboard.delivery.record import partition_of
from switchboard.queues import EVENTS, OUTBOXES, QueueWriter
from switchboard.services import Services

MARK = "\x1equeue-put "
TAPPED = (EVENTS, *OUTBOXES)

Say = Callable[[str], None]


class QueuePage(Protocol):
    """The page that shows events and requeued commands."""

    def show_event(self, event: Mapping[str, Any]) -> None:
        """Show an event."""

    def show_requeue(self, requeue: Requeue) -> None:
        """Show when a command comes again."""


class TappedQueues:
    """A writer that calls `report` with a line for each message that its queue has taken."""

    def __init__(self, queues: QueueWriter, report: Say) -> None:
        self._queues = queues
        self._report = report

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Adds a message, and reports it. Raises StorageUnavailable."""
        await self._queues.put(queue, body, time_to_live=time_to_live, delay=delay)
        if queue in TAPPED:
            self._report(f"{MARK}{queue} {delay:.3f} {body}")

    async def check(self) -> None:
        """Checks that queue storage can be reached."""
        await self._queues.check()


class TappedServices(Services):
    """The app's services, with queues that report to the stack."""

    @property
    def queues(self) -> QueueWriter:
        """Queue Storage, for writing."""
        return TappedQueues(self._queue_storage, report)


def report(line: str) -> None:
    """Writes a line of output at once, whole."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def showing_queue_puts(page: QueuePage, say: Say) -> Say:
    """Return a function for the lines of the Functions host: it shows messages on the page, and logs other lines."""

    def say_or_show(line: str) -> None:
        if line.startswith(MARK):
            _show(page, line.removeprefix(MARK))
        else:
            say(line)

    return say_or_show


def _show(page: QueuePage, put: str) -> None:
    queue, delay, body = put.split(" ", 2)
    try:
        message = json.loads(body)
        if queue == EVENTS:
            page.show_event(message)
        else:
            page.show_requeue(_requeue(queue, float(delay), message))
    except (ValueError, LookupError, TypeError):
        return  # not of the forms that the app writes: only the page shows less


def _requeue(queue: str, delay: float, envelope: Mapping[str, Any]) -> Requeue:
    """Return when the command of an envelope comes again."""
    due = datetime.now(UTC) + timedelta(seconds=delay)
    reference = f"{partition_of(envelope['command']['to'])}.{envelope['id']}"
    return Requeue(
        kind=KINDS[queue.removesuffix("-outbox")],
        reference=reference,
        at=due.isoformat(timespec="milliseconds"),
        attempt=envelope["attempt"],
    )
