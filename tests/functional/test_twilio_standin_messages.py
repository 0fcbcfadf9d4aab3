"""Messages of the stand-in's REST API, through Twilio's own library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from tests.functional.twilio_standin_app import ACCOUNT, NUMBER, PHONE, Clock, eventually, post, rest, running

SERVICE = "MG" + "1" * 32
STILL = Pace(step=60, ring=60)


def refusal(act: Callable[[], Any]) -> tuple[int, int]:
    """HTTP status and Twilio's code of what the library raises."""
    with pytest.raises(TwilioRestException) as refused:
        act()
    return refused.value.status, refused.value.code


async def test_a_text_is_accepted_with_twilios_fields() -> None:
    """The library reads the answer as a Message that is queued."""
    async with running(pace=STILL) as (_, standin):
        client = rest(standin)
        message = await asyncio.to_thread(client.messages.create, to="+1 (500) 555-0006", from_=NUMBER, body="Olá")
        assert (message.to, message.from_, message.body, message.status) == (PHONE, NUMBER, "Olá", "queued")
        assert (message.direction, message.num_segments, message.num_media) == ("outbound-api", "1", "0")
        assert (message.account_sid, message.date_sent, message.error_code) == (ACCOUNT, None, None)
        assert message.sid
        assert message.sid.startswith("SM")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "0912", "from_": NUMBER, "body": "a"}, 21211),
        ({"to": "", "from_": NUMBER, "body": "a"}, 21604),
        ({"to": PHONE, "body": "a"}, 21603),
        ({"to": PHONE, "from_": "+15005550002", "body": "a"}, 21606),
        ({"to": PHONE, "from_": "not~a~sender", "body": "a"}, 21212),
        ({"to": PHONE, "from_": NUMBER}, 21602),
        ({"to": PHONE, "from_": NUMBER, "body": "a" * 1601}, 21617),
        ({"to": PHONE, "from_": NUMBER, "media_url": ["no url"]}, 21620),
        ({"to": PHONE, "from_": NUMBER, "media_url": [f"https://e.com/{n}" for n in range(11)]}, 21623),
        ({"to": PHONE, "from_": NUMBER, "body": "a", "validity_period": 36_001}, 21624),
        ({"to": PHONE, "from_": NUMBER, "body": "a", "status_callback": "nowhere"}, 21609),
        ({"to": PHONE, "messaging_service_sid": "MG1", "body": "a"}, 21701),
        ({"to": PHONE, "from_": NUMBER, "body": "a", "schedule_type": "fixed", "send_at": "2026-01-31"}, 35118),
    ],
)
async def test_a_text_that_twilio_refuses_has_its_code(fields: dict[str, Any], code: int) -> None:
    """400 with the code that Twilio gives for that fault."""
    async with running() as (_, standin):
        client = rest(standin)
        assert await asyncio.to_thread(refusal, lambda: client.messages.create(**fields)) == (400, code)
        assert standin.account.messages == {}


async def test_twilios_magic_numbers_are_ordinary_here() -> None:
    """+15005550001 can be texted: the local settings use such numbers."""
    async with running() as (_, standin):
        message = await asyncio.to_thread(rest(standin).messages.create, to=NUMBER, from_=NUMBER, body="a")
        assert message.status == "queued"


async def test_a_landline_cannot_be_texted() -> None:
    """21614, when the handset is one."""
    async with running() as (_, standin):
        standin.handsets.by_number[PHONE] = Handset(texted="landline")
        client = rest(standin)
        create = partial(client.messages.create, to=PHONE, from_=NUMBER, body="a")
        assert await asyncio.to_thread(refusal, create) == (400, 21614)


async def test_a_text_passes_through_its_states() -> None:
    """Callbacks, signed: sending, sent, delivered; none for the first state; DateSent is known once it is sent."""
    async with running() as (app, standin):
        client = rest(standin)
        await asyncio.to_thread(
            client.messages.create, to=PHONE, from_=NUMBER, body="a", status_callback=f"{app.url}/cb?id=7#rc=3&rp=all"
        )
        await eventually(lambda: len(app.requests) == 3)
        assert [request.fields["MessageStatus"] for request in app.requests] == ["sending", "sent", "delivered"]
        assert all(request.signed and request.path == "/cb?id=7" for request in app.requests)
        (message,) = await asyncio.to_thread(client.messages.list)
        assert message.status == "delivered"
        assert message.date_sent is not None


async def test_an_undelivered_text_has_its_error_code() -> None:
    """The last callback carries Twilio's ErrorCode, and so does the resource."""
    async with running() as (app, standin):
        standin.handsets.by_number[PHONE] = Handset(texted="undelivered", error_code=30005)
        client = rest(standin)
        sent = await asyncio.to_thread(
            client.messages.create, to=PHONE, from_=NUMBER, body="a", status_callback=f"{app.url}/cb"
        )
        await eventually(lambda: len(app.requests) == 3)
        assert (app.requests[-1].fields["MessageStatus"], app.requests[-1].fields["ErrorCode"]) == (
            "undelivered",
            "30005",
        )
        message = await asyncio.to_thread(client.messages(str(sent.sid)).fetch)
        assert (message.status, message.error_code) == ("undelivered", 30005)


