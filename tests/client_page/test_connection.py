"""Registered or not: presence, tokens, reconnecting, a register() that hangs, and a tab that the browser froze."""

from __future__ import annotations

import pytest

from tests.browser.chromium import expect
from tests.client_page.served import TokenRoute
from tests.client_page.softphone import Opens

MINUTE = 60_000


async def test_away_unregisters_and_says_that_the_number_still_rings(opens: Opens) -> None:
    """The browser is not rung; ready registers again."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press("Away")
        await softphone.is_linked("away")
        assert await softphone.run("double.device.state") == "unregistered"
        await expect(softphone.page.locator("#link-state")).to_contain_text("telephone number, it still rings")
        await softphone.press("Ready")
        await softphone.is_linked("ready")
        assert await softphone.run("double.device.state") == "registered"
        assert await softphone.run("double.devices.length") == 1


async def test_away_stays_away_when_the_sdk_registers_by_itself(opens: Opens) -> None:
    """It does so after a new token: it remembers that it was registered once."""
    async with opens(clock=True) as softphone:
        await softphone.ready()
        await softphone.press("Away")
        await softphone.run("double.registersAgain = true")
        await softphone.run("double.device.emit('tokenWillExpire')")
        await softphone.until("double.device.tokens.length === 1")
        await softphone.is_linked("away")
        assert await softphone.run("double.device.state") == "unregistered"


async def test_the_token_is_renewed_while_idle(opens: Opens) -> None:
    """Five minutes before its end, without a new Device."""
    async with opens(clock=True) as softphone:
        await softphone.ready()
        await softphone.page.clock.fast_forward(54 * MINUTE)
        # The page takes that jump for a sleep and begins anew; the token is good for six minutes still.
        await softphone.until("double.devices.length === 2 && double.device.state === 'registered'")
        assert len(softphone.served.tokens.asked) == 1
        # Requests in flight time out when the clock runs, and are made again: the token's number is not known.
        await softphone.page.clock.run_for(2 * MINUTE)
        await softphone.until("double.device.tokens.length > 0")
        assert await softphone.run("double.device.made") == "token-1"
        assert await softphone.run("double.devices.length") == 2


async def test_the_sdks_own_warning_renews_the_token(opens: Opens) -> None:
    """tokenWillExpire, a minute before the end."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run("double.device.emit('tokenWillExpire')")
        await softphone.until("double.device.token === 'token-2'")
        assert await softphone.run("double.device.options.tokenRefreshMs") == MINUTE


async def test_during_a_call_the_token_is_renewed_in_its_last_minute_only(opens: Opens) -> None:
    """A renewal may cost a second of sound."""
    async with opens(TokenRoute(expires_in=180), clock=True) as softphone:
        await softphone.page.clock.pause_at(await softphone.page.evaluate("Date.now() + 1000"))
        await softphone.sign_in()
        await softphone.page.clock.run_for(500)
        asked = len(softphone.served.tokens.asked)
        await softphone.in_call()
        await softphone.page.clock.run_for(60_000)
        assert len(softphone.served.tokens.asked) == asked
        await softphone.page.clock.run_for(60_000)
        await softphone.until("double.device.tokens.length > 0")
        await softphone.shows("call")


async def test_a_computer_that_slept_gets_a_new_token_before_it_registers(opens: Opens) -> None:
    """The SDK hangs on an expired one."""
    async with opens(clock=True) as softphone:
        await softphone.ready()
        await softphone.page.clock.fast_forward(120 * MINUTE)
        await softphone.page.clock.run_for(2_000)
        await softphone.is_linked("ready")
        assert await softphone.run("double.devices.map((device) => device.made).join()") == "token-1,token-2"
        await expect(softphone.notices()).to_contain_text("The browser stopped this page at")


async def test_the_page_shows_when_the_connection_was_last_seen_alive(opens: Opens) -> None:
    """It moves while registered, and stands still while not."""
    async with opens(clock=True) as softphone:
        await softphone.ready()
        heard = softphone.page.locator("#link-heard")
        first = await heard.inner_text()
        await softphone.page.clock.run_for(5_000)
        await expect(heard).not_to_have_text(first)
        await softphone.run("double.device.drop()")
        last = await heard.inner_text()
        await softphone.page.clock.run_for(5_000)
        await expect(heard).to_have_text(last)


async def test_a_register_that_hangs_is_begun_anew(opens: Opens) -> None:
    """With a new Device, after fifteen seconds; the sentence goes when it worked."""
    async with opens(clock=True) as softphone:
        await softphone.run("double.hangs = true")
        await softphone.sign_in()
        await softphone.is_linked("connecting")
        await softphone.page.clock.run_for(16_000)
        await softphone.until("double.devices.length === 2")
        await expect(softphone.notices()).to_contain_text("Twilio does not answer")
        await softphone.run("double.hangs = false")
        await softphone.page.clock.run_for(31_000)
        await softphone.is_linked("ready")
        await expect(softphone.notices()).to_have_count(0)


