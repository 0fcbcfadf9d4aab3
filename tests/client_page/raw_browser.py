"""A Chromium by DevTools alone: Playwright keeps every tab visible, and a visible tab is never frozen."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.browser.chromium import ARGUMENTS, CHROMIUM

STARTS_SECONDS = 20
ANSWERS_SECONDS = 10


@dataclass
class Tab:
    """One tab, commanded by the DevTools protocol."""

    socket: aiohttp.ClientWebSocketResponse
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def send(self, method: str, **parameters: object) -> dict[str, object]:
        """Sends a command and returns its result."""
        number = next(self.numbers)
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(ANSWERS_SECONDS):
            while True:
                answer = json.loads(await self.socket.receive_str())
                if answer.get("id") == number:
                    assert "error" not in answer, answer
                    result: dict[str, object] = answer["result"]
                    return result

    async def run(self, script: str) -> object:
        """Runs a line of JavaScript and returns its value."""
        answer = await self.send("Runtime.evaluate", expression=script, returnByValue=True, userGesture=True)
        found = answer["result"]
        assert isinstance(found, dict), answer
        return found.get("value")

    async def until(self, script: str) -> None:
        """Waits until this holds."""
        async with asyncio.timeout(ANSWERS_SECONDS):
            while not await self.run(script):  # noqa: ASYNC110 - the page has no event for it
                await asyncio.sleep(0.05)


@asynccontextmanager
async def two_tabs(url: str) -> AsyncIterator[tuple[Tab, Tab]]:
    """Opens the URL in one tab, and an empty page in a second one, which is in front."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        arguments = [*ARGUMENTS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
        process = await asyncio.create_subprocess_exec(
            CHROMIUM, *arguments, "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            port = await _port(Path(folder) / "DevToolsActivePort")
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                first, second = await _open(session), await _open(session)
                await first.send("Page.navigate", url=url)
                yield first, second
        finally:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STARTS_SECONDS)


async def _port(file: Path) -> str:
    """Returns the port that Chromium has chosen, when it has."""
    async with asyncio.timeout(STARTS_SECONDS):
        while not file.exists() or not file.read_text().strip():  # noqa: ASYNC110, ASYNC240 - a file of another process
            await asyncio.sleep(0.05)
    return file.read_text().splitlines()[0]  # noqa: ASYNC240


async def _open(session: aiohttp.ClientSession) -> Tab:
    async with session.put("/json/new?about:blank") as answer:
        target = await answer.json()
    return Tab(await session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0))
