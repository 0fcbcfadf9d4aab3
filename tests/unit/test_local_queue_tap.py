"""What the app puts on its queues, in lines of the host's output, and what the stack shows of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from local import processes
from local.queue_tap import TappedQueues, showing_queue_puts
from local.settings import ROOT
from local.twilio.deliveries import Requeue
from switchboard.errors import StorageUnavailable
from switchboard.queues import DEAD_LETTER, EVENTS, LARGEST_MESSAGE, SMS_OUTBOX

DELIVERED = '{"type": "switchboard.sms.status", "data": {"status": "delivered"}}'
ENVELOPE = '{"command": {"to": "+15005550006"}, "id": "t1", "attempt": 2}'


class Queues:
    """Queues that take every message, or raise `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.taken: list[tuple[str, str]] = []
        self.error = error

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Take it."""
        if self.error:
            raise self.error
        self.taken.append((queue, body))

    async def check(self) -> None:
        """Be there."""


class Page:
    """A page that keeps what it is shown."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.requeues: list[Requeue] = []

    def show_event(self, event: Mapping[str, Any]) -> None:
        """Keep it."""
        self.events.append(event)

    def show_requeue(self, requeue: Requeue) -> None:
        """Keep it."""
        self.requeues.append(requeue)


async def tapped(queue: str, body: str, delay: float = 0) -> tuple[Page, list[str], Queues]:
    """The page, the terminal and the queue after the app has put a message."""
    page, terminal, queues = Page(), list[str](), Queues()
    await TappedQueues(queues, showing_queue_puts(page, terminal.append)).put(queue, body, delay=delay)
    return page, terminal, queues


async def test_an_event_is_shown_and_stays_on_its_queue() -> None:
    """In no line of the terminal: it may hold a text's words."""
    page, terminal, queues = await tapped(EVENTS, DELIVERED)
    assert [event["type"] for event in page.events] == ["switchboard.sms.status"]
    assert (terminal, queues.taken) == ([], [(EVENTS, DELIVERED)])


async def test_a_requeued_command_is_shown_with_its_time() -> None:
    """By the reference that its status callbacks have."""
    page, terminal, _ = await tapped(SMS_OUTBOX, ENVELOPE, delay=5)
    (requeue,) = page.requeues
    assert (requeue.kind, requeue.attempt) == ("text", 2)
    assert requeue.reference.endswith(".t1")
    assert terminal == []


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"id": "t1"}'])
async def test_a_message_of_another_form_is_not_shown(body: str) -> None:
    """And nothing fails."""
    page, terminal, queues = await tapped(SMS_OUTBOX, body)
    assert (page.requeues, terminal, queues.taken) == ([], [], [(SMS_OUTBOX, body)])


async def test_a_dead_letter_is_not_reported() -> None:
    """Its queue is for operators."""
    page, terminal, _ = await tapped(DEAD_LETTER, "{}")
    assert (page.events, page.requeues, terminal) == ([], [], [])


async def test_a_message_that_storage_does_not_take_is_not_reported() -> None:
    """The app sees the error, as without the tap."""
    reported: list[str] = []
    with pytest.raises(StorageUnavailable):
        await TappedQueues(Queues(StorageUnavailable("down")), reported.append).put(EVENTS, "{}")
    assert reported == []


async def test_other_lines_of_the_host_go_to_the_terminal() -> None:
    """As they are."""
    terminal: list[str] = []
    showing_queue_puts(Page(), terminal.append)("12:00:01 send_sms event=command_accepted")
    assert terminal == ["12:00:01 send_sms event=command_accepted"]


async def test_the_largest_message_fits_a_line_of_a_process() -> None:
    """64 KiB and what is before it."""
    program = f"print('x' * {LARGEST_MESSAGE + 1024})"
    process = await processes.start([sys.executable, "-c", program], folder=ROOT)
    lengths = [len(line) async for line in processes.lines(process)]
    await asyncio.wait_for(process.wait(), 10)
    assert lengths == [LARGEST_MESSAGE + 1024]