async def test_a_text_through_a_service_is_accepted_then_queued() -> None:
    """The service sends from the account's number."""
    async with running() as (app, standin):
        message = await asyncio.to_thread(
            rest(standin).messages.create,
            to=PHONE,
            messaging_service_sid=SERVICE,
            body="a",
            status_callback=f"{app.url}/cb",
        )
        assert (message.status, message.from_, message.messaging_service_sid) == ("accepted", NUMBER, SERVICE)
        await eventually(lambda: len(app.requests) == 4)
        assert app.requests[0].fields["MessageStatus"] == "queued"


@pytest.mark.parametrize("ahead", [timedelta(minutes=14), timedelta(days=36)])
async def test_a_time_too_soon_or_too_far_is_refused(ahead: timedelta) -> None:
    """35114, outside 15 minutes to 35 days."""
    async with running() as (_, standin):
        client = rest(standin)
        create = partial(
            client.messages.create,
            to=PHONE,
            messaging_service_sid=SERVICE,
            body="a",
            schedule_type="fixed",
            send_at=datetime.now(UTC) + ahead,
        )
        assert await asyncio.to_thread(refusal, create) == (400, 35114)


async def test_a_scheduled_text_is_sent_at_its_time() -> None:
    """It stays scheduled until then, and is delivered after."""
    clock = Clock()
    async with running(clock=clock) as (_, standin):
        client = rest(standin)
        message = await asyncio.to_thread(
            client.messages.create,
            to=PHONE,
            messaging_service_sid=SERVICE,
            body="a",
            schedule_type="fixed",
            send_at=clock.time + timedelta(hours=1),
        )
        await asyncio.sleep(0.05)
        assert standin.account.messages[str(message.sid)].status == "scheduled"
        clock.time += timedelta(hours=1)
        await eventually(lambda: standin.account.messages[str(message.sid)].status == "delivered")


async def test_a_scheduled_text_can_be_canceled() -> None:
    """It is never sent then, and cannot be canceled twice."""
    clock = Clock()
    async with running(clock=clock) as (_, standin):
        client = rest(standin)
        scheduled = await asyncio.to_thread(
            client.messages.create,
            to=PHONE,
            messaging_service_sid=SERVICE,
            body="a",
            schedule_type="fixed",
            send_at=clock.time + timedelta(hours=1),
        )
        context = client.messages(str(scheduled.sid))
        canceled = await asyncio.to_thread(context.update, status="canceled")
        assert canceled.status == "canceled"
        clock.time += timedelta(hours=2)
        await asyncio.sleep(0.05)
        assert standin.account.messages[str(scheduled.sid)].status == "canceled"
        status, _ = await asyncio.to_thread(refusal, lambda: context.update(status="canceled"))
        assert status == 409


async def test_a_body_can_be_emptied_and_a_text_deleted() -> None:
    """Only after the text has ended; a deleted one is 20404. A step is slow: the first request comes before the end."""
    async with running(pace=Pace(step=0.5, ring=0.01, longest_wait=0.005)) as (_, standin):
        client = rest(standin)
        message = await asyncio.to_thread(client.messages.create, to=PHONE, from_=NUMBER, body="secret")
        context = client.messages(str(message.sid))
        assert await asyncio.to_thread(refusal, context.delete) == (409, 20009)
        await eventually(lambda: standin.account.messages[str(message.sid)].status == "delivered")
        assert (await asyncio.to_thread(context.update, body="")).body == ""
        assert await asyncio.to_thread(context.delete)
        assert await asyncio.to_thread(refusal, context.fetch) == (404, 20404)


async def test_an_opted_out_number_cannot_be_texted_until_it_sends_start() -> None:
    """21610, kept from the texts that the carrier brought."""
    async with running() as (_, standin):
        client = rest(standin)
        create = partial(client.messages.create, to=PHONE, from_=NUMBER, body="a")
        await post(standin, "/standin/texts", {"from": PHONE, "body": " Stop "})
        assert await asyncio.to_thread(refusal, create) == (400, 21610)
        await post(standin, "/standin/texts", {"from": PHONE, "body": "start"})
        assert (await asyncio.to_thread(create)).status == "queued"


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [
        (ACCOUNT, "wrong", 401),
        ("SK1", "secret", 200),
        ("SK1", "wrong", 401),
        ("AC" + "9" * 32, "token-of-the-account", 401),
    ],
)
async def test_only_the_accounts_credentials_are_accepted(user: str, password: str, status: int) -> None:
    """The auth token or an API key's secret; anything else is 20003."""
    async with running(api_key_sid="SK1", api_key_secret="secret") as (_, standin):
        client = rest(standin, user, password)
        if status == 200:
            assert await asyncio.to_thread(client.messages.list) == []
        else:
            assert await asyncio.to_thread(refusal, client.messages("SM1").fetch) == (401, 20003)
