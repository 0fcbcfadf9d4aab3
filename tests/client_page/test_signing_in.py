"""Who gets to the desk, and what the others read."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page

from tests.browser.chromium import expect
from tests.client_page.served import TokenRoute
from tests.client_page.softphone import Opens, words


async def test_an_agent_signs_in_and_calls_ring(opens: Opens) -> None:
    """The desk shows who it is; the key went to the token route and nowhere else."""
    async with opens() as softphone:
        await softphone.ready()
        await expect(softphone.page.locator("#who-am-i")).to_have_text("Signed in as alice")
        assert softphone.served.tokens.asked == [{"agent": "alice", "key": "her-key"}]
        stored = await softphone.run("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
        assert "her-key" not in str(stored)


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, "wrong_key", "do not match"),
        (429, "slow_down", "Wait 30 seconds"),
        (501, "not_configured", "ops doctor"),
        (503, "unavailable", "in a minute"),
        (400, "bad_request", "Reload this page"),
        (418, "teapot", "(teapot). The server's own sentence."),
    ],
)
async def test_each_refusal_says_what_to_do(opens: Opens, status: int, code: str, says: str) -> None:
    """A code that the page does not know comes with the server's sentence."""
    tokens = TokenRoute(refusal=(status, {"error": "The server's own sentence.", "code": code}))
    async with opens(tokens, complains=True) as softphone:
        await _try(softphone.page)
        await expect(softphone.page.get_by_role("alert").filter(has_text=says)).to_be_visible()
        await expect(softphone.button("Sign in")).to_be_enabled()


async def test_a_refusal_is_read_in_the_persons_language(opens: Opens) -> None:
    """German browser, German sentence."""
    tokens = TokenRoute(refusal=(401, {"error": "Wrong key.", "code": "wrong_key"}))
    async with opens(tokens, locale="de-CH", complains=True) as softphone:
        await softphone.page.get_by_label("Agentenname").fill("alice")
        await softphone.page.get_by_label("Schlüssel", exact=True).fill("k")
        await softphone.press("Anmelden")
        await expect(softphone.page.locator("#sign-in-problem")).to_have_text(words("de")["refused_wrong_key"])


async def test_a_server_that_is_away_is_named(opens: Opens) -> None:
    """The network, not the key."""
    async with opens(complains=True) as softphone:
        await softphone.page.route("**/client/token", lambda route: route.abort())
        await _try(softphone.page)
        await expect(softphone.page.locator("#sign-in-problem")).to_contain_text("does not answer")


async def test_without_the_sdk_the_page_says_what_to_run(opens: Opens) -> None:
    """No form that cannot lead anywhere."""
    async with opens(sdk=None, complains=True) as softphone:
        await expect(softphone.page.locator("#missing")).to_contain_text("make client")
        await expect(softphone.page.locator("#sign-in")).to_be_hidden()


async def test_this_tab_keeps_the_sign_in_if_the_person_asks(opens: Opens) -> None:
    """After a reload one click is left, which lets the browser ring; signing out forgets it."""
    async with opens() as softphone:
        await softphone.sign_in(stay=True)
        await softphone.page.reload()
        await softphone.press("Sign in")
        await softphone.is_linked("ready")
        assert softphone.served.tokens.asked[1] == {"agent": "alice", "key": "her-key"}
        await softphone.press("Sign out")
        await softphone.page.reload()
        await expect(softphone.page.get_by_label("Key", exact=True)).to_have_value("")


async def test_signing_out_ends_the_device(opens: Opens) -> None:
    """Nothing rings any more, and the next person sees nothing of this one."""
    async with opens() as softphone:
        await softphone.ready()
        await softphone.press("Sign out")
        assert await softphone.run("double.device.state") == "destroyed"
        await expect(softphone.page.get_by_label("Key", exact=True)).to_have_value("")
        await expect(softphone.page.locator("#desk")).to_be_hidden()


async def test_an_answer_that_comes_after_signing_out_is_nobodys(opens: Opens) -> None:
    """A renewal is under way when alice signs out: no Device of hers begins, and bob gets a token of his own."""
    async with opens() as softphone:
        await softphone.ready()
        tokens = softphone.served.tokens
        tokens.may_answer.clear()
        await softphone.run("double.device.emit('tokenWillExpire')")
        await _asked(tokens, 2)
        await softphone.press("Sign out")
        await softphone.sign_in_as("bob")
        await _asked(tokens, 3)
        tokens.may_answer.set()
        await expect(softphone.page.locator("#who-am-i")).to_have_text("Signed in as bob")
        await softphone.is_linked("ready")
        assert await softphone.run("double.devices.map(({state, token}) => `${state} ${token}`).join()") == (
            "destroyed token-1,registered token-3"
        )


async def test_a_refusal_that_comes_after_signing_out_is_nobodys(opens: Opens) -> None:
    """Alice's key is revoked while bob is at the desk."""
    async with opens(complains=True) as softphone:
        await softphone.ready()
        tokens = softphone.served.tokens
        tokens.may_answer.clear()
        await softphone.run("double.device.emit('tokenWillExpire')")
        await _asked(tokens, 2)
        await softphone.press("Sign out")
        await softphone.sign_in_as("bob")
        await _asked(tokens, 3)
        tokens.refused_agents.add("alice")
        tokens.may_answer.set()
        await softphone.is_linked("ready")
        await expect(softphone.page.locator("#who-am-i")).to_have_text("Signed in as bob")


async def test_the_agents_language_is_spoken_unless_they_chose_another(opens: Opens) -> None:
    """numbers.toml says it; the switch overrules it, also after a reload."""
    async with opens(TokenRoute(language="pt")) as softphone:
        await softphone.sign_in()
        await expect(softphone.button("Disponível")).to_be_visible()
        await softphone.page.locator("#language").select_option("fr")
        await expect(softphone.button("Disponible")).to_be_visible()
        await expect(softphone.page.locator("html")).to_have_attribute("lang", "fr")
        await softphone.page.reload()
        await expect(softphone.button("Se connecter")).to_be_visible()


async def _asked(tokens: TokenRoute, times: int) -> None:
    """Waits until the page has asked for a token so many times."""
    async with asyncio.timeout(10):
        while len(tokens.asked) < times:  # noqa: ASYNC110 - the route has no event for it
            await asyncio.sleep(0.02)


async def _try(page: Page) -> None:
    """Fills in the form and sends it."""
    await page.get_by_label("Agent name").fill("alice")
    await page.get_by_label("Key", exact=True).fill("k")
    await page.get_by_role("button", name="Sign in").click()
