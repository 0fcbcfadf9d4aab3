"""Agents at the softphone page: the app, the stand-in and the unchanged SDK together, as `make run` has them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.browser.chromium import Shared
from tests.browser.served import CALLER, OPERATOR
from tests.softphone.desk import NUMBER, Desk, opening
from tests.softphone.stack import HERTZ, PHONE_HERTZ

# Whoever has a key can ask Twilio for anything: the page is the attacker's own.
FORGED = """To => {
  const params = { To, From: "client:bob", CallerId: "+15005550009", name: "Front desk", queue: "support" };
  return window.devices.at(-1).connect({ params }).then(() => {});
}"""

Opens = Callable[[], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def opens(shared: Shared, tmp_path: Path) -> Opens:
    """Opens the phone page with the whole stack."""
    return functools.partial(opening, shared, tmp_path)


async def test_a_caller_is_answered_in_the_browser(opens: Opens) -> None:
    """Number and browser ring together; both sides hear each other; the handset hangs up, and both calls end."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await desk.phone.press(CALLER, "Call the app")
        await desk.phone.key(CALLER, "1")
        await alice.shows("ringing")
        await alice.says(CALLER)
        await alice.says("Front desk")
        await desk.phone.shows(OPERATOR, "is calling")
        await alice.press("Answer")
        await alice.shows("call")
        await alice.sends_and_receives()
        await alice.hears(PHONE_HERTZ)
        await desk.handset_hears(CALLER, HERTZ["alice"])
        await desk.phone.press(CALLER, "Hang up")
        await alice.shows("idle")
        await desk.phone.shows(CALLER, "call ended: completed")


async def test_an_agent_calls_a_number(opens: Opens) -> None:
    """The handset shows the caller ID; both sides hear each other; the agent hangs up, and both calls end."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await alice.dials(CALLER)
        await desk.phone.shows(CALLER, f"{NUMBER} is calling")
        await desk.phone.press(CALLER, "Answer")
        await alice.shows("call")
        await alice.sends_and_receives()
        await alice.hears(PHONE_HERTZ)
        await desk.handset_hears(CALLER, HERTZ["alice"])
        await alice.press("Hang up")
        await alice.shows("idle")
        await desk.phone.shows(CALLER, "call ended: completed")


async def test_nobody_answers(opens: Opens) -> None:
    """The browser declines, the number does not answer: the caller leaves a message."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await desk.phone.press(CALLER, "Call the app")
        await desk.phone.key(CALLER, "1")
        await alice.shows("ringing")
        await alice.press("Decline")
        await desk.phone.press(OPERATOR, "Decline")
        await desk.phone.heard(CALLER, "Leave a message.")
        await desk.phone.press(CALLER, "Hang up")


async def test_an_agent_who_is_away_is_rung_at_the_number_alone(opens: Opens) -> None:
    """The page says so; ready again, the browser rings."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await alice.press("Away")
        await alice.is_linked("away")
        await desk.phone.press(CALLER, "Call the app")
        await desk.phone.key(CALLER, "1")
        await desk.phone.shows(OPERATOR, "is calling")
        await alice.shows("idle")
        await desk.phone.press(OPERATOR, "Answer")
        await desk.phone.key(OPERATOR, "1")
        await desk.phone.heard(CALLER, "is connected")


async def test_a_caller_of_a_queue_rings_the_browser(opens: Opens) -> None:
    """The page names the queue; the answer connects the two."""
    async with opens() as desk:
        bob = await desk.agent("bob")
        await desk.phone.press(CALLER, "Call the app")
        await desk.phone.key(CALLER, "2")
        await bob.shows("ringing")
        await bob.says("support")
        await bob.press("Answer")
        await bob.hears(PHONE_HERTZ)
        await desk.handset_hears(CALLER, HERTZ["bob"])
        await bob.press("Hang up")
        await desk.phone.shows(CALLER, "call ended")


async def test_an_agent_takes_the_next_caller(opens: Opens) -> None:
    """By the button of the queue, after the ringing was declined."""
    async with opens() as desk:
        bob = await desk.agent("bob")
        await desk.phone.press(CALLER, "Call the app")
        await desk.phone.key(CALLER, "2")
        await bob.shows("ringing")
        await bob.press("Decline")
        await bob.shows("idle")
        await bob.page.locator("#queue-buttons button").click()
        await bob.hears(PHONE_HERTZ)
        await desk.handset_hears(CALLER, HERTZ["bob"])
        await desk.phone.press(CALLER, "Hang up")
        await bob.shows("idle")


async def test_agents_call_each_other(opens: Opens) -> None:
    """The called one sees who calls."""
    async with opens() as desk:
        alice, bob = await desk.agent("alice"), await desk.agent("bob")
        await alice.press("Call bob")
        await bob.shows("ringing")
        await bob.says("alice")
        await bob.press("Answer")
        await alice.hears(HERTZ["bob"])
        await bob.hears(HERTZ["alice"])
        await bob.press("Hang up")
        await alice.shows("idle")


@pytest.mark.parametrize("to", ["+19005550123", "+870776123456", "sip:x@evil.example"])
async def test_a_costly_or_foreign_destination_is_refused_in_speech(opens: Opens, to: str) -> None:
    """Nothing is dialled; one log line, without the destination. A page of an attacker sends what it likes."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await alice.page.evaluate(FORGED, to)
        line = await desk.logged("event=client_call_refused")
        assert "agent=alice" in line
        assert to not in "".join(desk.stack.log)
        calls = desk.stack.standin.account.calls.values()
        assert [call.direction for call in calls] == ["inbound"]


async def test_the_app_restarts_during_a_call(opens: Opens) -> None:
    """The call goes on: it needs no app while two people talk."""
    async with opens() as desk:
        alice = await desk.agent("alice")
        await alice.dials(CALLER)
        await desk.phone.shows(CALLER, "is calling")
        await desk.phone.press(CALLER, "Answer")
        await alice.shows("call")
        await desk.stack.restart()
        await alice.hears(PHONE_HERTZ)
        await alice.press("Hang up")
        await desk.phone.shows(CALLER, "call ended: completed")
