"""Texts in the browser: threads, opt-outs, deliveries and what goes wrong on their way."""

from __future__ import annotations

import re

from tests.browser.chromium import Browser, Locator, Opened, expect
from tests.browser.served import CALLER, OPERATOR

SECOND = 1000


async def test_a_text_to_the_app_has_its_answer_within_a_second(opened: Opened) -> None:
    """Both stand in the thread, and the answer is delivered."""
    async with opened() as browser:
        await browser.text(CALLER, "hours")
        answer = browser.texts(CALLER).filter(has_text="We are open on weekdays")
        await expect(answer).to_be_visible(timeout=SECOND)
        await expect(answer).to_contain_text("delivered")
        await expect(browser.texts(CALLER).first).to_contain_text("hours")


async def test_a_pushed_text_appears_on_the_handset_it_was_sent_to(opened: Opened) -> None:
    """And on no other; its delivery goes its way to `delivered`."""
    async with opened() as browser:
        await browser.stack.push("sms-outbox", id="t1", to=OPERATOR, body="Hello world.")
        await expect(browser.texts(OPERATOR)).to_contain_text("Hello world.")
        await expect(browser.texts(CALLER)).to_have_count(0)
        await browser.tab("Deliveries")
        delivery = deliveries(browser).filter(has_text=f"text to {OPERATOR}")
        await expect(delivery.locator(".state")).to_have_text("delivered")
        await expect(delivery.locator(".way li")).to_have_text(["queued", "sending", "sent", "delivered"])


async def test_stop_keeps_texts_away_until_start(opened: Opened) -> None:
    """After STOP a command ends without a request to Twilio; START allows texts again."""
    async with opened() as browser:
        await browser.text(CALLER, "STOP")
        await expect(browser.texts(CALLER)).to_have_count(1)
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="An offer")
        assert browser.stack.ends() == ["opted_out"]
        await browser.tab("Deliveries")
        await expect(deliveries(browser)).to_have_count(0)
        await browser.text(CALLER, "START")
        await expect(browser.texts(CALLER)).to_have_count(2)
        await browser.stack.push("sms-outbox", id="t2", to=CALLER, body="You are back")
        await expect(browser.texts(CALLER).filter(has_text="You are back")).to_contain_text("delivered")


async def test_callbacks_out_of_order_still_end_as_delivered(opened: Opened) -> None:
    """The fault is switched on by a click, applies to one text, and is off again."""
    async with opened() as browser:
        await browser.tab("Faults")
        fault = browser.page.get_by_role("button", name="Out of order")
        await fault.click()
        await expect(fault).to_have_attribute("aria-pressed", "true")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        await expect(fault).to_have_attribute("aria-pressed", "false")
        await browser.tab("Deliveries")
        delivery = deliveries(browser).first
        await expect(delivery.locator(".way li")).to_have_text(["queued", "delivered", "sent", "sending"])
        await expect(delivery.locator(".state")).to_have_text("delivered")


async def test_a_fault_for_all_requests_stays_until_it_is_clicked_again(opened: Opened) -> None:
    """429 for every text; switched off, they are delivered when their messages come again."""
    async with opened() as browser:
        await browser.tab("Faults")
        await browser.page.get_by_label("applies to").select_option("all, until switched off")
        fault = browser.page.get_by_role("button", name="429")
        await fault.click()
        await expect(fault).to_contain_text("always")
        for attempt in ("t1", "t2"):
            await browser.stack.push("sms-outbox", id=attempt, to=CALLER, body="Hello")
        await fault.click()
        await expect(fault).to_have_attribute("aria-pressed", "false")
        await browser.tab("Deliveries")
        await expect(deliveries(browser).filter(has_text="throttled")).to_have_count(2)
        await browser.stack.come_later()
        retried = deliveries(browser).filter(has_text="delivered")
        await expect(retried).to_have_count(2)
        await expect(retried.first.locator(".way li").first).to_contain_text("throttled")


async def test_a_text_shows_its_time_segments_and_encoding(opened: Opened) -> None:
    """As Twilio counts and sends it."""
    async with opened() as browser:
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="ł" * 71)
        await browser.stack.push("sms-outbox", id="t2", to=CALLER, body="Hello")
        facts = browser.texts(CALLER).locator("small")
        await expect(facts.nth(0)).to_have_text(re.compile(r"delivered \d\d:\d\d:\d\d · 2 segments · UCS-2"))
        await expect(facts.nth(1)).to_have_text(re.compile(r"delivered \d\d:\d\d:\d\d · 1 segment · GSM-7"))


def deliveries(browser: Browser) -> Locator:
    """The list of commands, newest first."""
    return browser.page.get_by_role("list", name="Commands, newest first").locator("> li")
