"""Calls between handsets and softphones, with the unchanged SDK: who rings, what each side hears, and who ends it."""

from __future__ import annotations

import pytest

from tests.browser.chromium import expect
from tests.browser.served import CALLER, OPERATOR
from tests.softphone.stack import HERTZ, PHONE_HERTZ, PROMPT_HERTZ, Calls, Opened, Softphone

# As a browser does before the first click on a page.
SUSPENDED = """
window.AudioContext = class extends AudioContext {
  constructor() {
    super();
    this.suspend();
  }
};
"""
INCOMING, MENU, VOICE = "/api/voice/incoming", "/api/voice/menu", "/api/client/voice"
ALICE = "<Dial><Client><Identity>alice</Identity><Parameter name='queue' value='sales &amp; more'/></Client></Dial>"


async def called(calls: Calls) -> Softphone:
    """A handset calls the app, presses 1, and alice's softphone answers."""
    alice = await calls.softphone("alice")
    calls.answers(INCOMING, "<Gather numDigits='1' action='menu'><Say>Press one.</Say></Gather>")
    calls.answers(MENU, ALICE)
    await calls.phone.press(CALLER, "Call the app")
    await calls.phone.key(CALLER, "1")
    await alice.saw("incoming")
    await alice.does("accept()")
    await alice.saw("accept")
    return alice


async def test_a_handset_calls_a_softphone(opened: Opened) -> None:
    """It gets the caller and the parameters; both sides hear each other's microphone."""
    async with opened() as calls:
        alice = await called(calls)
        assert await alice.saw("incoming") == f"incoming {CALLER} queue=sales+%26+more"
        await alice.sends_and_receives()
        await alice.hears(PHONE_HERTZ)
        await calls.handset_hears(CALLER, HERTZ["alice"])
        assert not [event for event in await alice.events() if event.startswith("warning")]


async def test_the_handset_hangs_up(opened: Opened) -> None:
    """Both calls end."""
    async with opened() as calls:
        alice = await called(calls)
        await calls.phone.press(CALLER, "Hang up")
        await alice.saw("disconnect")
        await calls.phone.shows(CALLER, "call ended: completed")
        assert not [event for event in await alice.events() if "error" in event]


async def test_the_softphone_hangs_up(opened: Opened) -> None:
    """Both calls end."""
    async with opened() as calls:
        alice = await called(calls)
        await alice.does("disconnect()")
        await alice.saw("disconnect")
        await calls.phone.shows(CALLER, "call ended: completed")


async def test_a_softphone_declines(opened: Opened) -> None:
    """The caller continues with what follows the Dial."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        calls.answers(INCOMING, f"{ALICE}<Say>Nobody is here.</Say>")
        await calls.phone.press(CALLER, "Call the app")
        await alice.saw("incoming")
        await alice.does("reject()")
        await calls.phone.heard(CALLER, "Nobody is here.")


async def test_a_caller_gives_up(opened: Opened) -> None:
    """The softphone stops ringing."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        calls.answers(INCOMING, ALICE)
        await calls.phone.press(CALLER, "Call the app")
        await alice.saw("incoming")
        await calls.phone.press(CALLER, "Hang up")
        await alice.saw("cancel")


async def test_a_softphone_that_is_away_is_not_rung(opened: Opened) -> None:
    """`unregister` returns, and so does `register` after it."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        await alice.page.evaluate("device.unregister()")
        calls.answers(INCOMING, f"{ALICE}<Say>Nobody is here.</Say>")
        await calls.phone.press(CALLER, "Call the app")
        await calls.phone.heard(CALLER, "Nobody is here.")
        await alice.page.evaluate("device.register()")
        await calls.phone.shows(CALLER, "call ended")
        await calls.phone.press(CALLER, "Call the app")
        await alice.saw("incoming")


async def test_a_softphone_calls_a_handset(opened: Opened) -> None:
    """The handset rings and answers; both hear each other; the handset hangs up."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        calls.answers(VOICE, f"<Dial callerId='+15005550001'>{OPERATOR}</Dial>")
        await alice.dial(OPERATOR)
        await calls.phone.shows(OPERATOR, "+15005550001 is calling")
        await calls.phone.press(OPERATOR, "Answer")
        await alice.saw("accept")
        await alice.sends_and_receives()
        await alice.hears(PHONE_HERTZ)
        await calls.handset_hears(OPERATOR, HERTZ["alice"])
        await calls.phone.press(OPERATOR, "Hang up")
        await alice.saw("disconnect")
        (request,) = calls.stack.app.requests[VOICE]
        assert (request["From"], request["To"]) == ("client:alice", OPERATOR)


