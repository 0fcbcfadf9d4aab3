"""The phone before all that `make run` starts: real queues, the host's own process, function_app.py as it is."""

from __future__ import annotations

import os
import re

import pytest
from azure.storage.queue.aio import QueueClient

from local import storage
from tests.browser.chromium import Browser, Locator, Opened, expect
from tests.browser.served import CALLER, OPERATOR
from tests.browser.whole_stack import running_whole

pytestmark = pytest.mark.skipif(
    not storage.is_installed() and os.environ.get("CI") != "true", reason="Azurite is not installed: run make install"
)

SECOND = 1000
# A second attempt is made some six seconds after the first.
NEXT_ATTEMPT = 30 * SECOND


async def test_a_call_a_text_and_a_pushed_text_go_all_the_way(opened: Opened) -> None:
    """Menu, key, operator, hung up; an answer within a second; a queue's text delivered."""
    async with opened(stack=running_whole) as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.heard(CALLER, "For the operator, press 1.")
        await browser.shows(OPERATOR, f"{CALLER} is calling")
        await browser.press(OPERATOR, "Answer")
        await browser.key(OPERATOR, "1")
        await browser.shows(CALLER, "connected")
        await browser.shows(OPERATOR, "connected")
        await browser.press(OPERATOR, "Hang up")
        await browser.shows(CALLER, "call ended: completed")

        await browser.text(CALLER, "hours")
        await expect(browser.texts(CALLER).filter(has_text="weekdays")).to_be_visible(timeout=SECOND)

        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello world.")
        await expect(browser.texts(CALLER).filter(has_text="Hello world.")).to_contain_text("delivered")
        await browser.tab("Deliveries")
        await expect(browser.page.locator('.delivery[data-state="delivered"]')).to_be_visible()

        await browser.tab("Events")
        events = browser.page.get_by_role("list", name="Events, newest first").locator("> li")
        await expect(events.first).to_contain_text("switchboard.sms.status delivered sms:t1")
        await events.first.locator("summary").click()
        await expect(events.first.get_by_label("Event")).to_contain_text('"specversion": "1.0"')
        async with QueueClient.from_connection_string(browser.stack.storage, "events") as queue:
            left = [message.content async for message in queue.receive_messages()]
        assert any("sms:t1" in event for event in left)


async def test_commands_that_never_reach_twilio_are_seen_with_the_reason(opened: Opened) -> None:
    """A text to an opted-out number, a message that is no command, and a command that waits."""
    async with opened(stack=running_whole) as browser:
        await browser.text(CALLER, "STOP")
        await expect(browser.page.locator("#entries > li").filter(has_text="/api/sms/incoming")).to_contain_text("200")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="An offer")
        await browser.tab("Deliveries")
        stopped = commands(browser, "opted_out")
        await expect(stopped).to_contain_text(f"text to {CALLER}")
        await expect(stopped.locator(".kept")).to_have_text(
            "t1 The app's record: opted_out: the recipient opted out of this sender"
        )
        await expect(stopped.locator(".state.bad")).to_have_text(["opted_out", "opted_out"])

        await browser.stack.push("sms-outbox", to="0912", body="Hello")
        refused = commands(browser, "refused")
        await expect(refused).to_contain_text("text, invalid command")
        await expect(refused.locator(".kept")).to_contain_text("The app's record: refused: to: not E.164")

        await browser.fault("429")
        await browser.tab("Deliveries")
        await browser.stack.push("sms-outbox", id="t2", to=OPERATOR, body="Later")
        waiting = commands(browser, "released")
        await expect(waiting.locator(".kept")).to_contain_text(
            "t2 The app's record: released, attempt 1: Twilio did not take it; the app gives up "
        )
        await expect(waiting.locator(".next")).to_have_text(
            re.compile(r"Attempt 1 (in 0:0\d|now), because Twilio answered: 20429 Too Many Requests")
        )
        await expect(waiting.locator(".way")).to_contain_text("throttled")
        await browser.fault("500")
        await browser.tab("Deliveries")
        await browser.stack.push("sms-outbox", id="t3", to=OPERATOR, body="Twilio fails")
        lost = commands(browser, "unknown").locator(".next")
        await expect(lost).to_have_text(
            re.compile("The app reads Twilio's list in 0:0[0-3], because Twilio answered: 20500 .*")
        )
        await expect(browser.page.locator("#timings")).to_contain_text("A lost answer is settled after 2 s")
        await browser.page.reload()
        await expect(commands(browser, "opted_out")).to_be_visible()
        arrived = commands(browser, "delivered").locator(".kept")
        await expect(arrived).to_contain_text(
            ["t3 The app's record: delivered", "t2 The app's record: delivered"], timeout=NEXT_ATTEMPT
        )


def commands(browser: Browser, state: str) -> Locator:
    """The commands in a state."""
    return browser.page.locator(f'.delivery[data-state="{state}"]')
