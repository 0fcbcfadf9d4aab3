"""Simulated faults of Twilio: the effect of each, and how long it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio.faults import UNTIL_OFF, Fault
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import (
    ACCOUNT,
    NUMBER,
    PHONE,
    TOKEN,
    eventually,
    post,
    rest,
    running,
    send_text,
    twiml,
)


def send(standin: StandIn, callback: str = "") -> Callable[[], Any]:
    """Send a text by Twilio's own library."""
    wanted = {"status_callback": callback} if callback else {}
    return lambda: rest(standin).messages.create(to=PHONE, from_=NUMBER, body="Hi", **wanted)


async def create(standin: StandIn) -> aiohttp.ClientResponse:
    """Send a text without the library, and return the answer."""
    url = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    fields = {"To": PHONE, "From": NUMBER, "Body": "Hi"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=fields, headers=headers) as response,
    ):
        await response.read()
        return response


async def test_a_throttled_request_is_refused_once_with_when_to_come_again() -> None:
    """429 with Retry-After, and no text; the next request is accepted."""
    async with running() as (_, standin):
        standin.faults.switch(Fault(name="throttled", times=1, seconds=2))
        refused = await create(standin)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
        assert standin.account.messages == {}
        assert (await create(standin)).status == 201


async def test_a_broken_twilio_accepts_nothing() -> None:
    """500, with Twilio's shape of error."""
    async with running() as (_, standin):
        standin.faults.switch(Fault(name="broken", times=1))
        with pytest.raises(TwilioRestException) as failed:
            await asyncio.to_thread(send(standin))
        assert (failed.value.status, failed.value.code) == (500, 20500)
        assert standin.account.messages == {}


async def test_a_dropped_request_was_accepted() -> None:
    """The connection closes without an answer, and the text is delivered."""
    async with running() as (_, standin):
        standin.faults.switch(Fault(name="dropped", times=1))
        with pytest.raises(aiohttp.ClientError):
            await create(standin)
        (message,) = standin.account.messages.values()
        await eventually(lambda: message.status == "delivered")
        entry = standin.wire.since(0)[0]
        assert (entry.status, entry.failed) == (0, True)
        assert entry.summary.endswith("no answer came")


async def test_a_slow_twilio_accepts_at_once_and_answers_late() -> None:
    """The text exists before the answer comes."""
    async with running() as (_, standin):
        standin.faults.switch(Fault(name="slow", times=1, seconds=0.2))
        creating = asyncio.create_task(create(standin))
        await eventually(lambda: bool(standin.account.messages))
        assert not creating.done()
        assert (await creating).status == 201


async def test_a_webhook_is_sent_twice_with_the_same_token() -> None:
    """The same parameters, and I-Twilio-Idempotency-Token shows that they are one."""
    async with running() as (app, standin):
        app.answers["/api/sms/incoming"] = twiml("")
        standin.faults.switch(Fault(name="duplicate", times=1))
        await send_text(standin, "hello")
        first, second = app.requests
        assert first.fields == second.fields
        assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
        await send_text(standin, "again")
        assert len(app.requests) == 3


async def test_a_texts_callbacks_are_sent_in_reverse_order() -> None:
    """All of one text's; the next text's are in order again."""
    async with running() as (app, standin):
        standin.faults.switch(Fault(name="disordered", times=1))
        await asyncio.to_thread(send(standin, f"{app.url}/cb"))
        await eventually(lambda: len(app.requests) == 3)
        assert [request.fields["MessageStatus"] for request in app.requests] == ["delivered", "sent", "sending"]
        app.requests.clear()
        await asyncio.to_thread(send(standin, f"{app.url}/cb"))
        await eventually(lambda: len(app.requests) == 3)
        assert [request.fields["MessageStatus"] for request in app.requests] == ["sending", "sent", "delivered"]


async def test_a_calls_callbacks_come_the_last_one_first() -> None:
    """Their SequenceNumber still shows the true order."""
    async with running() as (app, standin):
        standin.faults.switch(Fault(name="disordered", times=1))
        await asyncio.to_thread(
            rest(standin).calls.create,
            to=PHONE,
            from_=NUMBER,
            twiml=twiml("<Hangup/>"),
            status_callback=f"{app.url}/cb",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        await eventually(lambda: len(app.requests) == 4)
        assert [request.fields["SequenceNumber"] for request in app.requests] == ["3", "2", "1", "0"]


async def test_a_fault_lasts_until_it_is_switched_off() -> None:
    """With -1 times; lists go well meanwhile."""
    async with running() as (_, standin):
        await post(standin, "/standin/faults", {"fault": "broken", "times": UNTIL_OFF})
        assert [(await create(standin)).status for _ in range(3)] == [500, 500, 500]
        assert await asyncio.to_thread(rest(standin).messages.list) == []
        await post(standin, "/standin/faults", {"fault": "broken", "times": 0})
        assert (await create(standin)).status == 201


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"fault": "fire"}, "fault: 'fire' is none of slow, throttled, broken, dropped, duplicate, disordered"),
        ({"fault": "slow", "times": -2}, "times: a whole number is wanted, -1 for until it is switched off"),
        ({"fault": "slow", "times": True}, "times: a whole number is wanted, -1 for until it is switched off"),
        ({"fault": "slow", "seconds": 121}, "seconds: a number from 0 to 120 is wanted"),
    ],
)
async def test_a_fault_that_there_is_not_is_refused(body: dict[str, object], reason: str) -> None:
    """With the valid values."""
    async with running() as (_, standin):
        assert await post(standin, "/standin/faults", body) == (400, {"error": reason})
