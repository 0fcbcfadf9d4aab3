"""A page of another site, open in the same browser as the phone: it drives nothing, and reads nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web
from playwright.async_api import Page

from local.addresses import origin
from local.twilio.server import StandIn
from tests.browser.chromium import Shared, expect
from tests.browser.served import BRISK, CALLER, running, standin_options
from tests.ports import free_port

# Resolves to this machine, as a rebound name does, and is another site than 127.0.0.1.
EVIL_NAME = "evil.localhost"
TEXT = '{"from": "+15005550006", "body": "hello from another site"}'
# What a page can do without asking the server first, and what asks first. The result names what succeeded.
ATTACK = """async ([target, text, key]) => {
  const done = [];
  const attempt = async (name, act) => { try { if (await act()) done.push(name); } catch { /* refused */ } };
  const sent = (path, options) => fetch(target + path, options);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    for (const path of ["/standin/texts", "/standin/calls", `/standin/texts?code=${key}`]) {
      const simple = { method: "POST", mode: "no-cors", body: text, headers: { "Content-Type": type } };
      await sent(path, simple).catch(() => 0);
    }
  }
  await sent("/standin/texts", { method: "POST", mode: "no-cors", body: new Blob([text]) }).catch(() => 0);
  await attempt("json", async () => (await sent("/standin/texts", {
    method: "POST", body: text, headers: { "Content-Type": "application/json", "x-functions-key": key },
  })).ok);
  await attempt("read the page", async () => (await (await sent("/")).text()).includes("key"));
  await attempt("read the wire", async () => (await sent(`/standin/wire?code=${key}`)).ok);
  await attempt("feed", () => new Promise((resolve) => {
    const feed = new EventSource(`${target}/standin/feed?code=${key}`);
    feed.addEventListener("snapshot", () => resolve(true));
    feed.onerror = () => resolve(false);
  }));
  const load = (tag, path, name = "src") => new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(true);
    element.onerror = () => resolve(false);
    element[name] = target + path;
    document.body.append(element);
  });
  await attempt("script", () => load("script", "/api.js"));
  await attempt("image", () => load("img", "/jack.svg"));
  await load("iframe", "/");
  return done;
}"""


@asynccontextmanager
async def foreign_page(shared: Shared, port: int) -> AsyncIterator[Page]:
    """A page of another site at this port of this machine."""

    async def serve(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Free kittens</title>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/", serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    page = await shared.chromium.new_page()
    try:
        await page.goto(f"http://{EVIL_NAME}:{port}/")
        yield page
    finally:
        await page.close()
        await runner.cleanup()


def is_untouched(standin: StandIn) -> bool:
    """No text, no call, and no page that is taken for open."""
    return not standin.account.messages and not standin.account.calls and not standin.is_page_open


async def test_a_page_of_another_site_drives_nothing(shared: Shared) -> None:
    """Forms, beacons, frames, event streams and JSON, even with the key."""
    async with running() as stack, foreign_page(shared, free_port()) as page:
        done = await page.evaluate(ATTACK, [stack.standin.url, TEXT, stack.standin.key])
        assert done == []
        assert [frame.name for frame in page.frames if await frame.query_selector("#handsets")] == []
        assert is_untouched(stack.standin)


async def test_a_page_of_another_port_of_this_machine_drives_nothing(shared: Shared) -> None:
    """For the browser it is the same site; it is not the same origin."""
    async with running() as stack, foreign_page(shared, free_port()) as page:
        await page.goto(page.url.replace(EVIL_NAME, "127.0.0.1"))
        assert await page.evaluate(ATTACK, [stack.standin.url, TEXT, stack.standin.key]) == []
        assert is_untouched(stack.standin)


async def test_a_name_that_is_rebound_to_this_machine_shows_no_phone(shared: Shared) -> None:
    """Then all is of the same origin for the browser: only the Host gives it away."""
    async with running() as stack:
        page = await shared.chromium.new_page()
        answered = await page.goto(f"http://{EVIL_NAME}:{urlsplit(stack.standin.url).port}/")
        assert answered
        assert answered.status == 403
        assert f"use {stack.standin.url}" in await page.content()
        assert is_untouched(stack.standin)
        await page.close()


async def test_a_link_to_the_phone_opens_it(shared: Shared) -> None:
    """From any page; the phone works there."""
    async with running() as stack, foreign_page(shared, free_port()) as page:
        await page.set_content(f'<a href="{stack.standin.url}">Phone</a>')
        await page.get_by_role("link").click()
        await page.wait_for_selector("html[data-ready]")
        entry = page.get_by_role("article", name=CALLER).get_by_label("to the app")
        await entry.fill("hours")
        await entry.press("Enter")
        await expect(page.get_by_role("article", name=CALLER).get_by_role("listitem").first).to_contain_text("hours")


async def test_an_open_page_survives_a_restart_with_a_new_key(shared: Shared) -> None:
    """It loads itself again, and works with the new key."""
    port, page = free_port(), await shared.chromium.new_page()
    async with StandIn(standin_options(origin(free_port()), BRISK, port)) as first:
        await page.goto(first.url)
        await page.wait_for_selector("html[data-ready]")
        await page.evaluate("() => { window.isOld = true; }")
    async with StandIn(standin_options(origin(free_port()), BRISK, port)) as second:
        assert second.key != first.key
        await page.wait_for_function("() => !window.isOld && document.documentElement.dataset.ready === ''")
        entry = page.get_by_role("article", name=CALLER).get_by_label("to the app")
        await entry.fill("hours")
        await entry.press("Enter")
        await expect(page.get_by_role("log", name=f"Texts of {CALLER}").get_by_role("listitem")).to_contain_text(
            "hours"
        )
    await page.close()
