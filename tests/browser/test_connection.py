"""The page's connection: what it shows when the stand-in ends, and when the app or the stack restarts."""

from __future__ import annotations

from dataclasses import replace

from local.twilio.server import StandIn
from tests.browser.chromium import Browser, Opened, expect
from tests.browser.served import BRISK, CALLER, standin_options
from tests.browser.test_layout import focused


async def test_a_restart_of_the_app_is_said(opened: Opened) -> None:
    """While it restarts, afterwards by a line on the wire, and when it does not start again."""
    async with opened() as browser:
        link, wire, standin = browser.page.locator("#link"), browser.page.locator("#entries"), browser.stack.standin
        standin.pause_webhooks()
        await expect(link).to_have_text("the app restarts…")
        standin.resume_webhooks()
        await expect(link).to_have_text("live")
        await expect(wire).to_contain_text("The app has restarted.")
        standin.pause_webhooks()
        standin.resume_webhooks("SyntaxError in flows.py")
        await expect(link).to_have_text("the app is down")
        await expect(browser.page.get_by_role("alert").filter(has_text="SyntaxError in flows.py")).to_be_visible()
        await browser.page.reload()
        await expect(link).to_have_text("the app is down")


async def test_a_lost_connection_looks_lost_and_freezes_the_calls(opened: Opened) -> None:
    """The timer stands still and the phones cannot be used; a new run says that what was there is gone."""
    async with opened() as browser:
        page = browser.page
        await browser.press(CALLER, "Call the app")
        await browser.asked_for_keys(CALLER)
        await browser.handset(CALLER).get_by_role("log", name="Call of").focus()
        await browser.stack.standin.__aexit__(None, None, None)
        await expect(page.locator("#link")).to_have_text("connection lost, trying again")
        assert await page.evaluate("getComputedStyle(document.getElementById('link')).color") == "rgb(165, 34, 24)"
        timer = browser.handset(CALLER).locator(".timer")
        frozen = await timer.text_content()
        await page.wait_for_timeout(1500)
        assert await timer.text_content() == frozen
        assert await page.evaluate("document.getElementById('handsets').inert")
        browser.complaints.clear()  # Chromium reports each refused connection
        async with again(browser):
            await expect(page.locator("#link")).to_have_text("live")
            await expect(page.locator("#entries")).to_contain_text("The stack was restarted")
            await browser.shows(CALLER, "ready")
            assert await focused(browser) == f"Call of {CALLER}"
        browser.complaints.clear()


def again(browser: Browser) -> StandIn:
    """Another run of the stand-in, at the same address and with the same key."""
    before = browser.stack.standin
    options = standin_options("http://127.0.0.1:9", BRISK, port=int(before.url.rpartition(":")[2]))
    return StandIn(replace(options, key=before.key))
