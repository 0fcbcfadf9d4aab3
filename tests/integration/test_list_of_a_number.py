"""What Twilio has for a number, as the REST adapter reads it over the wire: an unknown outcome depends on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from local.twilio.account import newest_first
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.secrets import LocalSecrets
from switchboard.settings import Settings
from tests.integration.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, FakeTwilio

TO = "+351910000001"
NOW = datetime.now(UTC)
SINCE = NOW - timedelta(minutes=5)


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[FakeTwilio, TwilioApi]]:
    """A Twilio, and the adapter that asks it."""
    async with FakeTwilio("http://127.0.0.1:1") as twilio:
        settings = Settings(
            account_sid=ACCOUNT_SID, public_origin="http://127.0.0.1:1", sender=NUMBER, api_base_url=twilio.url
        )
        api = TwilioApi(settings, LocalSecrets(AUTH_TOKEN))
        try:
            yield twilio, api
        finally:
            await api.close()


async def test_a_number_is_asked_for_as_it_is() -> None:
    """With its plus, and no other number's texts."""
    async with asking() as (twilio, api):
        twilio.add_text(TO, "ours")
        twilio.add_text("+351910000002", "another's")
        assert [each.body for each in await api.list_sent("sms", TO, SINCE)] == ["ours"]


async def test_a_text_without_date_sent_is_found_among_many_older_ones() -> None:
    """On the second page, behind nearly a page of old texts: the order by DateSent puts it anywhere."""
    async with asking() as (twilio, api):
        twilio.arrange = lambda texts: newest_first(texts)[::-1]
        for n in range(5):
            twilio.add_text(TO, f"came in {n}", direction="inbound")
        for n in range(199):
            twilio.add_text(TO, f"old {n}", created=NOW - timedelta(days=1))
        twilio.add_text(TO, "ours")
        bodies = [each.body for each in await api.list_sent("sms", TO, SINCE)]
        assert bodies[-1] == "ours"
        assert len(bodies) == 6
