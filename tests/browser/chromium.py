"""A browser on the phone's page, which fails a test that makes it complain or look elsewhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, Page, Playwright, async_playwright, expect

from local.twilio.options import Pace
from tests.browser.served import BRISK, Stack, running

CHROMIUM = Path("/usr/bin/chromium")
# A fake microphone with a tone, and no permission prompt.
ARGUMENTS = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
WAIT_MILLISECONDS = 10_000

Scheme = Literal["light", "dark"]
StartsStack = Callable[[Pace], AbstractAsyncContextManager[Stack]]

__all__ = ["CHROMIUM", "Browser", "Locator", "Opened", "Scheme", "Shared", "expect", "opening", "skip_without"]


def skip_without(items: Iterable[pytest.Item], folder: str, needed: Mapping[Path, str] = {}) -> None:
    """Skip a folder's tests where Chromium, or a file that they need, is absent; in CI they fail.

    `needed` is how to get each file.
    """
    files = {CHROMIUM: "apt-get install chromium", **needed}
    missing = [f"no {file}: {how}" for file, how in files.items() if not file.exists()]
    if missing and os.environ.get("CI") != "true":
        for item in items:
            if f"/tests/{folder}/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="; ".join(missing)))


@dataclass
class Shared:
    """What all tests use."""

    playwright: Playwright
    chromium: Chromium

    @classmethod
    async def start(cls) -> Shared:
        """Start Chromium."""
        expect.set_options(timeout=WAIT_MILLISECONDS)
        playwright = await async_playwright().start()
        return cls(playwright, await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS))

    async def stop(self) -> None:
        """End it."""
        await self.chromium.close()
        await self.playwright.stop()


@dataclass
class Browser:
    """The page, its stack, and the browser's errors and requests to other hosts."""

    page: Page
    stack: Stack
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def handset(self, number: str) -> Locator:
        """A handset, by its number."""
        return self.page.get_by_role("article", name=number)

    async def press(self, number: str, button: str) -> None:
        """Press a handset's button, or one of its keys."""
        await self.handset(number).get_by_role("button", name=button, exact=True).click()

    async def key(self, number: str, key: str) -> None:
        """Press a key during a Gather: earlier keys are discarded, as by Twilio."""
        await self.asked_for_keys(number)
        await self.press(number, key)

    async def asked_for_keys(self, number: str) -> None:
        """The call comes to ask for keys."""
        await expect(self.handset(number).locator(".keypad.wanted")).to_be_visible()

    async def shows(self, number: str, sentence: str) -> None:
        """The handset's state comes to say this."""
        await expect(self.handset(number).locator("header .state")).to_contain_text(sentence)

    async def heard(self, number: str, sentence: str) -> None:
        """The handset's transcript comes to say this."""
        await expect(self.handset(number).get_by_role("log", name="Call of")).to_contain_text(sentence)

    async def tab(self, name: str) -> None:
        """Choose one of the tabs beside the phones."""
        await self.page.get_by_role("tab", name=name).click()

    async def fault(self, name: str) -> None:
        """Switch a fault on or off."""
        await self.tab("Faults")
        await self.page.get_by_role("tabpanel", name="Faults").get_by_role("button", name=name).click()

    async def text(self, number: str, words: str) -> None:
        """Text the app."""
        entry = self.handset(number).get_by_label("to the app")
        await entry.fill(words)
        await entry.press("Enter")

    def texts(self, number: str) -> Locator:
        """The handset's thread."""
        return self.handset(number).get_by_role("log", name="Texts of").get_by_role("listitem")


class Opened(Protocol):
    """Opens the page, with a new stack."""

    def __call__(
        self,
        pace: Pace = BRISK,
        *,
        width: int = 1400,
        height: int = 1000,
        scheme: Scheme = "light",
        stack: StartsStack = running,
    ) -> AbstractAsyncContextManager[Browser]:
        """What it logs as an error or warning, and every request to another host, fails the test at its end."""


@asynccontextmanager
async def opening(
    shared: Shared,
    pace: Pace = BRISK,
    *,
    width: int = 1400,
    height: int = 1000,
    scheme: Scheme = "light",
    stack: StartsStack = running,
    script: str = "",
) -> AsyncIterator[Browser]:
    """The page, open; see Opened. `script` runs in it before its own scripts."""
    async with stack(pace) as started:
        page = await shared.chromium.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        page.set_default_timeout(WAIT_MILLISECONDS)
        await page.add_init_script(script)
        browser = Browser(page, started)
        page.on("console", lambda message: _complain(browser, message.type, message.text))
        page.on("pageerror", lambda error: browser.complaints.append(str(error)))
        page.on("request", lambda request: _look(browser, request.url))
        try:
            await page.goto(started.standin.url)
            await page.wait_for_selector("html[data-ready]")
            yield browser
        finally:
            await page.close()
        assert browser.complaints == []
        assert browser.elsewhere == []


def _complain(browser: Browser, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        browser.complaints.append(text)


def _look(browser: Browser, url: str) -> None:
    if urlsplit(url).netloc != urlsplit(browser.stack.standin.url).netloc:
        browser.elsewhere.append(url)
