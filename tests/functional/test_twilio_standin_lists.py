"""Lists of texts by the stand-in's REST API: pages and filters, through Twilio's own library."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.twilio.options import Pace
from tests.functional.twilio_standin_app import NUMBER, PHONE, Clock, eventually, rest, running

SERVICE = "MG" + "1" * 32
STILL = Pace(step=60, ring=60)


async def test_pages_follow_each_other_newest_first() -> None:
    """All texts come, each once, also when another is sent between two pages."""
    async with running(pace=STILL) as (_, standin):
        client = rest(standin)
        for number in range(5):
            await asyncio.to_thread(client.messages.create, to=PHONE, from_=NUMBER, body=str(number))
        pages = await asyncio.to_thread(client.messages.stream, page_size=2)
        first = await asyncio.to_thread(next, pages)
        await asyncio.to_thread(client.messages.create, to=PHONE, from_=NUMBER, body="late")
        rest_of_them = await asyncio.to_thread(list, pages)
        assert [message.body for message in [first, *rest_of_them]] == ["4", "3", "2", "1", "0"]


async def test_lists_are_filtered_by_number() -> None:
    """To and From name exactly one number."""
    async with running(pace=STILL) as (_, standin):
        client = rest(standin)
        for to in (PHONE, "+15005550007"):
            await asyncio.to_thread(client.messages.create, to=to, from_=NUMBER, body=to)
        found = await asyncio.to_thread(client.messages.list, to=PHONE)
        assert [message.to for message in found] == [PHONE]
        assert await asyncio.to_thread(client.messages.list, from_=PHONE) == []
        assert len(await asyncio.to_thread(client.messages.list, from_=NUMBER)) == 2


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"date_sent": date(2026, 1, 31)}, 1),
        ({"date_sent": date(2026, 2, 1)}, 0),
        ({"date_sent_after": datetime(2026, 1, 31, 11, tzinfo=UTC)}, 1),
        ({"date_sent_after": datetime(2026, 1, 31, 13, tzinfo=UTC)}, 0),
        ({"date_sent_before": datetime(2026, 1, 31, 13, tzinfo=UTC)}, 1),
        ({"date_sent_before": datetime(2026, 1, 31, 11, tzinfo=UTC)}, 0),
    ],
)
async def test_lists_are_filtered_by_the_time_of_sending(filters: dict[str, Any], count: int) -> None:
    """A day, or a bound on either side; what was not sent yet is in none of them."""
    clock = Clock()
    async with running(clock=clock) as (_, standin):
        client = rest(standin)
        await asyncio.to_thread(client.messages.create, to=PHONE, from_=NUMBER, body="sent")
        await eventually(lambda: all(m.status == "delivered" for m in standin.account.messages.values()))
        send_at = clock.time + timedelta(hours=1)
        await asyncio.to_thread(
            client.messages.create,
            to=PHONE,
            messaging_service_sid=SERVICE,
            body="waits",
            schedule_type="fixed",
            send_at=send_at,
        )
        assert len(await asyncio.to_thread(client.messages.list, **filters)) == count


async def test_recordings_are_listed_by_call_and_deleted() -> None:
    """Twilio's library lists those of one call; a deleted one is gone."""
    async with running(pace=STILL) as (_, standin):
        client, account = rest(standin), standin.account
        for call_sid in ("CA" + "1" * 32, "CA" + "2" * 32):
            account.add_recording(call_sid=call_sid, seconds=1, source="RecordVerb")
        (found,) = await asyncio.to_thread(client.recordings.list, call_sid="CA" + "2" * 32)
        await asyncio.to_thread(client.recordings(found.sid).delete)
        assert [each.call_sid for each in account.recordings.values()] == ["CA" + "1" * 32]
