"""A page without a browser: receives the feed's events, and posts the actions at handsets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp

from local.twilio.options import Pace
from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import App, running, session_with_key

CALLER = "+15005550006"
OPERATOR = "+15005550009"
# Prompts take almost no time; a Gather's timeout of five seconds takes half a second.
QUICK = Pace(step=0.01, ring=0.01, longest_wait=0.005, hearing=0.001, waiting=0.1, grace=0.05)
SLOW_PROMPTS = Pace(step=0.01, ring=0.01, longest_wait=0.005, hearing=60, waiting=0.1)


class Page:
    """An open page: `events` are all events of the feed, `phones` the latest state of each handset."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.snapshot: dict[str, Any] = {}
        self.phones: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, Any]] = []
        self._session = session
        self._url = url
        self._received = asyncio.Event()

    async def listen(self, opened: asyncio.Event) -> None:
        """Receive the feed until its end."""
        async with self._session.get(f"{self._url}/standin/feed") as response:
            kind = ""
            async for raw in response.content:
                name, _, value = raw.decode().strip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    self._receive(kind, json.loads(value))
                    opened.set()

    async def do(self, number: str, act: str, **body: object) -> int:
        """Post an action at a handset, and return the status."""
        url = f"{self._url}/standin/phones/{quote(number)}/{act}"
        async with self._session.post(url, json=body) as response:
            await response.read()
            return response.status

    async def until(self, number: str, **shown: object) -> dict[str, Any]:
        """Wait until a handset's screen has these values, 5 s at most, and return the screen."""
        async with asyncio.timeout(5):
            while not self._shows(number, shown):
                self._received.clear()
                await self._received.wait()
        return self.screen(number)

    async def until_published(self, kind: str, count: int = 1) -> list[Any]:
        """Wait for so many events of a kind, and return their data."""
        async with asyncio.timeout(5):
            while len(self.of_kind(kind)) < count:
                self._received.clear()
                await self._received.wait()
        return self.of_kind(kind)

    def of_kind(self, kind: str) -> list[Any]:
        """The data of all events of a kind."""
        return [data for name, data in self.events if name == kind]

    def screen(self, number: str) -> dict[str, Any]:
        """The call on a handset's screen."""
        return self.phones[number]["call"] or {}

    def notes(self, number: str, kind: str) -> list[str]:
        """Lines of a kind in a handset's transcript."""
        return [note["text"] for note in self.screen(number)["notes"] if note["kind"] == kind]

    def _shows(self, number: str, shown: dict[str, object]) -> bool:
        screen = self.phones.get(number, {}).get("call") or {}
        return all(screen.get(name) == value for name, value in shown.items())

    def _receive(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append((kind, data))
        if kind == "snapshot":
            self.snapshot = data
            self.phones = {phone["number"]: phone for phone in data["phones"]}
        if kind == "phone":
            self.phones[data["number"]] = data
        self._received.set()


@asynccontextmanager
async def opened(standin: StandIn) -> AsyncIterator[Page]:
    """A page, from its first event until it is closed."""
    async with session_with_key(standin) as session:
        page, ready = Page(session, standin.url), asyncio.Event()
        listening = asyncio.create_task(page.listen(ready))
        try:
            await asyncio.wait_for(ready.wait(), 5)
            yield page
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def at_the_page(**changes: object) -> AsyncIterator[tuple[App, StandIn, Page]]:
    """An app, the stand-in for it, and an open page."""
    async with running(**({"pace": QUICK} | changes)) as (app, standin), opened(standin) as page:
        yield app, standin, page