async def test_a_lost_connection_is_the_sdks_to_restore(opens: Opens) -> None:
    """The page says so and does not register itself."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run("double.device.emit('error', {code: 31005}); double.device.drop()")
        await softphone.is_linked("reconnecting")
        await expect(softphone.notices()).to_contain_text("The page connects again by itself")
        await softphone.run("double.device.comeBack()")
        await softphone.is_linked("ready")
        await expect(softphone.notices()).to_have_count(0)
        assert await softphone.run("double.devices.length") == 1


async def test_a_connection_that_stays_lost_is_begun_anew(opens: Opens) -> None:
    """After 45 seconds."""
    async with opens(clock=True) as softphone:
        await softphone.ready()
        await softphone.run("double.device.drop()")
        await softphone.page.clock.run_for(46_000)
        await softphone.until("double.devices.length === 2")
        await softphone.is_linked("ready")


@pytest.mark.parametrize("code", [20104, 31205, 20101, 31202, 31204])
async def test_a_token_that_twilio_refuses_is_replaced(opens: Opens, code: int) -> None:
    """Once, without a word."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run(f"double.device.emit('error', {{code: {code}}})")
        await softphone.until("double.device.token === 'token-2'")
        await expect(softphone.notices()).to_have_count(0)


async def test_a_token_that_is_refused_again_needs_a_person(opens: Opens) -> None:
    """No endless renewing; ready tries again with a new token."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.run("double.device.emit('error', {code: 20101})")
        await softphone.until("double.device.token === 'token-2'")
        await softphone.run("double.device.emit('error', {code: 20101})")
        await softphone.is_linked("closed")
        await expect(softphone.notices()).to_contain_text("ops doctor")
        assert len(softphone.served.tokens.asked) == 2
        await softphone.press("Ready")
        await softphone.is_linked("ready")
        assert await softphone.run("double.device.made") == "token-3"


async def test_a_revoked_key_ends_the_session(opens: Opens) -> None:
    """At the next renewal: the form says why."""
    tokens = TokenRoute()
    async with opens(tokens, complains=True) as softphone:
        await softphone.ready()
        tokens.refusal = (401, {"error": "", "code": "wrong_key"})
        await softphone.run("double.device.emit('tokenWillExpire')")
        await expect(softphone.page.locator("#sign-in-problem")).to_contain_text("do not match")
        assert await softphone.run("double.device.state") == "destroyed"


async def test_a_revoked_key_does_not_end_a_call(opens: Opens) -> None:
    """The session ends when the call has."""
    tokens = TokenRoute()
    async with opens(tokens, complains=True) as softphone:
        await softphone.ready()
        await softphone.in_call()
        tokens.refusal = (401, {"error": "", "code": "wrong_key"})
        await softphone.run("double.device.emit('tokenWillExpire')")
        await expect(softphone.notices()).to_contain_text("could not be renewed")
        await softphone.shows("call")


async def test_a_token_route_that_is_away_is_asked_again(opens: Opens) -> None:
    """The sentence goes when it answered."""
    tokens = TokenRoute(expires_in=200)
    async with opens(tokens, clock=True, complains=True) as softphone:
        tokens.refusal = None
        await softphone.sign_in()
        tokens.refusal = (503, {"error": "", "code": "unavailable"})
        await softphone.page.clock.run_for(20_000)
        await expect(softphone.notices().filter(has_text="could not be renewed")).to_be_visible()
        tokens.refusal, tokens.expires_in = None, 3600
        await softphone.page.clock.run_for(20_000)
        await expect(softphone.notices()).to_have_count(0)
        await softphone.is_linked("ready")


async def test_the_device_gets_the_options_that_keep_it_quiet_and_safe(opens: Opens) -> None:
    """No events to Twilio's gateway, our own sounds, a question before a call is closed."""
    async with opens() as softphone:
        await softphone.ready()
        options = await softphone.page.evaluate("double.device.options")
        origin = softphone.served.url.removesuffix("/api/client")
        assert options["publishEvents"] is False
        assert options["closeProtection"] is True
        assert options["enableImprovedSignalingErrorPrecision"] is True
        assert options["edge"] == "roaming"
        assert options["codecPreferences"] == ["opus", "pcmu"]
        assert len(options["sounds"]) == 15
        assert all(url.startswith(f"{origin}/api/client/") for url in options["sounds"].values())


async def test_a_date_to_retry_after_keeps_the_pages_own_pace(opens: Opens) -> None:
    """A proxy in front of the app may answer with one: the page does not ask each second."""
    tokens = TokenRoute(expires_in=200, retry_after="Sat, 28 Nov 2026 12:00:00 GMT")
    async with opens(tokens, clock=True, complains=True) as softphone:
        await softphone.ready()
        tokens.refusal = (429, {"error": "", "code": "slow_down"})
        await softphone.page.clock.run_for(20_000)
        await expect(softphone.notices()).to_have_count(1)
        asked = len(tokens.asked)
        for _ in range(5):
            await softphone.page.clock.run_for(1_000)
            await softphone.page.evaluate("fetch('client/main.js').then((answer) => answer.text())")
        assert len(tokens.asked) - asked <= 1
