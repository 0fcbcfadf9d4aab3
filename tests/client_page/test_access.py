"""The softphone for everybody: any width, light and dark, without a mouse, with a screen reader, in each language."""

from __future__ import annotations

import asyncio

import pytest

from tests.browser.chromium import Scheme, expect
from tests.browser.test_access import AXE, NO_AXE
from tests.client_page.softphone import Opens, Softphone, words

WIDTHS = [400, 1024, 1400]


@pytest.mark.skipif(NO_AXE, reason="axe-core is not installed: run make install")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_no_violation(opens: Opens, width: int, scheme: Scheme) -> None:
    """Signed out, idle, ringing, in a call with warnings, with errors and a log."""
    async with opens(width=width, scheme=scheme) as softphone:
        await softphone.page.evaluate(await asyncio.to_thread(AXE.read_text))
        assert await violations(softphone) == []
        await softphone.ready()
        assert await violations(softphone) == []
        await softphone.rings(number="Front desk", caller="+15005550006", queue="support")
        assert await violations(softphone) == []
        await softphone.press("Answer")
        await softphone.shows("call")
        await softphone.run("double.call.emit('warning', 'low-mos')")
        assert await violations(softphone) == []
        await softphone.press("Hang up")
        await softphone.rings(number="Front desk")
        await softphone.run("double.call.close('cancel'); double.device.emit('error', {code: 31005})")
        await expect(softphone.notices()).to_have_count(1)
        assert await violations(softphone) == []


