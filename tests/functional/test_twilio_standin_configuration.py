"""The account, its number and messaging services at the stand-in, through Twilio's own library."""

from __future__ import annotations

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import NUMBER, rest, running

SERVICE = "MG" + "1" * 32
URL = "https://voice.example.com/api/voice/incoming"


def everywhere(standin: StandIn) -> Client:
    """The library, whose other domains are the stand-in's too."""
    client = rest(standin)
    client.messaging.base_url = standin.url
    return client


async def test_the_account_is_active() -> None:
    """Its own resource says so, to its own credentials alone."""
    async with running() as (_, standin):
        client = rest(standin)
        account = await asyncio.to_thread(client.api.accounts(client.account_sid).fetch)
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(rest(standin, password="wrong").api.accounts(client.account_sid).fetch)
    assert (account.status, account.type) == ("active", "Full")
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.parametrize(("part", "found"), [(NUMBER, 1), ("+1500555", 1), ("+15005550999", 0)])
async def test_a_number_is_found_by_any_part_of_it(part: str, found: int) -> None:
    """As Twilio finds it."""
    async with running() as (_, standin):
        numbers = await asyncio.to_thread(rest(standin).incoming_phone_numbers.list, phone_number=part)
    assert [number.phone_number for number in numbers] == [NUMBER] * found


async def test_the_numbers_of_the_file_are_the_accounts_too() -> None:
    """Each with its own URLs, which stay when the file is read again; a text may come from each."""
    more = "+351210000001"
    async with running() as (_, standin):
        client = rest(standin)
        standin.show_numbers({}, [more])
        numbers = await asyncio.to_thread(client.incoming_phone_numbers.list)
        await asyncio.to_thread(client.incoming_phone_numbers(numbers[1].sid).update, voice_url=URL)
        standin.show_numbers({}, [more, NUMBER])
        found = await asyncio.to_thread(client.incoming_phone_numbers.list)
        sent = await asyncio.to_thread(client.messages.create, to="+15005550006", from_=more, body="Hello")
    assert [number.phone_number for number in found] == [NUMBER, more]
    assert (found[0].voice_url == URL, found[1].voice_url) == (False, URL)
    assert sent.from_ == more


async def test_a_number_leads_to_the_app_at_first() -> None:
    """It says what the stand-in does."""
    async with running() as (app, standin):
        (number,) = await asyncio.to_thread(rest(standin).incoming_phone_numbers.list)
    assert number.voice_url == f"{app.url}/api/voice/incoming"
    assert number.sms_url == f"{app.url}/api/sms/incoming#rc=3&rp=all"
    assert number.voice_application_sid is None


async def test_a_number_keeps_what_it_is_set_to() -> None:
    """The fields that were given, and no other."""
    async with running() as (_, standin):
        client = rest(standin)
        (number,) = await asyncio.to_thread(client.incoming_phone_numbers.list)
        await asyncio.to_thread(client.incoming_phone_numbers(number.sid).update, voice_url=URL, voice_method="GET")
        after = await asyncio.to_thread(client.incoming_phone_numbers(number.sid).fetch)
    assert (after.voice_url, after.voice_method) == (URL, "GET")
    assert after.sms_url == number.sms_url


async def test_a_wrong_url_changes_nothing() -> None:
    """Refused as a whole."""
    async with running() as (_, standin):
        client = rest(standin)
        (number,) = await asyncio.to_thread(client.incoming_phone_numbers.list)
        update = client.incoming_phone_numbers(number.sid).update
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(update, voice_url=URL, sms_url="ftp://example.com")
        (after,) = await asyncio.to_thread(client.incoming_phone_numbers.list)
    assert refused.value.code == 21502
    assert after.voice_url == number.voice_url


async def test_a_service_keeps_what_it_is_set_to() -> None:
    """At messaging.twilio.com, which is the stand-in too."""
    async with running() as (_, standin):
        service = everywhere(standin).messaging.v1.services(SERVICE)
        await asyncio.to_thread(service.update, inbound_request_url=URL, use_inbound_webhook_on_number=True)
        after = await asyncio.to_thread(service.fetch)
    assert (after.inbound_request_url, after.use_inbound_webhook_on_number) == (URL, True)
    assert after.fallback_url == ""


async def test_what_is_not_there_is_not_found() -> None:
    """A number or service of another SID is 404, as everything else that the account has not."""
    async with running() as (_, standin):
        client = everywhere(standin)
        for fetch in (client.incoming_phone_numbers("PN" + "0" * 32).fetch, client.messaging.v1.services("MG1").fetch):
            with pytest.raises(TwilioRestException) as refused:
                await asyncio.to_thread(fetch)
            assert (refused.value.status, refused.value.code) == (404, 20404)
