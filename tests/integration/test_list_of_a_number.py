"""Twilio's list of a number, as the REST adapter reads it: reconciliation depends on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.twilio.account import newest_first
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.secrets import LocalSecrets
from switchboard.settings import Settings
from tests.integration.twilio_double import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioDouble

TO = "+351910000001"
NOW = datetime.now(UTC)
SINCE = NOW - timedelta(minutes=5)


@asynccontextmanager
async def listing() -> AsyncIterator[tuple[TwilioDouble, TwilioApi]]:
    """A Twilio, and the adapter that reads its list."""
    async with TwilioDouble("http://127.0.0.1:1") as twilio:
        settings = Settings(
            account_sid=ACCOUNT_SID, public_origin="http://127.0.0.1:1", sender=NUMBER, api_base_url=twilio.url
        )
        api = TwilioApi(settings, LocalSecrets(AUTH_TOKEN, Path("local.secrets.json")))
        try:
            yield twilio, api
        finally:
            await api.close()


async def test_a_number_is_listed_exactly() -> None:
    """With its plus, and without texts of other numbers."""
    async with listing() as (twilio, api):
        twilio.add_text(TO, "ours")
        twilio.add_text("+351910000002", "another's")
        assert [each.body for each in await api.list_sent("sms", TO, SINCE)] == ["ours"]


async def test_a_text_without_date_sent_is_found_among_many_older_ones() -> None:
    """On the second page, after nearly a page of old texts: the order by DateSent may put it anywhere."""
    async with listing() as (twilio, api):
        twilio.arrange = lambda texts: newest_first(texts)[::-1]
        for n in range(5):
            twilio.add_text(TO, f"came in {n}", direction="inbound")
        for n in range(199):
            twilio.add_text(TO, f"old {n}", created=NOW - timedelta(days=1))
        twilio.add_text(TO, "ours")
        bodies = [each.body for each in await api.list_sent("sms", TO, SINCE)]
        assert bodies[-1] == "ours"
        assert len(bodies) == 6