async def test_a_softphone_calls_a_softphone(opened: Opened) -> None:
    """They hear each other, and nobody else."""
    async with opened() as calls:
        alice, bob = await calls.softphone("alice"), await calls.softphone("bob")
        calls.answers(VOICE, "<Dial><Client>bob</Client></Dial>")
        await alice.dial("client:bob")
        assert await bob.saw("incoming") == "incoming client:alice "
        await bob.does("accept()")
        await alice.hears(HERTZ["bob"])
        await bob.hears(HERTZ["alice"])
        await alice.does("disconnect()")
        await bob.saw("disconnect")


async def test_a_muted_softphone_is_not_heard(opened: Opened) -> None:
    """Until it speaks again."""
    async with opened() as calls:
        alice, bob = await calls.softphone("alice"), await calls.softphone("bob")
        calls.answers(VOICE, "<Dial><Client>bob</Client></Dial>")
        await alice.dial("client:bob")
        await bob.saw("incoming")
        await bob.does("accept()")
        await bob.hears(HERTZ["alice"])
        await alice.does("mute(true)")
        await bob.hears(0)
        await alice.does("mute(false)")
        await bob.hears(HERTZ["alice"])


async def test_keys_are_input(opened: Opened) -> None:
    """A prompt is a tone; the keys end it, and reach the action."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        prompt = "<Say>" + "Please press two keys. " * 60 + "</Say>"
        calls.answers(VOICE, f"<Gather numDigits='2' action='/menu' timeout='60'>{prompt}</Gather>")
        calls.answers("/menu", "<Hangup/>")
        await alice.dial(OPERATOR)
        await alice.saw("accept")
        await alice.does("sendDigits('12')")
        await alice.saw("disconnect")
        assert [request["Digits"] for request in calls.stack.app.requests["/menu"]] == ["12"]


async def test_a_prompt_is_a_tone(opened: Opened) -> None:
    """The phone page shows the words."""
    async with opened() as calls:
        alice = await calls.softphone("alice")
        calls.answers(VOICE, "<Say>" + "A very long sentence. " * 400 + "</Say>")
        await alice.dial(OPERATOR)
        await alice.saw("accept")
        await alice.hears(PROMPT_HERTZ)
        shown = calls.phone.page.get_by_role("article", name="alice, in a browser")
        await expect(shown.get_by_role("log")).to_contain_text("A very long sentence.")
        await expect(shown.locator(".state")).to_have_text(f"ready · in a call with {OPERATOR}")


async def test_a_phone_page_that_waits_for_a_click_says_so(opened: Opened) -> None:
    """After it the softphone is heard, and hears."""
    async with opened(script=SUSPENDED) as calls:
        alice = await calls.softphone("alice")
        calls.answers(VOICE, "<Say>" + "A very long sentence. " * 400 + "</Say>")
        await alice.dial(OPERATOR)
        await alice.saw("accept")
        button = calls.phone.page.get_by_role("button", name="Let softphones be heard")
        await button.click()
        await expect(button).to_be_hidden()
        await alice.hears(PROMPT_HERTZ)


async def test_a_page_that_is_left_ends_its_call(opened: Opened) -> None:
    """The SDK hangs up."""
    async with opened() as calls:
        alice = await called(calls)
        await alice.page.goto("about:blank")
        await calls.phone.shows(CALLER, "call ended: completed")


async def test_signalling_that_is_interrupted_keeps_the_call(opened: Opened) -> None:
    """The SDK comes back with its reconnect token; the sound was never interrupted."""
    async with opened() as calls:
        alice = await called(calls)
        calls.stack.standin.interrupt_signalling()
        await alice.saw("reconnecting")
        await alice.saw("reconnected")
        await alice.hears(PHONE_HERTZ)
        await alice.does("disconnect()")
        await calls.phone.shows(CALLER, "call ended: completed")


async def test_a_phone_page_that_is_loaded_again_ends_the_softphones_calls(opened: Opened) -> None:
    """With an error that names the page; the next call works."""
    async with opened() as calls:
        alice = await called(calls)
        await calls.phone.page.reload()
        assert "53405" in await alice.saw("call error")
        await alice.saw("disconnect")
        await calls.phone.page.wait_for_selector("html[data-ready]")
        calls.answers(VOICE, "<Say>" + "A very long sentence. " * 400 + "</Say>")
        await alice.dial(OPERATOR)
        await alice.hears(PROMPT_HERTZ)


@pytest.mark.parametrize(("claims", "code"), [({"secret": "x" * 32}, 31202), ({"ttl": 0}, 20104)])
async def test_a_wrong_token_is_the_sdks_error(opened: Opened, claims: dict[str, object], code: int) -> None:
    """The page can say what it means."""
    async with opened() as calls:
        alice = await calls.open("alice")
        from tests.functional.softphones import token

        await alice.page.evaluate("token => { start(token) }", token("alice", **claims))
        assert f"device error {code} " in await alice.saw("device error")
