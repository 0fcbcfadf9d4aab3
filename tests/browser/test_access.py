"""The page for everybody: any width, light and dark, without a mouse, with a screen reader."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from local.numbers_board import NumbersBoard
from local.twilio.deliveries import AppRecord
from tests.browser.chromium import Browser, Opened, Scheme, expect
from tests.browser.served import CALLER, OPERATOR
from tests.fakes import ENVIRONMENT, NUMBERS

AXE = Path(__file__).parents[2] / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = not AXE.exists() and os.environ.get("CI") != "true"


@pytest.mark.skipif(NO_AXE, reason="axe-core is not installed: make test installs it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 1024, 400])
async def test_axe_finds_no_violation(opened: Opened, width: int, scheme: Scheme) -> None:
    """Idle, while it rings, and in a call with an opened line, a thread and a delivery."""
    async with opened(width=width, scheme=scheme) as browser:
        await browser.page.evaluate(await asyncio.to_thread(AXE.read_text))
        assert await violations(browser) == []
        browser.stack.standin.show_numbers(NumbersBoard(NUMBERS, ENVIRONMENT).to_json())
        await browser.text(CALLER, "hours")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        for state in ("opted_out", "released"):
            browser.stack.standin.show_record(record(state))
        await expect(browser.page.locator(".kept")).to_have_count(2)
        browser.stack.standin.show_event({"type": "switchboard.sms.status", "time": TIME, "data": {"state": "sent"}})
        for name in ("Deliveries", "Events", "Numbers"):
            await browser.tab(name)
            assert await violations(browser) == [], name
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.shows(OPERATOR, "is calling")
        await browser.fault("Twice")
        assert await violations(browser) == []
        await browser.tab("Wire")
        await browser.press(OPERATOR, "Answer")
        await browser.key(OPERATOR, "1")
        await browser.shows(OPERATOR, "connected")
        await browser.page.locator("summary").first.click()
        assert await violations(browser) == []


@pytest.mark.parametrize("width", [400, 1024, 1400])
async def test_nothing_is_wider_than_the_screen(opened: Opened, width: int) -> None:
    """No scrolling sideways, with long content too."""
    async with opened(width=width) as browser:
        await browser.text(CALLER, "a" * 200)
        await expect(browser.texts(CALLER)).to_have_count(2)
        await browser.page.locator("summary").first.click()
        assert await browser.page.evaluate("document.documentElement.scrollWidth") <= width
        browser.stack.standin.show_record(record("a" * 100))
        await browser.tab("Deliveries")
        await expect(browser.page.locator(".kept")).to_be_visible()
        wide = await browser.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


@pytest.mark.parametrize("width", [400, 1400])
async def test_a_long_word_of_a_call_stays_inside_its_handset(opened: Opened, width: int) -> None:
    """The URL of a redirect is one word."""
    async with opened(width=width) as browser:
        await browser.stack.push("call-outbox", id="c1", to=CALLER, say="a" * 100)
        await browser.shows(CALLER, "is calling")
        await browser.press(CALLER, "Answer")
        await browser.heard(CALLER, "a" * 100)
        inside = "handset => handset.scrollWidth <= handset.clientWidth"
        assert await browser.page.evaluate(f"[...document.querySelectorAll('.handset')].every({inside})")


async def test_a_call_goes_on_a_narrow_screen(opened: Opened) -> None:
    """400 pixels: called, answered into, ended."""
    async with opened(width=400, height=800) as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "4")
        await browser.heard(CALLER, "We have sent you a text.")
        await browser.shows(CALLER, "call ended: completed")


async def test_every_control_is_reached_by_the_keyboard_and_seen_there(opened: Opened) -> None:
    """Tab comes to each in turn, and each shows that it has the focus."""
    async with opened() as browser:
        wanted = await browser.page.evaluate(f"{CONTROLS}.length")
        reached = 0
        for _ in range(wanted + 10):
            await browser.page.keyboard.press("Tab")
            focus = await browser.page.evaluate(FOCUS)
            if focus["control"]:
                reached += 1
                assert focus["outline"] != "none", focus
        assert reached >= wanted > 15


async def test_landmarks_and_headings_name_the_pages_parts(opened: Opened) -> None:
    """As a screen reader lists them."""
    async with opened() as browser:
        for name in ("Phones", "What happens"):
            await expect(browser.page.get_by_role("region", name=name)).to_be_visible()
        tabs = browser.page.get_by_role("tablist").get_by_role("tab")
        await expect(tabs).to_have_text(["Wire", "Deliveries", "Events", "Numbers", "Faults"])
        await expect(browser.page.get_by_role("navigation", name="Pages")).to_be_visible()


async def test_a_ring_is_announced(opened: Opened) -> None:
    """A screen reader announces the phone and the caller."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await expect(browser.page.locator("#announcement")).to_have_text(f"{OPERATOR} is ringing: {CALLER} calls")


async def test_a_second_phone_is_added_and_removed(opened: Opened) -> None:
    """By its number, with the keyboard; a number that is none is refused in words."""
    async with opened() as browser:
        field = browser.page.get_by_label("Another phone")
        await field.fill("+1 500 555 0010")
        await field.press("Enter")
        await expect(browser.handset("+15005550010")).to_be_visible()
        await browser.handset("+15005550010").get_by_role("button", name="Remove").click()
        await expect(browser.handset("+15005550010")).to_have_count(0)


async def test_the_voice_is_off_at_first(opened: Opened) -> None:
    """One click turns the browser's own speech on."""
    async with opened() as browser:
        voice = browser.page.get_by_role("button", name="Voice off")
        await voice.click()
        await expect(browser.page.get_by_role("button", name="Voice on")).to_have_attribute("aria-pressed", "true")
        await browser.press(CALLER, "Call the app")
        await browser.asked_for_keys(CALLER)
        handset = browser.stack.standin.page_handsets.find(CALLER)
        assert handset is not None
        assert handset.user is not None
        assert handset.user.voice_on


# Those that can be used now: an idle phone's keys cannot, and a scrolled list has the focus but is no control.
CONTROLS = (
    "[...document.querySelectorAll('main button, main input, main select, header a, header button')]"
    ".filter((e) => !e.disabled && e.offsetParent)"
)
FOCUS = """() => {
  const at = document.activeElement;
  return {
    control: at.matches("main button, main input, main select, header a, header button"),
    outline: getComputedStyle(at).outlineStyle,
    html: at.outerHTML.slice(0, 80),
  };
}"""


TIME = "2026-01-31T12:00:00+00:00"


def record(state: str) -> AppRecord:
    """A record of the app, with the state as its id."""
    time = TIME
    return AppRecord(
        kind="text", reference=state, id=state, to=CALLER, state=state, time=time, attempt=1, reason="why", until=time
    )


VIOLATIONS = """async () => (await axe.run()).violations.map(
  (v) => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`)"""


async def violations(browser: Browser) -> list[str]:
    """What axe finds wrong: the rule, and the first element that breaks it."""
    found: list[str] = await browser.page.evaluate(VIOLATIONS)
    return found
