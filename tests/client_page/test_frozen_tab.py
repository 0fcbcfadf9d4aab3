"""A tab that the browser froze, by the browser's own command: the SDK says "registered", and calls are lost."""

from __future__ import annotations

from tests.browser.chromium import Shared
from tests.client_page.raw_browser import Tab, two_tabs
from tests.client_page.served import TokenRoute, serving

SIGN_IN = """
  document.getElementById("agent").value = "alice";
  document.getElementById("key").value = "her-key";
  document.getElementById("sign-in").requestSubmit();
"""
LINK = "document.getElementById('link').dataset.link"
NOTICES = "document.getElementById('notices').textContent"


async def test_a_frozen_tab_says_so_when_it_wakes(shared: Shared) -> None:
    """Calls did not ring here meanwhile. A new Device is registered, because the old one may only think that it is."""
    del shared  # for its event loop
    async with serving(TokenRoute()) as served, two_tabs(served.url) as (tab, _front):
        await ready(tab)
        await freeze_and_wake(tab)
        await tab.until(f"{NOTICES}.includes('Calls did not ring here in that time')")
        await tab.until("double.devices.map((device) => device.state).join() === 'destroyed,registered'")
        await tab.until(f"{LINK} === 'ready'")


async def test_a_tab_that_froze_during_a_call_keeps_the_call(shared: Shared) -> None:
    """A new Device would end it."""
    del shared  # for its event loop
    async with serving(TokenRoute()) as served, two_tabs(served.url) as (tab, _front):
        await ready(tab)
        await tab.run("double.ring(); document.getElementById('answer').click()")
        await tab.until("document.getElementById('stage-timer').textContent !== ''")
        await freeze_and_wake(tab)
        await tab.until(f"{NOTICES}.includes('The browser stopped this page')")
        assert await tab.run("double.devices.length") == 1
        assert await tab.run("document.getElementById('stage').dataset.stage") == "call"


async def ready(tab: Tab) -> None:
    """Signs in, behind another tab."""
    await tab.until("document.documentElement.dataset.started")
    assert await tab.run("document.visibilityState") == "hidden"
    await tab.run(SIGN_IN)
    await tab.until(f"{LINK} === 'ready'")


async def freeze_and_wake(tab: Tab) -> None:
    """Freezes the tab as the browser does after minutes in the background, and ends that."""
    await tab.send("Page.setWebLifecycleState", state="frozen")
    await tab.send("Page.setWebLifecycleState", state="active")
