"""Calls on the page: ringing, answering, keys, mute, the log, and everything that may go wrong in them."""

from __future__ import annotations

import pytest

from tests.browser.chromium import expect
from tests.client_page.softphone import Opens, Softphone, words

# The errors that a person can act on, and words of the sentence that says what to do.
ERRORS = {
    31401: "Allow it in the browser",
    31402: "plugged in",
    31005: "connects again by itself",
    31009: "connects again by itself",
    53000: "connects again by itself",
    53001: "connects again by itself",
    31486: "busy",
    31480: "cannot be reached now",
    31603: "declined",
    31404: "Check the number",
    53405: "firewall",
    12345: "Something went wrong (12345)",
}
WARNINGS = {
    "high-rtt": "arrive late",
    "high-jitter": "The sound is poor",
    "low-mos": "The sound is poor",
    "high-packet-loss": "loses parts",
    "high-packets-lost-fraction": "loses parts",
    "low-bytes-received": "No sound arrives",
    "low-bytes-sent": "does not leave this computer",
    "ice-connectivity-lost": "interrupted",
    "constant-audio-input-level": "gives no sound",
    "a-name-of-tomorrow": "The sound is poor",
}


async def test_an_incoming_call_shows_caller_number_and_queue(opens: Opens) -> None:
    """In the page and in the tab's title; a screen reader is given it too."""
    async with opens() as softphone:
        await softphone.ready()
        given = {"caller": "+15005550006", "number": "Front desk", "called": "+15005550001", "queue": "support"}
        await softphone.rings("+15005550001", **given)
        await expect(softphone.page.locator("#stage-who")).to_have_text("+15005550006")
        await expect(softphone.page.locator("#stage-number")).to_have_text("Called: Front desk (+15005550001)")
        await expect(softphone.page.locator("#stage-queue")).to_have_text("Queue: support")
        await expect(softphone.page).to_have_title("+15005550006 is calling")
        announced = softphone.page.locator("#announcement")
        await expect(announced).to_have_text("+15005550006 is calling. Front desk (+15005550001)")


@pytest.mark.parametrize(
    ("caller", "given", "shown"),
    [
        ("client:bob", {}, "bob"),
        ("client:stranger", {}, "stranger"),
        ("+15005550001", {"number": "Front desk"}, "Withheld number"),
        ("+15005550001", {"number": "Front desk", "caller": "Anonymous"}, "Withheld number"),
        ("+15005550006", {}, "+15005550006"),
    ],
)
async def test_the_caller_is_named(opens: Opens, caller: str, given: dict[str, str], shown: str) -> None:
    """Colleagues by name; without the parameter `caller` the number was withheld, and From is only our callerId."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run(f"double.ring({caller!r}, {given!r})")
        await expect(softphone.page.locator("#stage-who")).to_have_text(shown)


async def test_a_callers_text_is_never_html(opens: Opens) -> None:
    """What comes with a call is text."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.rings("+15005550006", caller="<img src=x onerror=alert(1)>", number="<b>x</b>", queue="<i>")
        await expect(softphone.page.locator("#stage-who")).to_have_text("<img src=x onerror=alert(1)>")
        assert await softphone.run("document.querySelectorAll('#stage img, #stage b').length") == 0


async def test_an_answered_call_is_logged_with_its_time(opens: Opens) -> None:
    """Hung up here; it can be called back."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.press("Hang up")
        await softphone.shows("idle")
        assert await softphone.run("double.call.state") == "closed"
        entry = softphone.page.locator("#log li")
        await expect(entry).to_contain_text("incoming · 0:0")
        await entry.get_by_role("button", name="Call +15005550006").click()
        await softphone.until("double.call.parameters.To === '+15005550006'")


async def test_a_call_that_the_other_side_ends(opens: Opens) -> None:
    """The page is idle again."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run("double.call.close('disconnect')")
        await softphone.shows("idle")


@pytest.mark.parametrize("event", ["cancel", "disconnect", "transportClose"])
async def test_a_call_that_stops_ringing_is_missed_here(opens: Opens, event: str) -> None:
    """The caller gave up, another phone answered, or the connection was lost."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.rings()
        await softphone.run(f"double.call.emit('{event}')")
        await softphone.shows("idle")
        await expect(softphone.page.locator("#log li")).to_contain_text("not answered here")
        await expect(softphone.page).to_have_title("Switchboard")


async def test_a_declined_call(opens: Opens) -> None:
    """Escape or the button; the log says so."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.rings()
        await softphone.page.keyboard.press("Escape")
        await softphone.rings()
        await softphone.press("Decline")
        await expect(softphone.page.locator("#log li").filter(has_text="declined")).to_have_count(2)


async def test_of_two_calls_the_answered_one_goes_on_and_the_other_goes_elsewhere(opens: Opens) -> None:
    """It rings at the next agent at once."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.rings("+15005550006")
        await softphone.rings("+15005550007")
        await expect(softphone.page.locator("#stage-more")).to_have_text("Also ringing here: 1")
        await softphone.press("Answer")
        await softphone.shows("call")
        await expect(softphone.page.locator("#stage-who")).to_have_text("+15005550006")
        assert await softphone.run("double.calls.map((call) => call.state).join()") == "open,closed"


async def test_keys_are_sent_by_mouse_and_keyboard(opens: Opens) -> None:
    """During a call; the field shows what was pressed."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.page.keyboard.press("4")
        await softphone.page.keyboard.press("#")
        await softphone.press("7")
        assert await softphone.run("double.call.digits") == "4#7"
        await expect(softphone.page.get_by_label("Keys pressed")).to_have_value("4#7")
        await softphone.press("Hang up")
        await expect(softphone.page.get_by_label("Number to call")).to_have_value("")


