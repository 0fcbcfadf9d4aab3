"""What `events` shows of a queue, and what it takes from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from azure.storage.queue.aio import QueueClient

from local.events import MOST_PEEKED, ONLY_THE_OLDEST, Reading, line_of, read_events
from tests.integration.queues import Queues, open_queues


def event(number: int) -> str:
    """A message with an event."""
    data = {"from": "+15005550006", "body": f"text {number}"}
    return json.dumps({"type": "switchboard.sms.received", "time": "2026-11-28T10:20:30Z", "data": data})


@asynccontextmanager
async def opened(connection: str, *bodies: str) -> AsyncIterator[tuple[Queues, QueueClient]]:
    """A queue of the test's own with these messages, and a client of it."""
    async with open_queues(connection) as queues:
        await queues.put(*bodies)
        async with QueueClient.from_connection_string(connection, queues.name) as client:
            yield queues, client


async def shown(client: QueueClient, reading: Reading, notes: list[str]) -> list[str]:
    """The lines that a reading of everything shows."""
    return [line_of(each) async for each in read_events(client, reading, notes.append)]


async def test_peeking_takes_nothing(connection: str) -> None:
    """A consumer still gets each, as if for the first time."""
    async with opened(connection, event(1), event(2)) as (queues, client):
        lines = await shown(client, Reading(), [])
        assert [line.partition("text ")[2][0] for line in lines] == ["1", "2"]
        assert lines[0].startswith("10:20:30 switchboard.sms.received  {")
        assert [message.dequeue_count for message in await queues.visible()] == [0, 0]


def test_what_an_event_is_about_comes_before_twilios_parameters() -> None:
    """A line is cut at its end, and they are long."""
    data = {"parameters": {"AccountSid": "AC" * 200}, "from": "+15005550006"}
    assert line_of({"type": "t", "data": data}).startswith(f"{'':<8} t  " + '{"from": "+15005550006", "parameters": {')


async def test_taking_removes_each_event_after_it_is_shown(connection: str) -> None:
    """More than a reader can peek at."""
    async with opened(connection, *map(event, range(MOST_PEEKED + 3))) as (queues, client):
        assert len(await shown(client, Reading(take=True), [])) == MOST_PEEKED + 3
        assert await queues.count() == 0


async def test_an_event_that_was_not_shown_is_not_lost(connection: str) -> None:
    """A reader that ends meanwhile has deleted none that it did not show."""
    async with opened(connection, event(1), event(2)) as (queues, client):
        reading = read_events(client, Reading(take=True), lambda _: None)
        await anext(reading)
        await reading.aclose()
        assert await queues.count() == 2


async def test_following_shows_each_event_once(connection: str) -> None:
    """Also those that come later."""
    async with opened(connection, event(1)) as (queues, client):
        reading = read_events(client, Reading(follow=True), lambda _: None)
        first = await anext(reading)
        await queues.put(event(2))
        second = await asyncio.wait_for(anext(reading), 10)
        await reading.aclose()
        assert [line_of(each).partition("text ")[2][0] for each in (first, second)] == ["1", "2"]


async def test_more_than_can_be_seen_are_mentioned(connection: str) -> None:
    """A queue that nobody empties hides what is new."""
    notes: list[str] = []
    async with opened(connection, *map(event, range(MOST_PEEKED + 1))) as (_, client):
        assert len(await shown(client, Reading(), notes)) == MOST_PEEKED
    assert notes == [ONLY_THE_OLDEST]


async def test_what_is_no_event_is_shown_all_the_same(connection: str) -> None:
    """As it is."""
    async with opened(connection, "not JSON") as (_, client):
        assert [line.strip() for line in await shown(client, Reading(), [])] == ['"not JSON"']


async def test_an_absent_queue_has_no_events(connection: str) -> None:
    """The stack creates it at its start."""
    async with QueueClient.from_connection_string(connection, "absent-queue") as client:
        assert await shown(client, Reading(), []) == []
        assert await shown(client, Reading(take=True), []) == []
