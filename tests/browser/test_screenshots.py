"""The page's pictures in docs/screenshots: made anew with SCREENSHOTS=1, by a call and texts as anybody makes them."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local import timings
from local.numbers_board import NumbersBoard
from local.twilio.deliveries import Requeue
from local.twilio.faults import Fault
from switchboard.delivery.record import partition_of
from tests.browser.chromium import Browser, Opened, Scheme
from tests.browser.served import CALLER, OPERATOR
from tests.fakes import ENVIRONMENT, NUMBERS

# From here on the phones and the wire are beside each other.
WIDE = 992
FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

pytestmark = pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="pictures are made with SCREENSHOTS=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (1024, 900), (400, 900)])
async def test_the_page_is_pictured(opened: Opened, width: int, height: int, scheme: Scheme) -> None:
    """A call that is connected, a thread, a delivery and the wire: at each width, light and dark."""
    async with opened(width=width, height=height, scheme=scheme) as browser:
        await show_something(browser)
        await asyncio.to_thread(FOLDER.mkdir, exist_ok=True)
        picture = FOLDER / f"phone-{width}-{scheme}.png"
        await browser.page.screenshot(path=picture)
        assert picture.stat().st_size > 10_000


@pytest.mark.parametrize(("width", "height", "scheme"), [(400, 640, "light"), (1400, 800, "dark")])
async def test_deliveries_and_a_ringing_phone_are_pictured(
    opened: Opened, width: int, height: int, scheme: Scheme
) -> None:
    """One command that waits with its next step, one that is delivered, and the line of a phone that rings."""
    async with opened(width=width, height=height, scheme=scheme) as browser:
        browser.stack.standin.show_timings(timings.to_json({name: str(each) for name, each in timings.HERE.items()}))
        await browser.page.reload()
        await browser.stack.push("sms-outbox", id="welcome-1", to=CALLER, body="Your table is booked for nine.")
        browser.stack.standin.faults.switch(Fault(name="throttled", times=1, seconds=2))
        await browser.stack.push("sms-outbox", id="reminder-17", to=CALLER, body="See you tomorrow.")
        at = (datetime.now(UTC) + timedelta(seconds=9)).isoformat()
        reference = f"{partition_of(CALLER)}.reminder-17"
        browser.stack.standin.show_requeue(Requeue(kind="text", reference=reference, at=at, attempt=1))
        await browser.tab("Deliveries")
        await browser.page.wait_for_selector('[data-state="delivered"]')
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.shows(OPERATOR, "is calling")
        if width < WIDE:
            await browser.page.locator("#desk").evaluate("desk => desk.scrollIntoView({block: 'end'})")
            await browser.page.get_by_role("region", name="A phone rings").wait_for()
        await browser.page.screenshot(path=FOLDER / f"deliveries-{width}-{scheme}.png")


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
