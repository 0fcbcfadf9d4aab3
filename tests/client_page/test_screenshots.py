"""The softphone's pictures in docs/screenshots: made anew with SCREENSHOTS=1, of a call as agents have it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.browser.chromium import Scheme, expect
from tests.client_page.softphone import Opens, Softphone

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

pytestmark = pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="pictures are made with SCREENSHOTS=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1400, 960), (1024, 1060), (400, 1000)])
async def test_the_page_is_pictured(opens: Opens, width: int, height: int, scheme: Scheme) -> None:
    """Idle, ringing and in a call: at three widths, light and dark."""
    async with opens(width=width, height=height, scheme=scheme) as softphone:
        # The one sentence that a headless browser would show and an agent's does not.
        await softphone.page.add_init_script("Object.defineProperty(Notification, 'permission', {value: 'granted'})")
        await softphone.page.reload()
        await softphone.ready()
        await _earlier_calls(softphone)
        await _picture(softphone, f"softphone-idle-{width}-{scheme}")
        await softphone.rings(number="Front desk", called="+15005550001", caller="+15005550006", queue="support")
        await _picture(softphone, f"softphone-ringing-{width}-{scheme}")
        await softphone.press("Answer")
        await softphone.run("double.call.emit('warning', 'high-rtt'); double.call.emit('volume', 0.4, 0.4)")
        await _picture(softphone, f"softphone-call-{width}-{scheme}")


async def _earlier_calls(softphone: Softphone) -> None:
    """A missed call and an answered one, for the log."""
    await softphone.rings(number="Front desk", caller="+15005550007")
    await softphone.run("double.call.close('cancel')")
    await softphone.rings("client:bob")
    await softphone.press("Answer")
    await softphone.press("Hang up")
    await expect(softphone.page.locator("#log li")).to_have_count(2)


async def _picture(softphone: Softphone, name: str) -> None:
    await asyncio.to_thread(FOLDER.mkdir, exist_ok=True)
    picture = FOLDER / f"{name}.png"
    await softphone.page.evaluate("scrollTo(0, 0)")
    await softphone.page.screenshot(path=picture)
    assert picture.stat().st_size > 10_000
