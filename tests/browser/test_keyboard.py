"""The page by the keyboard alone: a whole call, the tabs, and the focus that is never lost."""

from __future__ import annotations

from tests.browser.chromium import Browser, Opened, expect
from tests.browser.served import CALLER, OPERATOR
from tests.browser.test_layout import focused

MOST_TABS = 60


async def test_a_whole_call_is_made_by_keyboard(opened: Opened) -> None:
    """Call, menu, answer, accept, speak, hang up, call again: after each step the focus is where one goes on."""
    async with opened() as browser:
        keyboard = browser.page.keyboard
        await tab_to(browser, "Call the app")
        await keyboard.press("Enter")
        await browser.asked_for_keys(CALLER)
        assert await focused(browser) == f"Call of {CALLER}"
        await keyboard.press("1")
        await browser.shows(OPERATOR, "is calling")
        await tab_to(browser, "Answer")
        await keyboard.press("Enter")
        await browser.asked_for_keys(OPERATOR)
        assert await focused(browser) == f"Call of {OPERATOR}"
        await keyboard.press("1")
        await browser.shows(OPERATOR, "connected")
        await tab_to(browser, f"Say something at {OPERATOR}")
        await keyboard.type("Good morning")
        await keyboard.press("Enter")
        await browser.heard(CALLER, "Good morning")
        await keyboard.press("Shift+Tab")
        await tab_to(browser, "Hang up", "Shift+Tab")
        await keyboard.down("Enter")
        await browser.shows(OPERATOR, "call ended: completed")
        assert await focused(browser) == "Call the app"
        await keyboard.down("Enter")  # it is still held: no new call begins
        await keyboard.up("Enter")
        await browser.page.wait_for_timeout(300)
        assert [call.sender for call in browser.stack.standin.account.calls.values()] == [CALLER, CALLER]


async def test_the_focus_stays_when_a_call_ends_from_the_other_side(opened: Opened) -> None:
    """In a field it stays there; on a key, which cannot be pressed any more, it goes to Call the app."""
    async with opened() as browser:
        handset = browser.handset(CALLER)
        for control, then in (
            (handset.get_by_label("Say something"), f"Say something at {CALLER}"),
            (handset.get_by_role("button", name="5", exact=True), "Call the app"),
        ):
            await browser.press(CALLER, "Call the app")
            await browser.asked_for_keys(CALLER)
            await control.focus()
            browser.stack.standin.page_handsets.hang_up_all()
            await browser.shows(CALLER, "call ended")
            assert await focused(browser) == then


async def test_the_tabs_are_one_stop_with_arrow_keys(opened: Opened) -> None:
    """As in the pattern of the ARIA Authoring Practices; the chosen tab stays after a reload."""
    async with opened(width=400) as browser:
        wire = browser.page.get_by_role("tab", name="Wire")
        await wire.focus()
        for key, name in (
            ("ArrowRight", "Deliveries"),
            ("End", "Faults"),
            ("ArrowRight", "Wire"),
            ("ArrowLeft", "Faults"),
            ("Home", "Wire"),
            ("ArrowRight", "Deliveries"),
        ):
            await browser.page.keyboard.press(key)
            tab = browser.page.get_by_role("tab", name=name)
            await expect(tab).to_be_focused()
            await expect(tab).to_have_attribute("aria-selected", "true")
            await expect(browser.page.get_by_role("tabpanel", name=name)).to_be_visible()
        await browser.page.keyboard.press("Tab")
        await expect(browser.page.get_by_role("tabpanel", name="Deliveries")).to_be_focused()
        await browser.page.reload()
        await expect(browser.page.get_by_role("tabpanel", name="Deliveries")).to_be_visible()


async def test_another_phone_is_checked_and_shown(opened: Opened) -> None:
    """A number that is none is refused in words beside the field; the new phone has the focus."""
    async with opened(width=400) as browser:
        field = browser.page.get_by_label("Another phone")
        await field.fill("0912")
        await field.press("Enter")
        await expect(browser.page.locator("#add [role=alert]")).to_have_text(
            "A number with its country code, as +15005550010."
        )
        await expect(field).to_be_focused()
        await field.fill("+1 (500) 555-0010")
        await field.press("Enter")
        await expect(browser.handset("+15005550010").get_by_role("button", name="Call the app")).to_be_focused()
        await expect(browser.handset("+15005550010").get_by_role("button", name="Call the app")).to_be_in_viewport()
        await expect(browser.page.locator("#add [role=alert]")).to_be_empty()


async def tab_to(browser: Browser, name: str, key: str = "Tab") -> None:
    """Press Tab until the control with this name has the focus."""
    for _ in range(MOST_TABS):
        if await focused(browser) == name:
            return
        await browser.page.keyboard.press(key)
    raise AssertionError(f"no way to {name}")
