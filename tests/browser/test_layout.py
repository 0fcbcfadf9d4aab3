"""The page's measures: nothing lies outside, nothing moves, and a ringing phone is seen from anywhere."""

from __future__ import annotations

import pytest

from tests.browser.chromium import Browser, Opened, expect
from tests.browser.served import CALLER, OPERATOR

LINK = "https://contoso.example/" + "a" * 276
# How much longer the document is than its content.
EXCESS = """() => {
  const end = document.querySelector("main").getBoundingClientRect().bottom + scrollY;
  return document.documentElement.scrollHeight - Math.max(innerHeight, end);
}"""
PARTS = """() => [...document.querySelectorAll(".handset > :not([hidden])")].map((part) => {
  const box = part.getBoundingClientRect();
  return [box.x, box.y + scrollY, box.width, box.height].map(Math.round);
})"""
# The numbers that a call's timer covers.
COVERED = """() => [...document.querySelectorAll(".handset")].filter((handset) => {
  const text = document.createRange();
  text.selectNodeContents(handset.querySelector("h3"));
  return text.getBoundingClientRect().right > handset.querySelector(".timer").getBoundingClientRect().left;
}).map((handset) => handset.dataset.number)"""
FOCUSED = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") ?? (at.textContent.trim().slice(0, 40) || at.tagName);
}"""


@pytest.mark.parametrize("width", [400, 1024, 1400])
async def test_the_document_is_as_high_as_its_content_and_as_wide_as_the_screen(opened: Opened, width: int) -> None:
    """With many lines on the wire, a thread to scroll, and a link of 300 characters."""
    async with opened(width=width) as browser:
        for _ in range(8):
            await browser.text(CALLER, LINK)
        for n in range(12):
            await browser.stack.push("sms-outbox", id=f"t{n}", to=OPERATOR, body="Hello")
        await expect(browser.page.locator(".texts .mine")).to_have_count(8)
        await expect(browser.page.locator("#entries > li")).to_have_count(56)
        for tab in ("Wire", "Deliveries", "Events", "Numbers", "Faults"):
            await browser.tab(tab)
            assert await browser.page.evaluate(EXCESS) <= 2, tab
            assert await browser.page.evaluate("document.documentElement.scrollWidth") <= width, tab
        bubble = await browser.texts(CALLER).first.bounding_box()
        handset = await browser.handset(CALLER).bounding_box()
        assert bubble and handset
        assert handset["x"] <= bubble["x"] and bubble["x"] + bubble["width"] <= handset["x"] + handset["width"]


@pytest.mark.parametrize("width", [400, 1024])
async def test_nothing_moves_in_a_call(opened: Opened, width: int) -> None:
    """From before the call to its end, also while it rings and while a message is recorded."""
    async with opened(width=width) as browser:
        before = await browser.page.evaluate(PARTS)
        await browser.press(CALLER, "Call the app")
        await browser.asked_for_keys(CALLER)
        assert await browser.page.evaluate(PARTS) == before
        assert await browser.page.evaluate(COVERED) == []
        await browser.press(CALLER, "1")
        await browser.shows(OPERATOR, "is calling")
        assert await browser.page.evaluate(PARTS) == before
        await browser.press(OPERATOR, "Decline")
        await browser.shows(OPERATOR, "is calling")
        await browser.press(OPERATOR, "Decline")
        await expect(browser.handset(CALLER).get_by_role("button", name="Use the microphone")).to_be_visible()
        assert await browser.page.evaluate(PARTS) == before
        await browser.press(CALLER, "Hang up")
        await browser.shows(CALLER, "call ended")
        assert await browser.page.evaluate(PARTS) == before


async def test_a_phone_that_rings_off_screen_shows_itself(opened: Opened) -> None:
    """A line at the top with Answer, and the page's title; it goes when the phone is on screen, and at the answer."""
    async with opened(width=400, height=800) as browser:
        line = browser.page.get_by_role("region", name="A phone rings")
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await expect(line).to_contain_text(f"{OPERATOR} is ringing: {CALLER} calls")
        assert OPERATOR in await browser.page.title()
        await line.get_by_role("button", name="Show").click()
        await expect(browser.handset(OPERATOR).get_by_role("button", name="Answer")).to_be_in_viewport()
        await expect(line).to_be_hidden()
        await browser.page.evaluate("scrollTo(0, 0)")
        await line.get_by_role("button", name="Answer").click()
        await browser.heard(OPERATOR, "Press any key to accept.")
        await expect(line).to_be_hidden()
        assert await browser.page.title() == "Switchboard phone"
        assert await focused(browser) == f"Call of {OPERATOR}"


async def focused(browser: Browser) -> str:
    """The name of what has the focus, the page's first words for nothing."""
    name: str = await browser.page.evaluate(FOCUSED)
    return name
