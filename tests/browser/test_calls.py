"""Calls in the browser, through the app's own functions: from the first key to the last word."""

from __future__ import annotations

import asyncio
import io
import wave

from local.twilio.options import Pace
from tests.browser.chromium import Browser, Opened, expect
from tests.browser.served import CALLER, OPERATOR

# One second of ringing instead of the app's twenty.
IMPATIENT = Pace(step=0.05, ring=0.05, longest_wait=0.05, hearing=0.02, waiting=0.05)


async def test_a_call_goes_from_the_menu_to_the_operator_and_ends(opened: Opened) -> None:
    """Call, menu, key 1, the operator's handset rings and answers: both show the call, and its end."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.heard(CALLER, "Thank you for calling.")
        await browser.heard(CALLER, "For the operator, press 1.")
        await browser.key(CALLER, "1")
        await browser.shows(OPERATOR, f"{CALLER} is calling")
        await browser.press(OPERATOR, "Answer")
        await browser.heard(OPERATOR, "Press any key to accept.")
        await browser.key(OPERATOR, "1")
        await browser.shows(CALLER, "in a call with +15005550001, connected")
        await browser.shows(OPERATOR, f"in a call with {CALLER}, connected")
        await browser.press(OPERATOR, "Hang up")
        await browser.shows(OPERATOR, "call ended: completed")
        await browser.shows(CALLER, "call ended: completed")


async def test_what_one_says_the_other_reads(opened: Opened) -> None:
    """A conversation by keyboard, in both transcripts."""
    async with opened() as browser:
        await connect(browser)
        said = browser.handset(CALLER).get_by_label("Say something at")
        await said.fill("Good morning")
        await said.press("Enter")
        await browser.heard(OPERATOR, "Good morning")


async def test_a_declined_operator_leads_to_the_voicemail(opened: Opened) -> None:
    """It rings once more; then the caller hears the sentence, leaves a message, and hears thanks."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.shows(OPERATOR, "is calling")
        await browser.press(OPERATOR, "Decline")
        await browser.shows(OPERATOR, "is calling")
        await browser.press(OPERATOR, "Decline")
        await browser.heard(CALLER, "Nobody could take your call.")
        message = browser.handset(CALLER).get_by_placeholder("Your message after the beep")
        await message.fill("Please call me back tomorrow")
        await browser.press(CALLER, "Leave it")
        await browser.heard(CALLER, "Thank you, we have your message.")
        await browser.shows(CALLER, "call ended")
        (recording,) = browser.stack.standin.account.recordings.values()
        assert recording.text == "Please call me back tomorrow"


async def test_a_message_by_microphone_has_its_sound(opened: Opened) -> None:
    """Recorded from the beep until the hash key, and played by the recording's URL."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "3")
        await browser.press(CALLER, "Use the microphone")
        await expect(browser.handset(CALLER).get_by_role("button", name="Stop, and leave it")).to_be_visible()
        await asyncio.sleep(0.5)
        await browser.press(CALLER, "#")
        await browser.heard(CALLER, "Thank you, we have your message.")
        (recording,) = browser.stack.standin.account.recordings.values()
        with wave.open(io.BytesIO(recording.wav)) as sound:
            assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
            assert sound.getnframes() > 0


async def test_a_ringing_operator_times_out(opened: Opened) -> None:
    """The Dial's timeout passes, the ringing stops, and the voicemail answers."""
    async with opened(pace=IMPATIENT) as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "1")
        await browser.shows(OPERATOR, "call ended: no-answer")
        await browser.heard(CALLER, "Please leave a message after the beep")


async def test_a_caller_waits_with_music_until_an_agent_comes(opened: Opened) -> None:
    """Queue and agent: a command calls the agent, who gets the waiting caller."""
    async with opened() as browser:
        await browser.press(CALLER, "Call the app")
        await browser.key(CALLER, "2")
        await browser.heard(CALLER, "You are next in the line.")
        url = "https://voice.example.com/api/voice/agent"
        await browser.stack.push("call-outbox", id="agent-1", to=OPERATOR, url=url)
        await browser.press(OPERATOR, "Answer")
        await browser.heard(OPERATOR, "For the next caller, press 1.")
        await browser.key(OPERATOR, "1")
        await browser.shows(CALLER, "connected")
        await browser.shows(OPERATOR, "connected")
        await browser.press(CALLER, "Hang up")
        await browser.heard(OPERATOR, "The call has ended")


async def test_the_keyboards_digits_press_the_keys(opened: Opened) -> None:
    """No pointer: the call is placed, answered into and ended from the keyboard alone."""
    async with opened() as browser:
        await browser.handset(CALLER).get_by_role("button", name="Call the app").focus()
        await browser.page.keyboard.press("Enter")
        await browser.heard(CALLER, "Thank you for calling.")
        await browser.asked_for_keys(CALLER)
        await browser.handset(CALLER).get_by_role("log", name="Call of").focus()
        await browser.page.keyboard.press("4")
        await browser.heard(CALLER, "pressed 4")
        await browser.heard(CALLER, "We have sent you a text.")


async def connect(browser: Browser) -> None:
    """Caller and operator speak."""
    await browser.press(CALLER, "Call the app")
    await browser.key(CALLER, "1")
    await browser.shows(OPERATOR, "is calling")
    await browser.press(OPERATOR, "Answer")
    await browser.key(OPERATOR, "1")
    await browser.shows(OPERATOR, "connected")
