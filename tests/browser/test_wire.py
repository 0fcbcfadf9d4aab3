"""The wire in the browser: every request, whole at a click, and saved for a bug report."""

from __future__ import annotations

import asyncio
import json
import re
from asyncio.subprocess import PIPE
from pathlib import Path

from local.twilio.client import post
from tests.browser.chromium import Browser, Locator, Opened, expect
from tests.browser.served import CALLER


async def test_a_line_opens_to_show_the_request_whole(opened: Opened) -> None:
    """Its parameters, signature and indented TwiML, by the keyboard too."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "4")
        await browser.shows(CALLER, "call ended")
        line = lines(browser).filter(has_text="POST /api/voice/menu")
        await line.locator("summary").focus()
        await browser.page.keyboard.press("Enter")
        await expect(line.get_by_label("TwiML")).to_contain_text('  <Say language="en-US">We have sent you a text.')
        await expect(line.locator("dl")).to_contain_text("Digits")
        await expect(line.locator("dl")).to_contain_text("X-Twilio-Signature")


async def test_the_two_directions_are_distinguished(opened: Opened) -> None:
    """Each with its direction, for screen readers too."""
    async with opened() as browser:
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        await expect(lines(browser).filter(has_text="The app to Twilio").first).to_contain_text("201")
        await expect(lines(browser).filter(has_text="Twilio to the app").first).to_contain_text("/api/status/sms")


async def test_a_failure_is_marked_with_twilios_code(opened: Opened) -> None:
    """A failed request is marked, and opens to Twilio's own answer."""
    async with opened() as browser:
        await browser.fault("500")
        await browser.tab("Wire")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        line = lines(browser).filter(has_text="500")
        await expect(line.locator("details.wrong")).to_be_visible()
        await line.locator("summary").click()
        await expect(line.get_by_label("Answer")).to_contain_text("20500")


async def test_the_session_is_saved_as_a_file(opened: Opened) -> None:
    """All lines so far, as JSON."""
    async with opened() as browser:
        await browser.text(CALLER, "hours")
        await expect(browser.texts(CALLER)).to_have_count(2)
        async with browser.page.expect_download() as downloading:
            await browser.page.get_by_role("link", name="Save session").click()
        download = await downloading.value
        assert download.suggested_filename == "switchboard-session.json"
        saved = json.loads(await asyncio.to_thread(Path(await download.path()).read_text))
        assert saved["entries"][0]["parameters"]["Body"] == "hours"


async def test_a_page_that_is_loaded_again_shows_the_same(opened: Opened) -> None:
    """A call continues meanwhile, and the wire keeps its lines."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.asked_for_keys(CALLER)
        await browser.page.reload()
        await browser.heard(CALLER, "Thank you for calling.")
        await expect(lines(browser).filter(has_text="/api/voice/incoming")).to_have_count(1)


async def test_the_wire_is_filtered_searched_grouped_and_cleared(opened: Opened) -> None:
    """Kinds add up, errors narrow, a search looks into the whole request; a cleared line stays away after a reload."""
    async with opened() as browser:
        page = browser.page
        await browser.text(CALLER, "hours")
        await browser.fault("500")
        await browser.tab("Wire")
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        await browser.stack.push("sms-outbox", id="t2", to=CALLER, body="Welcome")
        await expect(lines(browser)).to_have_count(6)
        for pressed, count in (("Texts", 1), ("Status", 4), ("Texts", 3), ("REST", 5), ("Errors", 1), ("REST", 0)):
            await page.get_by_role("button", name=pressed, exact=True).click()
            await expect(lines(browser)).to_have_count(count)
        await expect(page.get_by_text("No request matches.")).to_be_visible()
        for pressed in ("Status", "Errors"):
            await page.get_by_role("button", name=pressed, exact=True).click()
        await page.get_by_label("Search the wire").fill("WELCOME")
        await expect(lines(browser)).to_have_count(1)
        await page.get_by_label("Search the wire").fill("")
        await page.get_by_role("button", name="Grouped").click()
        await expect(lines(browser)).to_have_count(3)
        titles = lines(browser).locator("> details > summary")
        await expect(titles).to_contain_text(["4 requests", "1 request, 1 wrong", "1 request"])
        await expect(titles.first).to_contain_text(f"→ {CALLER} delivered")
        await page.get_by_role("button", name="Clear").click()
        await expect(lines(browser)).to_have_count(0)
        await page.reload()
        await browser.text(CALLER, "hours")
        await expect(lines(browser)).to_have_count(1)


async def test_one_who_reads_below_stays_there_and_sees_what_is_new(opened: Opened) -> None:
    """The lines stay in their place; a click leads to the newest."""
    async with opened(height=700) as browser:
        for n in range(25):
            await browser.text(CALLER, f"text {n}")
        await expect(lines(browser)).to_have_count(25)
        wire = browser.page.locator("#entries")
        await wire.evaluate("list => { list.scrollTop = 200; }")
        read = lines(browser).filter(has_text="“text 10”")
        before = await read.bounding_box()
        for n in range(3):
            await browser.text(CALLER, f"late {n}")
        await expect(browser.page.get_by_role("button", name="3 new")).to_be_visible()
        after = await read.bounding_box()
        assert before and after
        assert abs(after["y"] - before["y"]) < 1
        await browser.page.get_by_role("button", name="3 new").click()
        await expect(lines(browser).first).to_be_in_viewport()
        await expect(browser.page.locator("#news")).to_be_hidden()


NASTY = 'it\'s $(touch stolen) `id` \\ "quoted" & [1-3] {a,b}; @file\nnext line é ☕'


async def test_a_request_is_copied_as_curl_and_a_shell_repeats_it(opened: Opened, tmp_path: Path) -> None:
    """With its signature, which the app accepts; whatever is in a text, the shell runs none of it."""
    async with opened() as browser:
        await browser.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        number = {"from": CALLER, "body": NASTY}
        await post(browser.stack.standin.url, "/standin/texts", number, key=browser.stack.standin.key)
        line = lines(browser).first
        await line.locator("summary").click()
        await line.get_by_role("button", name="Copy as curl").click()
        await expect(line.get_by_role("button", name="Copied")).to_be_visible()
        command = await browser.page.evaluate("navigator.clipboard.readText()")
        shell = await asyncio.create_subprocess_exec(
            "bash", "-c", command.replace("curl ", "curl --silent --fail ", 1), stdout=PIPE, cwd=tmp_path
        )
        answered, _ = await shell.communicate()
        assert shell.returncode == 0
        assert answered.decode() == browser.stack.standin.wire.since(0)[0].response
        assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
        assert "X-Twilio-Signature" in command


async def test_an_opaque_id_is_short_and_whole_on_demand(opened: Opened) -> None:
    """In the line by its ends, in the opened request by a button."""
    async with opened() as browser:
        await browser.stack.push("sms-outbox", id="t1", to=CALLER, body="Hello")
        line = lines(browser).filter(has_text="/api/status/sms").first
        await expect(line.locator(".path")).to_have_text(re.compile(r"sms\?id=[0-9a-f]{6}…\u2060[0-9a-f]{4}\.0\.t1 "))
        request = lines(browser).filter(has_text="The app to Twilio").first
        await request.locator("summary").click()
        await request.get_by_role("button", name=re.compile(r"^SM\w{4}…\w{4}$")).click()
        await expect(request.get_by_role("button", name=re.compile(r"^SM[0-9a-f]{32}$"))).to_be_visible()


def lines(browser: Browser) -> Locator:
    """The lines of the wire, newest first."""
    return browser.page.get_by_role("list", name="Requests, newest first").locator("> li")
