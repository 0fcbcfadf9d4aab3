"""The page with Twilio's own SDK, unchanged, against a signalling server on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from switchboard.client import files
from tests.browser.chromium import expect
from tests.client_page.signalling import LOCAL_SCRIPT, RECEIVED, Signalling
from tests.client_page.softphone import Opens, Softphone

pytestmark = pytest.mark.skipif(
    not files.SDK.exists() and os.environ.get("CI") != "true", reason="the SDK is not installed: run make client"
)


@asynccontextmanager
async def real(
    opens: Opens, *, ttl: int = 3600, complains: bool = False
) -> AsyncIterator[tuple[Softphone, Signalling]]:
    """The page with the SDK, and a far end. No error in the console, and no request to another host, by Opens."""
    signalling = Signalling(ttl=ttl)
    page = opens(sdk=files.SDK, more=[signalling.route()], local_script=LOCAL_SCRIPT, complains=complains)
    async with page as softphone:
        signalling.far = await softphone.page.context.new_page()
        await signalling.far.goto(f"{softphone.served.url}/icon.svg")
        await softphone.page.bring_to_front()
        yield softphone, signalling


async def test_it_registers_with_the_token(opens: Opens) -> None:
    """And fetches its fifteen sounds from here."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        assert signalling.last("listen")["token"] == "token-1"
        assert signalling.kinds() == ["listen", "register"]
        assert await softphone.run("Twilio.Device.version") == "2.18.5"


async def test_an_incoming_call_is_answered_and_carries_sound_both_ways(opens: Opens) -> None:
    """With the parameters of the TwiML; the caller ends it."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await signalling.ring(caller="%2B15005550006", number="Front%20desk", called="%2B15005550001", queue="support")
        await softphone.shows("ringing")
        await expect(softphone.page.locator("#stage-who")).to_have_text("+15005550006")
        await expect(softphone.page.locator("#stage-number")).to_have_text("Called: Front desk (+15005550001)")
        await softphone.press("Answer")
        await expect(softphone.page.locator("#stage-what")).to_have_text("In a call")
        await packets_arrive(signalling)
        # The false microphone beeps, so the level moves.
        await softphone.until("document.getElementById('level').value > 0")
        await signalling.send("hangup", callsid="CA2")
        await softphone.shows("idle")
        await expect(softphone.page.locator("#log li")).to_contain_text("incoming · 0:0")


async def test_an_incoming_call_is_declined(opens: Opens) -> None:
    """The server hears so."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await signalling.ring()
        await softphone.shows("ringing")
        await softphone.press("Decline")
        await softphone.shows("idle")
        await until(signalling, "reject")
        assert signalling.last("reject") == {"callsid": "CA2"}


async def test_a_caller_who_gives_up(opens: Opens) -> None:
    """It stops ringing, and is in the log."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await signalling.ring()
        await softphone.shows("ringing")
        await signalling.send("cancel", callsid="CA2")
        await softphone.shows("idle")
        await expect(softphone.page.locator("#log li")).to_contain_text("not answered here")


async def test_an_outgoing_call_with_keys_and_mute(opens: Opens) -> None:
    """To the queue; keys arrive; hanging up ends it at the server."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await softphone.press("Next caller of support")
        await expect(softphone.page.locator("#stage-what")).to_have_text("In a call")
        assert signalling.last("invite")["twilio"] == {"params": "To=queue%3Asupport"}
        await packets_arrive(signalling)
        await softphone.page.keyboard.press("4")
        await until(signalling, "dtmf")
        assert signalling.last("dtmf")["dtmf"] == "4"
        await softphone.press("Mute")
        await expect(softphone.button("Unmute")).to_be_visible()
        await softphone.press("Hang up")
        await until(signalling, "hangup")
        await softphone.shows("idle")


