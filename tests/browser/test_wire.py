"""The wire in the browser: every request, whole at a click, and saved for a bug report."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.browser.chromium import Browser, Locator, Opened, expect
from tests.browser.served import CALLER


async def test_a_line_opens_to_show_the_request_whole(opened: Opened) -> None:
    """Its parameters, signature and indented TwiML, by the keyboard too."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "4")
        await browser.shows(CALLER, "call ended")
        line = lines(browser).filter(has_text="POST /api/voice/menu")
        await line.locator("summary").focus()
        await browser.page.keyboard.press("Enter")
        await expect(line.get_by_label("TwiML")).to_contain_text('  <Say language="en-US">We have sent you a text.')
        await expect(line.locator("dl")).to_contain_text("Digits")
        await expect(line.locator("dl")).to_contain_text("X-Twilio-Signature")


async def test_the_two_directions_are_distinguished(opened: Opened) -> None:
    """Each with its direction, for screen readers too."""
    async with opened() as browser:
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        await expect(lines(browser).filter(has_text="The app to Twilio").first).to_contain_text("201")
        await expect(lines(browser).filter(has_text="Twilio to the app").first).to_contain_text("/api/status/sms")


async def test_a_failure_is_marked_with_twilios_code(opened: Opened) -> None:
    """A failed request is marked, and opens to Twilio's own answer."""
    async with opened() as browser:
        await browser.fault("500")
        await browser.tab("Wire")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        line = lines(browser).filter(has_text="500")
        await expect(line.locator("details.wrong")).to_be_visible()
        await line.locator("summary").click()
        await expect(line.get_by_label("Answer")).to_contain_text("20500")


async def test_the_session_is_saved_as_a_file(opened: Opened) -> None:
    """All lines so far, as JSON."""
    async with opened() as browser:
        await browser.text(CALLER, "hours")
        await expect(browser.texts(CALLER)).to_have_count(2)
        async with browser.page.expect_download() as downloading:
            await browser.page.get_by_role("link", name="Save session").click()
        download = await downloading.value
        assert download.suggested_filename == "switchboard-session.json"
        saved = json.loads(await asyncio.to_thread(Path(await download.path()).read_text))
        assert saved["entries"][0]["parameters"]["Body"] == "hours"


async def test_a_page_that_is_loaded_again_shows_the_same(opened: Opened) -> None:
    """A call continues meanwhile, and the wire keeps its lines."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.asked_for_keys(CALLER)
        await browser.page.reload()
        await browser.heard(CALLER, "Thank you for calling.")
        await expect(lines(browser).filter(has_text="/api/voice/incoming")).to_have_count(1)


def lines(browser: Browser) -> Locator:
    """The lines of the wire, newest first."""
    return browser.page.get_by_role("list", name="Requests, newest first").locator("> li")
