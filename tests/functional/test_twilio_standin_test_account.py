"""The stand-in's test account: what Twilio's test credentials may do, and nothing else."""

import asyncio
import base64
from typing import Any

import aiohttp
import pytest

from local.twilio.options import TEST_ACCOUNT_SID, TEST_AUTH_TOKEN
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import PHONE, running

ROOT = f"/2010-04-01/Accounts/{TEST_ACCOUNT_SID}"
BASIC = base64.b64encode(f"{TEST_ACCOUNT_SID}:{TEST_AUTH_TOKEN}".encode()).decode()
SENDER = "+15005550006"
TEXT = {"To": "+14108675310", "From": SENDER, "Body": "Hello.", "StatusCallback": "https://example.com/status"}


async def ask(standin: StandIn, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON of a request with test credentials."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Basic {BASIC}"}) as session,
        session.request(method, standin.url + path, data=fields) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ROOT}/Messages.json"),
        ("GET", f"{ROOT}/Calls.json"),
        ("GET", f"{ROOT}.json"),
        ("GET", f"{ROOT}/IncomingPhoneNumbers.json"),
        ("POST", f"{ROOT}/Messages/SM1.json"),
        ("DELETE", f"{ROOT}/Calls/CA1.json"),
        ("POST", "/v1/Services/MG1"),
        ("POST", f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"),
    ],
)
async def test_everything_but_three_creates_is_refused(method: str, path: str) -> None:
    """403 with Twilio's code for it."""
    async with running() as (_, standin):
        status, answer = await ask(standin, method, path, {"Body": ""} if method == "POST" else None)
    assert (status, answer["code"]) == (403, 20008)


async def test_a_text_is_queued_and_never_leaves() -> None:
    """No callback, no state after the first, and nothing in the ordinary account."""
    async with running() as (app, standin):
        status, answer = await ask(standin, "POST", f"{ROOT}/Messages.json", TEXT)
        await asyncio.sleep(0.1)
        assert (status, answer["status"], answer["account_sid"]) == (201, "queued", TEST_ACCOUNT_SID)
        assert (app.requests, standin.account.messages) == ([], {})


async def test_a_call_is_queued_and_never_rings() -> None:
    """As a text."""
    fields = {"To": PHONE, "From": SENDER, "Twiml": "<Response/>", "StatusCallback": "https://example.com/status"}
    async with running() as (app, standin):
        status, answer = await ask(standin, "POST", f"{ROOT}/Calls.json", fields)
        await asyncio.sleep(0.1)
        assert (status, answer["status"]) == (201, "queued")
        assert (app.requests, standin.account.calls) == ([], {})


async def test_the_rest_of_a_form_is_checked_as_for_any_account() -> None:
    """Twilio validates all input of test credentials too."""
    async with running() as (_, standin):
        _, answer = await ask(standin, "POST", f"{ROOT}/Messages.json", TEXT | {"Body": ""})
    assert answer["code"] == 21602


@pytest.mark.parametrize(("number", "status", "code"), [("0", 400, 21422), ("1", 400, 21421), ("6", 201, None)])
async def test_a_number_can_be_bought_for_nothing(number: str, status: int, code: int | None) -> None:
    """One is taken, one is invalid, one is available."""
    fields = {"PhoneNumber": f"+1500555000{number}"}
    async with running() as (_, standin):
        found, answer = await ask(standin, "POST", f"{ROOT}/IncomingPhoneNumbers.json", fields)
    assert (found, answer.get("code")) == (status, code)
