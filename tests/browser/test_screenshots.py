"""The page's pictures in docs/screenshots: made anew with SCREENSHOTS=1, by a call and texts as anybody makes them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from local.numbers_board import NumbersBoard
from tests.browser.chromium import Browser, Opened, Scheme
from tests.browser.served import CALLER, OPERATOR
from tests.fakes import ENVIRONMENT, NUMBERS

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

pytestmark = pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="pictures are made with SCREENSHOTS=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (400, 1250)])
async def test_the_page_is_pictured(opened: Opened, width: int, height: int, scheme: Scheme) -> None:
    """A call that is connected, a thread, a delivery and the wire: at both widths, light and dark."""
    async with opened(width=width, height=height, scheme=scheme) as browser:
        await show_something(browser)
        await asyncio.to_thread(FOLDER.mkdir, exist_ok=True)
        picture = FOLDER / f"phone-{width}-{scheme}.png"
        await browser.page.screenshot(path=picture)
        assert picture.stat().st_size > 10_000


async def show_something(browser: Browser) -> None:
    """Both handsets at work, and what the tests' file says."""
    browser.stack.standin.show_numbers(NumbersBoard(NUMBERS, ENVIRONMENT).to_json())
    await browser.text(CALLER, "hours")
    await browser.stack.push("sms-outbox", id="welcome-1", to=CALLER, body="Your table is booked for nine.")
    await browser.page.wait_for_selector('[data-state="delivered"]', state="attached")
    await browser.press(CALLER, "Call the app")
    await browser.key(CALLER, "1")
    await browser.shows(OPERATOR, "is calling")
    await browser.press(OPERATOR, "Answer")
    await browser.key(OPERATOR, "1")
    await browser.shows(OPERATOR, "connected")
    await browser.page.locator("details.entry", has_text="/api/voice/menu").first.locator("summary").click()
    await browser.page.evaluate("scrollTo(0, 0)")
