"""The softphone page in a browser, with the scripted double of the SDK unless a test says otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import web
from playwright.async_api import Locator, Page, expect

from tests.browser.chromium import Scheme, Shared
from tests.client_page.served import DOUBLE, Served, TokenRoute, serving

WAIT_MILLISECONDS = 10_000
WORDS = Path(__file__).parents[2] / "switchboard" / "client" / "page"


def words(language: str = "en") -> dict[str, str]:
    """The page's sentences in a language."""
    read: dict[str, str] = json.loads((WORDS / f"words-{language}.json").read_text())
    return read


@dataclass
class Softphone:
    """The page, its server, and what the browser complains of and requests elsewhere."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    async def sign_in(self, *, stay: bool = False) -> None:
        """Signs alice in and waits for the desk."""
        if stay:
            await self.page.get_by_label("Keep me signed in").check()
        await self.sign_in_as("alice")
        await expect(self.page.locator("#desk")).to_be_visible()

    async def sign_in_as(self, agent: str) -> None:
        """Fills in the form and sends it."""
        await self.page.get_by_label("Agent name").fill(agent)
        await self.page.get_by_label("Key", exact=True).fill("her-key")
        await self.button("Sign in").click()

    async def ready(self) -> None:
        """Signs in, and waits until calls ring."""
        await self.sign_in()
        await self.is_linked("ready")

    async def is_linked(self, link: str) -> None:
        """The page comes to say this of its connection."""
        await expect(self.page.locator("#link")).to_have_attribute("data-link", link)

    async def shows(self, stage: str) -> None:
        """The telephone comes to be idle, ringing, or in a call."""
        await expect(self.page.locator("#stage")).to_have_attribute("data-stage", stage)

    async def run(self, script: str) -> object:
        """Runs a line of JavaScript in the page, `double` at hand."""
        found: object = await self.page.evaluate(script)
        return found

    async def until(self, script: str) -> None:
        """Waits until this holds. The page's policy forbids the waiting that Playwright has for it."""
        async with asyncio.timeout(WAIT_MILLISECONDS / 1000):
            while not await self.page.evaluate(script):  # noqa: ASYNC110 - the page has no event for it
                await asyncio.sleep(0.02)

    async def rings(self, from_: str = "+15005550006", /, **given: str) -> None:
        """A call comes, with these parameters of the TwiML."""
        await self.page.evaluate("([from, given]) => double.ring(from, given)", [from_, given])
        await self.shows("ringing")

    async def in_call(self) -> None:
        """A call comes and is answered."""
        await self.rings(number="Front desk", caller="+15005550006")
        await self.press("Answer")
        await expect(self.page.locator("#stage-timer")).not_to_be_empty()

    async def press(self, name: str) -> None:
        """Clicks a button by its name."""
        await self.button(name).click()

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def notices(self) -> Locator:
        """The sentences about what happened."""
        return self.page.locator(".notice span")


class Opens(Protocol):
    """Opens the page."""

    def __call__(
        self,
        tokens: TokenRoute | None = None,
        *,
        width: int = 1400,
        height: int = 1000,
        scheme: Scheme = "light",
        locale: str = "en-GB",
        permissions: Sequence[str] = ("microphone",),
        sdk: Path | None = DOUBLE,
        more: list[web.RouteDef] | None = None,
        local_script: str = "",
        clock: bool = False,
        complains: bool = False,
    ) -> AbstractAsyncContextManager[Softphone]:
        """Every error in the console, and every request to another host, fails the test unless it `complains`."""


@asynccontextmanager
async def opening(
    shared: Shared,
    tokens: TokenRoute | None = None,
    *,
    width: int = 1400,
    height: int = 1000,
    scheme: Scheme = "light",
    locale: str = "en-GB",
    permissions: Sequence[str] = ("microphone",),
    sdk: Path | None = DOUBLE,
    more: list[web.RouteDef] | None = None,
    local_script: str = "",
    clock: bool = False,
    complains: bool = False,
) -> AsyncIterator[Softphone]:
    """The page, open; see Opens. With `clock` the test moves the page's time."""
    async with serving(tokens or TokenRoute(), sdk=sdk, more=more, local_script=local_script) as served:
        context = await shared.chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale=locale,
            permissions=list(permissions),
        )
        page = await context.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        softphone = Softphone(page, served)
        page.on("console", lambda message: _complain(softphone, message.type, message.text))
        page.on("pageerror", lambda error: softphone.complaints.append(str(error)))
        page.on("request", lambda request: _look(softphone, request.url))
        page.on("websocket", lambda socket: _look(softphone, socket.url))
        try:
            if clock:
                await page.clock.install()
            await page.goto(served.url)
            await page.wait_for_selector("html[data-started]")
            yield softphone
            await asyncio.sleep(0)
        finally:
            await context.close()
        assert softphone.elsewhere == []
        assert complains or softphone.complaints == []


def _complain(softphone: Softphone, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        softphone.complaints.append(text)


def _look(softphone: Softphone, url: str) -> None:
    if urlsplit(url).netloc != urlsplit(softphone.served.url).netloc:
        softphone.elsewhere.append(url)
