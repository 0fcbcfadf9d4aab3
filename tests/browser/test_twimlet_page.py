"""The page that builds a Twimlet's URL, in a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from local.functions_host.start_page import PAGES, start_page
from switchboard.blueprints import twimlets
from switchboard.twimlets import TWIMLETS
from tests.browser.chromium import Scheme, Shared
from tests.browser.test_access import AXE, NO_AXE, VIOLATIONS
from tests.doubles import answering
from tests.fakes import ENVIRONMENT, ORIGIN, FakeServices
from tests.functions import serving, user_function

# A prefix of one's own, and a function key: the page is at home behind any of them.
PATH = "/any/prefix/twimlets?code=the-function-key"
HERE = f"{ORIGIN}/any/prefix/twimlets"


@dataclass
class Seen:
    """The page, and what the browser complained of or asked for."""

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def choose(self, name: str) -> None:
        """Choose a Twimlet."""
        await self.page.get_by_label("Twimlet", exact=True).select_option(name)

    async def fill(self, **values: str) -> None:
        """Fill in fields, by their labels."""
        for name, value in values.items():
            await self.page.get_by_label(name, exact=True).fill(value)

    async def built(self) -> str:
        """The URL that is shown."""
        shown: str = await self.page.get_by_label("To copy").input_value()
        return shown


async def serve(_: web.Request) -> web.Response:
    """The page's function, as the host answers it."""
    answered = await user_function(twimlets.twimlets_page)(req=None)
    headers = {**answered.headers, "Content-Type": "text/html; charset=utf-8"}
    return web.Response(status=answered.status_code, body=answered.get_body(), headers=headers)


@asynccontextmanager
async def opened(
    shared: Shared, width: int = 1400, scheme: Scheme = "light", public_url: str = ORIGIN, path: str = PATH
) -> AsyncIterator[Seen]:
    """The page in Chromium, as wide as that. At the end nothing may have gone wrong, and nobody else been asked."""
    with serving(FakeServices({**ENVIRONMENT, "PUBLIC_BASE_URL": public_url})):
        async with (
            answering(serve) as origin,
            await shared.chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context,
        ):
            seen = Seen(await context.new_page())
            seen.page.on("console", lambda message: seen.errors.append(message.text))
            seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
            seen.page.on("request", lambda request: seen.requests.append(request.url))
            await seen.page.goto(origin + path)
            yield seen
        assert seen.errors == []
        assert all(url.startswith((origin, "data:,")) for url in seen.requests)


async def test_a_url_is_built_while_it_is_filled_in(shared: Shared) -> None:
    """At the public origin, with what is behind it encoded; the function key is not in it."""
    async with opened(shared) as seen:
        assert await seen.built() == f"{HERE}/message"
        await seen.fill(Message="Hello, world & you.\n\n https://example.com/a.mp3?b=c ", Language="en-GB")
        assert await seen.built() == (
            f"{HERE}/message?Message%5B0%5D=Hello%2C%20world%20%26%20you."
            "&Message%5B1%5D=https%3A%2F%2Fexample.com%2Fa.mp3%3Fb%3Dc&Language=en-GB"
        )


async def test_options_are_written_one_a_line(shared: Shared) -> None:
    """A line that is not finished yet is left out."""
    async with opened(shared) as seen:
        await seen.choose("menu")
        await seen.fill(Options="1 https://example.com/one\n* https://example.com/star\n2")
        assert await seen.built() == (
            f"{HERE}/menu?Options%5B1%5D=https%3A%2F%2Fexample.com%2Fone"
            "&Options%5B*%5D=https%3A%2F%2Fexample.com%2Fstar"
        )


async def test_a_number_and_a_choice_have_controls_of_their_own(shared: Shared) -> None:
    """Without a choice the parameter stays away."""
    async with opened(shared) as seen:
        await seen.choose("findme")
        await seen.fill(PhoneNumbers="+15005550007", Timeout="15")
        assert await seen.built() == f"{HERE}/findme?PhoneNumbers%5B0%5D=%2B15005550007&Timeout=15"
        await seen.choose("voicemail")
        await seen.page.get_by_label("Transcribe", exact=True).select_option("No")
        assert await seen.built() == f"{HERE}/voicemail?Transcribe=false"


async def test_all_of_it_can_be_done_by_keyboard(shared: Shared) -> None:
    """Tab reaches each control in the order they are read, and the focus is seen."""
    async with opened(shared) as seen:
        keyboard = seen.page.keyboard
        for _ in range(3):
            await keyboard.press("Tab")
        await keyboard.type("echo")
        await keyboard.press("Tab")
        await keyboard.type("<Response/>")
        assert await seen.built() == f"{HERE}/echo?Twiml=%3CResponse%2F%3E"
        for _ in range(4):
            await keyboard.press("Tab")
        assert await seen.page.evaluate("document.activeElement.id") == "copy"
        assert await seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await keyboard.press("Enter")
        await (
            seen.page.get_by_role("status")
            .filter(has_text="opied")
            .or_(seen.page.get_by_role("status").filter(has_text="selected"))
            .wait_for()
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
async def test_nothing_is_wider_than_the_screen(shared: Shared, width: int, scheme: Scheme) -> None:
    """For each Twimlet, and each control has a label of its own."""
    async with opened(shared, width, scheme) as seen:
        for name in TWIMLETS:
            await seen.choose(name)
            assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width
            controls = await seen.page.locator("input, select, textarea").all()
            assert [await each.evaluate("control => control.labels.length") for each in controls] == [1] * len(controls)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_out_from_what_is_behind_them(shared: Shared, scheme: Scheme) -> None:
    """WCAG's 4.5 to 1, for each pair of colours that the page uses."""
    async with opened(shared, scheme=scheme) as seen:
        for words, behind in (("ink", "paper"), ("ink", "sheet"), ("faint", "sheet"), ("on-colour", "copper")):
            assert await seen.page.evaluate(CONTRAST, [words, behind]) >= 4.5, (words, behind)


@pytest.mark.skipif(NO_AXE, reason="axe-core is not installed: run make install")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation(shared: Shared, scheme: Scheme) -> None:
    """At 400 pixels, with each kind of control; and on the host's own page, which has the same look."""
    async with opened(shared, 400, scheme) as seen:
        await seen.page.evaluate(await asyncio.to_thread(AXE.read_text))
        await seen.choose("menu")
        assert await seen.page.evaluate(VIOLATIONS) == []
        host = await seen.page.context.new_page()
        await host.set_content(start_page(PAGES, "http://127.0.0.1:7072").text)
        await host.evaluate(await asyncio.to_thread(AXE.read_text))
        assert await host.evaluate(VIOLATIONS) == []


CONTRAST = """([words, behind]) => {
  const light = (name) => {
    const sample = document.body.appendChild(document.createElement("i"));
    sample.style.color = `var(--${name})`;
    const parts = getComputedStyle(sample).color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    sample.remove();
    const [red, green, blue] = parts.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [light(words), light(behind)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize("path", ["/twilio/api/twimlets", "/api/twimlets/"])
async def test_a_url_leads_through_the_gateway_wherever_the_page_was_opened(shared: Shared, path: str) -> None:
    """By the gateway's own path, or at the app behind it."""
    async with opened(shared, public_url="https://apim.example.com/twilio", path=path) as seen:
        assert await seen.built() == "https://apim.example.com/twilio/api/twimlets/message"