@pytest.mark.parametrize("language", ["en", "pt", "es", "fr", "de"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_is_wider_than_the_screen_or_its_box(opens: Opens, width: int, language: str) -> None:
    """In each language, with long names and every network warning at once."""
    async with opens(width=width, locale=language) as softphone:
        await softphone.page.locator("#language").select_option(language)
        await _sign_in(softphone, language)
        long = {"caller": "a" * 120, "number": "b" * 80, "called": "+15005550001", "queue": "c" * 80}
        await softphone.rings(**long)
        assert await overflowing(softphone) == []
        await softphone.page.locator("#answer").click()
        await softphone.shows("call")
        await softphone.run(
            "['high-rtt', 'low-mos', 'low-bytes-sent'].forEach((name) => double.call.emit('warning', name))"
        )
        assert await overflowing(softphone) == []
        await softphone.page.locator("#hang-up").click()
        await expect(softphone.page.locator("#log li")).to_have_count(1)
        assert await overflowing(softphone) == []


@pytest.mark.parametrize("language", ["en", "pt", "es", "fr", "de"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_moves_when_a_call_begins(opens: Opens, width: int, language: str) -> None:
    """The keypad and the number field stay where they are: idle, ringing, in a call, with a warning."""
    async with opens(width=width, locale=language) as softphone:
        await _sign_in(softphone, language)
        places = [await place(softphone)]
        await softphone.rings(number="Front desk", called="+15005550001", caller="+15005550006", queue="support")
        places.append(await place(softphone))
        await softphone.page.locator("#answer").click()
        await softphone.shows("call")
        await softphone.run("double.call.emit('warning', 'high-rtt')")
        places.append(await place(softphone))
        await softphone.page.locator("#hang-up").click()
        await softphone.shows("idle")
        places.append(await place(softphone))
        assert len(set(places)) == 1


async def test_a_call_takes_the_focus_to_answer_and_enter_answers(opens: Opens) -> None:
    """In the call the focus is on the caller, not on a button that Enter would press again."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.rings()
        await expect(softphone.button("Answer")).to_be_focused()
        await softphone.page.keyboard.press("Enter")
        await softphone.shows("call")
        await expect(softphone.page.locator("#stage-who")).to_be_focused()


async def test_a_call_never_takes_the_focus_out_of_a_text_field(opens: Opens) -> None:
    """Who writes a number goes on writing; digits and Escape belong to the field."""
    async with opens() as softphone:
        await softphone.ready()
        field = softphone.page.get_by_label("Number to call")
        await field.press("5")
        await softphone.rings()
        await expect(field).to_be_focused()
        await field.press("6")
        await expect(field).to_have_value("56")
        await field.press("Escape")
        await expect(field).to_have_value("")
        await softphone.shows("ringing")


async def test_digits_in_a_text_field_are_no_keys_of_the_call(opens: Opens) -> None:
    """The language's list, for example."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.page.locator("#language").press("1")
        assert await softphone.run("double.call.digits") == ""


async def test_a_call_is_answered_and_ended_by_the_keyboard_alone(opens: Opens) -> None:
    """Sign in, answer by Space, press keys, hang up."""
    async with opens() as softphone:
        await softphone.page.get_by_label("Agent name").press("a")
        await softphone.page.keyboard.press("Tab")
        await softphone.page.keyboard.type("key")
        await softphone.page.keyboard.press("Enter")
        await softphone.is_linked("ready")
        await softphone.rings()
        await softphone.page.keyboard.press("Space")
        await softphone.shows("call")
        await softphone.page.keyboard.press("3")
        await softphone.button("Hang up").focus()
        await softphone.page.keyboard.press("Enter")
        await softphone.shows("idle")
        assert await softphone.run("double.call.digits") == "3"
        await expect(softphone.page.locator("#stage-who")).to_be_focused()


async def test_every_control_is_reached_by_the_keyboard_and_seen_there(opens: Opens) -> None:
    """Tab comes to each in turn, and each shows that it has the focus."""
    async with opens() as softphone:
        await softphone.ready()
        wanted = await softphone.page.evaluate(f"{CONTROLS}.length")
        reached = set()
        for _ in range(wanted + 10):
            await softphone.page.keyboard.press("Tab")
            control, outline = await softphone.page.evaluate(FOCUS)
            if control:
                reached.add(control)
                assert outline != "none", control
        assert len(reached) == wanted > 25


async def test_landmarks_and_headings_name_the_pages_parts(opens: Opens) -> None:
    """As a screen reader lists them."""
    async with opens() as softphone:
        await softphone.ready()
        for name in ("Telephone", "Queues", "Colleagues and our numbers", "Calls of this session", "Sound"):
            await expect(softphone.page.get_by_role("region", name=name)).to_be_visible()
            await expect(softphone.page.get_by_role("heading", name=name, exact=True)).to_be_attached()


async def test_a_notification_is_asked_for_by_a_click_and_shown_behind(opens: Opens) -> None:
    """Never at the start; with the caller, and only when the page is not in front."""
    async with opens() as softphone:
        await softphone.page.add_init_script(NOTIFICATIONS)
        await softphone.page.reload()
        await softphone.ready()
        assert await softphone.run("window.asked") == 0
        await softphone.press("Show a notification when a call comes")
        assert await softphone.run("window.asked") == 1
        await softphone.rings()
        await softphone.press("Decline")
        assert await softphone.run("window.shown.length") == 0
        await softphone.run("document.hasFocus = () => false")
        await softphone.rings(number="Front desk", caller="+15005550006")
        assert await softphone.run("window.shown[0].title") == "+15005550006 is calling"
        await softphone.press("Decline")
        await softphone.until("window.shown[0].closed")


async def violations(softphone: Softphone) -> list[str]:
    """What axe finds wrong: the rule, and the first element that breaks it."""
    found: list[str] = await softphone.page.evaluate(
        "async () => (await axe.run()).violations.map("
        "(v) => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`)"
    )
    return found


async def overflowing(softphone: Softphone) -> list[str]:
    """The elements that are wider than their box, the page itself too."""
    found: list[str] = await softphone.page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('main *, header')]"
        ".filter((at) => at.offsetParent !== null || at === document.documentElement)"
        ".filter((at) => !at.matches('.unseen, select, option, input, meter') && at.scrollWidth > at.clientWidth + 1"
        " && getComputedStyle(at).display !== 'inline')"
        ".map((at) => at.outerHTML.slice(0, 120))"
    )
    return found


async def place(softphone: Softphone) -> str:
    """Where the number field and the last key are."""
    found: str = await softphone.page.evaluate(
        "['number', 'keypad'].map((id) => document.getElementById(id).getBoundingClientRect())"
        ".map((box) => [box.left, box.top + scrollY, box.width].map(Math.round).join()).join(' ')"
    )
    return found


async def _sign_in(softphone: Softphone, language: str) -> None:
    await softphone.page.locator("#language").select_option(language)
    await expect(softphone.page.locator("#sign-in-button")).to_have_text(words(language)["sign_in"])
    await softphone.page.locator("#agent").fill("alice")
    await softphone.page.locator("#key").fill("k")
    await softphone.page.locator("#sign-in-button").click()
    await softphone.is_linked("ready")


CONTROLS = (
    "[...document.querySelectorAll('button, input, select, a')].filter((at) => !at.disabled && at.offsetParent"
    " && getComputedStyle(at).visibility === 'visible')"
)
FOCUS = """() => {
  const at = document.activeElement;
  const isControl = at.matches("button, input, select, a");
  return [isControl ? at.outerHTML : "", getComputedStyle(at).outlineStyle];
}"""
# Headless Chromium denies notifications, so the test brings its own.
NOTIFICATIONS = """
  window.asked = 0;
  window.shown = [];
  window.Notification = class {
    static permission = "default";
    static async requestPermission() {
      window.asked += 1;
      return "granted";
    }
    constructor(title) {
      window.shown.push(this);
      this.title = title;
    }
    close() {
      this.closed = true;
    }
  };
"""
