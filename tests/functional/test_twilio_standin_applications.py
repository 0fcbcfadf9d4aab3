"""TwiML apps at the stand-in, through Twilio's own library."""

from __future__ import annotations

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio.options import StandInOptions
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import ACCOUNT, TOKEN, rest, running

APP = "AP" + "0" * 32
URL = "https://voice.example.com/api/client/voice"


async def test_an_app_is_made_found_by_its_name_and_changed() -> None:
    """The others of the account stay as they are."""
    async with running() as (_, standin):
        apps = rest(standin).applications
        made = await asyncio.to_thread(apps.create, friendly_name="switchboard", voice_url=URL)
        await asyncio.to_thread(apps.create, friendly_name="another")
        found = await asyncio.to_thread(apps.list, friendly_name="switchboard")
        changed = await asyncio.to_thread(apps(made.sid).update, voice_url="https://a.example/", voice_method="GET")
        fetched = await asyncio.to_thread(apps(made.sid).fetch)
    assert ([each.sid for each in found], found[0].voice_url, found[0].voice_method) == ([made.sid], URL, "POST")
    assert (changed.voice_url, fetched.voice_method, fetched.friendly_name) == (
        "https://a.example/",
        "GET",
        "switchboard",
    )


async def test_the_apps_own_is_there_at_first() -> None:
    """It asks the app what a browser dials."""
    options = StandInOptions(account_sid=ACCOUNT, auth_token=TOKEN, port=0, twiml_app_sid=APP)
    async with StandIn(options) as standin:
        found = await asyncio.to_thread(rest(standin).applications(APP).fetch)
    assert (found.friendly_name, found.voice_url) == ("switchboard", "http://127.0.0.1:7071/api/client/voice")


@pytest.mark.parametrize(("fields", "code"), [({"voice_url": "ftp://x"}, 21502), ({"friendly_name": "x" * 65}, 20001)])
async def test_a_wrong_field_is_refused(fields: dict[str, str], code: int) -> None:
    """Nothing is made."""
    async with running() as (_, standin):
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(rest(standin).applications.create, **fields)
        assert await asyncio.to_thread(rest(standin).applications.list) == []
    assert refused.value.code == code


async def test_an_unknown_app_is_not_found() -> None:
    """As at Twilio."""
    async with running() as (_, standin):
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(rest(standin).applications("AP" + "1" * 32).fetch)
    assert refused.value.status == 404
