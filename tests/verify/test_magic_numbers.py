"""Twilio's magic numbers through the REST adapter: at the stand-in always, at Twilio itself with test credentials.

`make verify-twilio` runs this file. Test credentials cost nothing, and nothing is sent.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local.twilio.options import TEST_ACCOUNT_SID, TEST_AUTH_TOKEN
from local.twilio.rest import test_account as stand_in_account
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.errors import Rejected
from switchboard.secrets import LocalSecrets
from switchboard.settings import Settings
from switchboard.twilio_codes import ERRORS, class_of
from tests.functional.twilio_standin_app import ACCOUNT, TOKEN, running
from verify.magic_numbers import (
    FOREIGN_SENDER,
    MAGIC_NUMBERS,
    RECIPIENT,
    VALID_SENDER,
    MagicNumber,
    mistakes,
    refusal_of_lists,
)

NO_FILE = Path("no-secrets.json")
SID, AUTH_TOKEN = (os.environ.get(name, "") for name in ("TWILIO_TEST_ACCOUNT_SID", "TWILIO_TEST_AUTH_TOKEN"))
HOW = (
    "set TWILIO_TEST_ACCOUNT_SID and TWILIO_TEST_AUTH_TOKEN: console.twilio.com, Admin, Account management, "
    "API keys & tokens, Test credentials; they are free"
)
at_twilio = pytest.mark.skipif(not (SID and AUTH_TOKEN), reason=HOW)


@asynccontextmanager
async def adapter(sid: str, token: str, url: str = "") -> AsyncIterator[TwilioApi]:
    """Our REST adapter with these credentials, for Twilio itself without a URL."""
    settings = Settings(account_sid=sid, public_origin="https://example.com", api_base_url=url, local=bool(url))
    api = TwilioApi(settings, LocalSecrets(token, NO_FILE))
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def stand_in(sid: str = TEST_ACCOUNT_SID, token: str = TEST_AUTH_TOKEN) -> AsyncIterator[TwilioApi]:
    """The adapter for a stand-in."""
    async with running() as (_, standin), adapter(sid, token, standin.url) as api:
        yield api


async def test_the_stand_in_answers_every_magic_number_as_documented() -> None:
    """Each number comes out as its class of error, texts and calls."""
    async with stand_in() as api:
        assert await mistakes(api) == []


async def test_the_stand_in_refuses_lists_of_the_test_account() -> None:
    """403, as for every resource that is not documented."""
    async with stand_in() as api:
        assert await refusal_of_lists(api) == ""


@at_twilio
async def test_twilio_answers_every_magic_number_as_documented() -> None:
    """Each number comes out as its class of error, texts and calls."""
    async with adapter(SID, AUTH_TOKEN) as api:
        assert await mistakes(api) == []


@at_twilio
async def test_twilio_refuses_lists_of_test_credentials() -> None:
    """Reconciliation cannot be proven with them."""
    async with adapter(SID, AUTH_TOKEN) as api:
        assert await refusal_of_lists(api) == ""


@pytest.mark.parametrize("row", MAGIC_NUMBERS, ids=lambda row: row.name)
def test_a_row_has_the_class_of_the_table_of_codes(row: MagicNumber) -> None:
    """A class that changes on one side only is found without Twilio."""
    assert {ERRORS[class_of(code)] for code in row.codes} == ({row.error} if row.error else set())


@pytest.mark.parametrize("row", [row for row in MAGIC_NUMBERS if row.error], ids=lambda row: row.name)
async def test_a_wrong_class_is_reported(row: MagicNumber) -> None:
    """The sentence names the number, the expected class and what came."""
    assert row.error
    wrong = Rejected if row.error is not Rejected else ERRORS["account"]
    async with stand_in() as api:
        (sentence,) = await mistakes(api, [replace(row, error=wrong)])
    assert sentence.startswith(f"{row.name}: expected {wrong.__name__}")
    assert f"got {row.error.__name__}, code {row.codes[0]}" in sentence


async def test_the_ordinary_account_has_no_magic_numbers() -> None:
    """Its own number is +15005550001, which the test account may not send from."""
    own = MagicNumber("sms", "+15005550001", "+15005550004", (), None)
    async with stand_in(ACCOUNT, TOKEN) as api:
        assert await mistakes(api, [own]) == []
        assert await refusal_of_lists(api) == "the list was answered: these are not test credentials"


def test_every_magic_number_of_the_stand_in_is_a_row() -> None:
    """The stand-in has its own table: both are compared with each other."""
    own = {
        **{("sms", number, RECIPIENT): code for number, code in stand_in_account.TEXT_FROM.items()},
        **{("sms", VALID_SENDER, number): code for number, code in stand_in_account.TEXT_TO.items()},
        **{("call", number, RECIPIENT): code for number, code in stand_in_account.CALL_FROM.items()},
        **{("call", VALID_SENDER, number): code for number, code in stand_in_account.CALL_TO.items()},
    }
    documented = {(row.kind, row.sender, row.to): row.codes[0] for row in MAGIC_NUMBERS if row.error}
    assert {key: code for key, code in documented.items() if FOREIGN_SENDER not in key} == own
