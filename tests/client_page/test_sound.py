"""Microphone and loudspeakers: chosen, tried, lost in the middle of a call."""

from __future__ import annotations

from tests.browser.chromium import expect
from tests.client_page.softphone import Opens, Softphone

HELPER = "double.device.audio"
FAILS = "(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); }; }"


async def test_the_chosen_microphone_is_open_during_calls_only(opens: Opens) -> None:
    """The browser shows no recording between calls; the choice outlives a reload."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.page.get_by_label("Microphone", exact=True).select_option("headset")
        assert await softphone.run(f"{HELPER}.opened.length") == 0
        await softphone.in_call()
        await softphone.press("Hang up")
        assert await softphone.run(f"JSON.stringify({HELPER}.opened)") == '["headset",null]'
        await softphone.page.reload()
        await softphone.ready()
        await expect(softphone.page.get_by_label("Microphone", exact=True)).to_have_value("headset")


OPENING = "void (double.opening = new Promise((done) => (double.open = done)))"


async def test_a_call_hung_up_before_its_microphone_opens_is_not_answered(opens: Opens) -> None:
    """Nobody listens in on a person who has hung up: neither the call nor the microphone stays open."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.page.get_by_label("Microphone", exact=True).select_option("headset")
        await softphone.run(OPENING)
        await softphone.rings()
        await softphone.press("Answer")
        await softphone.press("Hang up")
        await softphone.run("double.open()")
        await softphone.until(f"{HELPER}.opened.at(-1) === null")
        assert await softphone.run("double.call.state") == "closed"
        await softphone.shows("idle")


async def test_a_call_given_up_before_it_begins_does_not_end_the_next(opens: Opens) -> None:
    """Its microphone opens late: nothing is dialled, nothing is said, and the next call stays on the page."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.page.get_by_label("Microphone", exact=True).select_option("headset")
        await softphone.run(OPENING)
        await softphone.press("Call bob")
        await softphone.press("Hang up")
        await softphone.until("double.devices.length === 2")
        await softphone.rings()
        await softphone.press("Answer")
        await softphone.run("double.open()")
        await softphone.until("double.call.state === 'open'")
        await softphone.shows("call")
        assert await softphone.run("double.calls.length") == 1
        await expect(softphone.notices()).to_have_count(0)


async def test_another_microphone_during_a_call(opens: Opens) -> None:
    """It is used at once."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.page.get_by_label("Microphone", exact=True).select_option("webcam")
        await softphone.until(f"{HELPER}.opened.join() === 'webcam'")


async def test_calls_and_ringing_may_be_heard_on_different_loudspeakers(opens: Opens) -> None:
    """The headset for the call, the desk for the ringing; a new session has them too."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.page.get_by_label("Calls are heard on").select_option("headset")
        await softphone.page.get_by_label("Ringing is heard on").select_option("desk")
        await _heard_on(softphone, "headset", "desk")
        await softphone.page.reload()
        await softphone.ready()
        await _heard_on(softphone, "headset", "desk")


async def test_a_browser_that_cannot_choose_the_loudspeaker_says_so(opens: Opens) -> None:
    """The system's settings can."""
    async with opens() as softphone:
        await softphone.run("double.outputs = false")
        await softphone.ready()
        await expect(softphone.page.get_by_label("Calls are heard on")).to_be_disabled()
        await expect(softphone.page.locator("#no-speaker-choice")).to_be_visible()


async def test_the_level_is_tried_before_a_call(opens: Opens) -> None:
    """Chromium's false microphone beeps; a call ends the try."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press("Try it")
        await softphone.until("document.getElementById('level').value > 0.02")
        await softphone.press("Stop")
        await expect(softphone.page.get_by_label("Microphone level")).to_have_js_property("value", 0)


async def test_the_level_moves_during_a_call(opens: Opens) -> None:
    """By what the SDK measures."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run("double.call.emit('volume', 0.5, 0)")
        await softphone.until("document.getElementById('level').value === 0.5")


async def test_a_microphone_lost_in_a_call_is_replaced_in_words(opens: Opens) -> None:
    """The call goes on with another one."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run(f"{HELPER}.lose('headset')")
        await expect(softphone.notices()).to_contain_text("goes on with: The default")
        await softphone.press("Hang up")
        await expect(softphone.notices()).to_have_count(0)


async def test_the_last_microphone_lost_in_a_call(opens: Opens) -> None:
    """The other side hears nothing: plug one in. When there is one again, it is used."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.in_call()
        await softphone.run(f"{HELPER}.lose('default', 'headset', 'webcam')")
        await expect(softphone.notices()).to_contain_text("the other side does not hear you")
        await softphone.run(
            f"{HELPER}.availableInputDevices.set('spare', {{deviceId: 'spare', label: 'The spare'}});"
            f"{HELPER}.emit('deviceChange', [])"
        )
        await expect(softphone.notices()).to_have_text("The microphone is gone. The call goes on with: The spare.")
        assert await softphone.run(f"{HELPER}.opened.join()") == "spare"


async def test_a_microphone_that_the_person_refuses_is_named_at_once(opens: Opens) -> None:
    """At sign-in, not in the first call."""
    async with opens() as softphone:
        await softphone.page.evaluate(FAILS, "NotAllowedError")
        await softphone.sign_in()
        await expect(softphone.notices()).to_contain_text("Allow it in the browser")


async def test_no_microphone_at_all(opens: Opens) -> None:
    """Another sentence."""
    async with opens() as softphone:
        await softphone.page.evaluate(FAILS, "NotFoundError")
        await softphone.sign_in()
        await expect(softphone.notices()).to_contain_text("plugged in")


async def _heard_on(softphone: Softphone, speaker: str, ringer: str) -> None:
    await softphone.until(
        f"{HELPER}.speakerDevices.chosen === '{speaker}' && {HELPER}.ringtoneDevices.chosen === '{ringer}'"
    )