async def test_keys_write_a_number_while_there_is_no_call(opens: Opens) -> None:
    """The keypad dials."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press("5")
        await softphone.page.keyboard.press("6")
        await expect(softphone.page.get_by_label("Number to call")).to_have_value("56")


async def test_mute_and_back(opens: Opens) -> None:
    """The button says what it will do, and that it is pressed."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.press("Mute")
        assert await softphone.run("double.call.muted") is True
        await expect(softphone.button("Unmute")).to_have_attribute("aria-pressed", "true")
        await softphone.press("Unmute")
        assert await softphone.run("double.call.muted") is False


@pytest.mark.parametrize(
    ("button", "to"),
    [
        ("Next caller of support", "queue:support"),
        ("Call bob", "client:bob"),
        ("Call Front desk", "+15005550001"),
    ],
)
async def test_each_button_calls_what_it_names(opens: Opens, button: str, to: str) -> None:
    """The next caller, a colleague, one of our numbers."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press(button)
        await softphone.shows("call")
        await softphone.until("double.calls.length === 1")
        assert await softphone.run("double.call.parameters.To") == to
        await softphone.run("double.call.emit('ringing', false)")
        await expect(softphone.page.locator("#stage-what")).to_have_text("It rings there")
        await softphone.run("double.call.open()")
        await expect(softphone.page.locator("#stage-what")).to_have_text("In a call")
        await expect(softphone.button(button)).to_be_disabled()


@pytest.mark.parametrize(
    ("written", "dialled"),
    [("+1 (500) 555-0006", "+15005550006"), ("0015005550006", "+15005550006"), ("+351 21 000 00 01", "+351210000001")],
)
async def test_a_number_is_dialled_as_people_write_it(opens: Opens, written: str, dialled: str) -> None:
    """Spaces, brackets and 00 are for people."""
    async with opens() as softphone:
        await softphone.ready()
        await _dial(softphone, written)
        await softphone.until("double.calls.length === 1")
        assert await softphone.run("double.call.parameters.To") == dialled


@pytest.mark.parametrize("written", ["", "5550006", "sip:x@evil.example", "client:bob", "+1"])
async def test_what_is_no_number_is_not_dialled(opens: Opens, written: str) -> None:
    """The field says how to write one."""
    async with opens() as softphone:
        await softphone.ready()
        await _dial(softphone, written)
        found = await softphone.page.get_by_label("Number to call").evaluate("(field) => field.validationMessage")
        assert found == words()["dial_how"]
        assert await softphone.run("double.calls.length") == 0


@pytest.mark.parametrize(("code", "says"), ERRORS.items())
async def test_each_error_of_a_call_has_a_sentence(opens: Opens, code: int, says: str) -> None:
    """With its code, for the administrator; the call ends and is logged as failed."""
    async with opens() as softphone:
        await softphone.ready()
        await _dial(softphone, "+15005550006")
        await softphone.until("double.calls.length === 1")
        await softphone.run(f"double.call.fail({code})")
        await expect(softphone.notices()).to_contain_text(says)
        await expect(softphone.notices()).to_contain_text(str(code))
        await softphone.shows("idle")
        await expect(softphone.page.locator("#log li")).to_contain_text("failed")


async def test_an_error_that_the_device_reports_of_a_call_is_shown_once(opens: Opens) -> None:
    """Signalling errors come by the Device, with the call."""
    async with opens() as softphone:
        await softphone.ready()
        await _dial(softphone, "+15005550006")
        await softphone.until("double.calls.length === 1")
        await softphone.run("double.device.emit('error', {code: 31486}, double.call); double.call.close('disconnect')")
        await expect(softphone.notices()).to_have_count(1)
        await expect(softphone.page.locator("#log li")).to_contain_text("failed")


async def test_a_call_that_cannot_begin(opens: Opens) -> None:
    """connect() itself fails."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run("double.refuses = 31401")
        await _dial(softphone, "+15005550006")
        await expect(softphone.notices()).to_contain_text("Allow it in the browser")
        await softphone.shows("idle")


async def test_a_sentence_is_dismissed(opens: Opens) -> None:
    """By its button."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run("double.device.emit('error', {code: 31486})")
        await softphone.press("Dismiss")
        await expect(softphone.notices()).to_have_count(0)


@pytest.mark.parametrize(("name", "says"), WARNINGS.items())
async def test_each_network_warning_has_words(opens: Opens, name: str, says: str) -> None:
    """They go when the SDK says that it is over."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run(f"double.call.emit('warning', '{name}')")
        await expect(softphone.page.locator("#stage-warnings")).to_contain_text(says)
        await softphone.run(f"double.call.emit('warning-cleared', '{name}')")
        await expect(softphone.page.locator("#stage-warnings")).to_be_empty()


async def test_a_call_that_reconnects_asks_for_patience(opens: Opens) -> None:
    """And says when it is back."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run("double.call.emit('reconnecting')")
        await expect(softphone.page.locator("#stage-what")).to_contain_text("stay on the line")
        await softphone.run("double.call.emit('reconnected')")
        await expect(softphone.page.locator("#stage-what")).to_have_text("In a call")


async def test_an_agent_who_is_away_can_call(opens: Opens) -> None:
    """Away means that nothing rings here, no more."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press("Away")
        await softphone.is_linked("away")
        await softphone.press("Next caller of sales")
        await softphone.until("double.calls.length === 1")
        await softphone.shows("call")


async def _dial(softphone: Softphone, number: str) -> None:
    """Writes a number and sends the form."""
    field = softphone.page.get_by_label("Number to call")
    await field.fill(number)
    await field.press("Enter")
