"""The phone before all that `make run` starts: real queues, the host's own process, function_app.py as it is."""

from __future__ import annotations

import os

import pytest

from local import storage
from tests.browser.chromium import Opened, expect
from tests.browser.served import CALLER, OPERATOR
from tests.browser.whole_stack import running_whole

pytestmark = pytest.mark.skipif(
    not storage.is_installed() and os.environ.get("CI") != "true", reason="Azurite is not installed: run make install"
)

SECOND = 1000


async def test_a_call_a_text_and_a_pushed_text_go_all_the_way(opened: Opened) -> None:
    """Menu, key, operator, hung up; an answer within a second; a queue's text delivered."""
    async with opened(stack=running_whole) as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.heard(CALLER, "To speak to somebody now, press 1.")
        await browser.shows(OPERATOR, f"{CALLER} is calling")
        await browser.press(OPERATOR, "Answer")
        await browser.shows(CALLER, "connected")
        await browser.shows(OPERATOR, "connected")
        await browser.press(OPERATOR, "Hang up")
        await browser.shows(CALLER, "call ended: completed")

        await browser.text(CALLER, "hours")
        await expect(browser.texts(CALLER).filter(has_text="weekdays")).to_be_visible(timeout=SECOND)

        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello world.")
        await expect(browser.texts(CALLER).filter(has_text="Hello world.")).to_contain_text("delivered")
        await expect(browser.page.locator('.delivery[data-state="delivered"]')).to_be_visible()
