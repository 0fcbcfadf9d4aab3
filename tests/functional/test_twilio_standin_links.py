"""What a browser finds at the stand-in beside the phone page: the look, links to the app's pages, and what to do."""

from __future__ import annotations

import aiohttp
import pytest

from tests.functional.twilio_standin_app import running


async def test_the_links_lead_to_the_apps_pages() -> None:
    """The Twimlets' page with the key of the run, the softphone without one; no page learns the key as a referrer."""
    async with running(key="a key") as (app, standin), aiohttp.ClientSession() as browser:
        async with browser.get(f"{standin.url}/twimlets", allow_redirects=False) as twimlets:
            assert twimlets.status == 302
            assert twimlets.headers["Location"] == f"{app.url}/api/twimlets?code=a%20key"
            assert twimlets.headers["Referrer-Policy"] == "no-referrer"
        async with browser.get(f"{standin.url}/softphone", allow_redirects=False) as softphone:
            assert softphone.headers["Location"] == f"{app.url}/api/client"


@pytest.mark.parametrize(
    ("path", "status", "words"), [("/nowhere", 404, "The phone page is at /."), ("/standin/wire", 401, "give the key")]
)
async def test_a_refusal_says_what_to_do(path: str, status: int, words: str) -> None:
    """In a line."""
    async with running() as (_, standin), aiohttp.ClientSession() as browser, browser.get(standin.url + path) as answer:
        assert answer.status == status
        assert words in await answer.text()


async def test_the_look_of_all_pages_is_served() -> None:
    """The file that the app's own pages contain."""
    async with running() as (_, standin), aiohttp.request("GET", f"{standin.url}/look.css") as look:
        assert look.content_type == "text/css"
        assert "--copper" in await look.text()