async def test_away_and_ready_again(opens: Opens) -> None:
    """Over the one connection."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await softphone.press("Away")
        await softphone.is_linked("away")
        await softphone.press("Ready")
        await softphone.is_linked("ready")
        assert registrations(signalling) == [True, False, True]
        assert signalling.kinds().count("listen") == 1


async def test_a_new_token_while_ready(opens: Opens) -> None:
    """A minute before the end the SDK asks, and goes on with the new one."""
    async with real(opens, ttl=62) as (softphone, signalling):
        await softphone.ready()
        signalling.ttl = 3600
        await until(signalling, "listen", times=2)
        assert signalling.last("listen")["token"] == "token-2"
        await softphone.is_linked("ready")


async def test_a_new_token_while_away(opens: Opens) -> None:
    """Whatever the SDK does with it, the agent is not registered in the end."""
    async with real(opens, ttl=62) as (softphone, signalling):
        await softphone.ready()
        await softphone.press("Away")
        await softphone.is_linked("away")
        signalling.ttl = 3600
        await until(signalling, "listen", times=2)
        await asyncio.sleep(0.5)
        await softphone.is_linked("away")
        assert registrations(signalling)[-1] is False


async def test_an_expired_token_is_replaced_before_the_sdk_registers(opens: Opens) -> None:
    """The SDK would wait for ever: the page gives it another one, over the same connection."""
    async with real(opens, complains=True) as (softphone, signalling):
        signalling.expired.add("token-1")
        await softphone.ready()
        assert signalling.last("listen")["token"] == "token-2"
        await expect(softphone.notices()).to_have_count(0)


async def test_a_call_that_loses_the_server_goes_on(opens: Opens) -> None:
    """Sound flows between the ends; the page asks for patience, and the SDK connects again."""
    async with real(opens, complains=True) as (softphone, signalling):
        await softphone.ready()
        await signalling.ring()
        await softphone.press("Answer")
        await packets_arrive(signalling)
        assert signalling.socket is not None
        await signalling.socket.close(code=1001)
        await expect(softphone.page.locator("#stage-what")).to_contain_text("stay on the line")
        await until(signalling, "listen", times=2)
        await softphone.shows("call")


async def test_the_chosen_microphone_is_used_and_closed_again(opens: Opens) -> None:
    """Chromium has several false ones."""
    async with real(opens) as (softphone, signalling):
        await softphone.page.add_init_script(TRACKS)
        await softphone.page.reload()
        await softphone.ready()
        choice = softphone.page.get_by_label("Microphone", exact=True)
        await choice.select_option(index=1)
        chosen = await choice.input_value()
        await softphone.press("Call bob")
        await packets_arrive(signalling)
        assert await softphone.run(OPEN) == [chosen]
        await softphone.press("Hang up")
        await until(signalling, "hangup")
        await softphone.until(f"({OPEN}).length === 0")


async def test_closing_the_page_during_a_call_is_asked_about(opens: Opens) -> None:
    """The call would end."""
    async with real(opens) as (softphone, signalling):
        await softphone.ready()
        await softphone.press("Call bob")
        await packets_arrive(signalling)
        async with softphone.page.expect_event("dialog") as waiting:
            await softphone.page.close(run_before_unload=True)
        dialog = await waiting.value
        assert dialog.type == "beforeunload"
        await dialog.dismiss()
        await softphone.shows("call")


async def test_a_server_that_goes_and_comes_back(opens: Opens) -> None:
    """The SDK connects again and registers; the page says both."""
    async with real(opens, complains=True) as (softphone, signalling):
        await softphone.ready()
        assert signalling.socket is not None
        await signalling.socket.close(code=1001)
        await until(signalling, "listen", times=2)
        await until(signalling, "register", times=2)
        await softphone.is_linked("ready")
        await expect(softphone.notices()).to_have_count(0)


async def test_a_microphone_that_is_refused(opens: Opens) -> None:
    """The call ends with a sentence that says where to allow it."""
    async with real(opens, complains=True) as (softphone, signalling):
        await softphone.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }"
        )
        await softphone.page.reload()
        await softphone.ready()
        await signalling.ring()
        await softphone.shows("ringing")
        await softphone.press("Dismiss")
        await softphone.press("Answer")
        await expect(softphone.notices()).to_contain_text("(31401)")
        await softphone.shows("idle")
        await expect(softphone.page.locator("#log li")).to_contain_text("failed")


# The microphones that are open, by their ids: the test keeps each track that the page was given.
OPEN = "[...new Set(window.tracks.filter((t) => t.readyState === 'live').map((t) => t.getSettings().deviceId))]"
TRACKS = """
  window.tracks = [];
  const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await get(wanted);
    window.tracks.push(...stream.getAudioTracks());
    return stream;
  };
"""


def registrations(signalling: Signalling) -> list[bool]:
    """The softphone's registrations, in order: True to be rung, False to be rung no more."""
    return [payload["media"] == {"audio": True} for kind, payload in signalling.seen if kind == "register"]


async def packets_arrive(signalling: Signalling) -> None:
    """The far end receives the softphone's sound."""
    assert signalling.far is not None
    async with asyncio.timeout(10):
        while await signalling.far.evaluate(RECEIVED) < 20:  # noqa: ASYNC110 - statistics have no event
            await asyncio.sleep(0.1)


async def until(signalling: Signalling, kind: str, times: int = 1) -> None:
    """Waits for a message over the wire."""
    async with asyncio.timeout(10):
        while signalling.kinds().count(kind) < times:  # noqa: ASYNC110 - the list has no event
            await asyncio.sleep(0.02)
