"""The sound of softphones: the phone page holds a WebRTC connection per call, and mixes what the stand-in connects.

The oldest page that is open holds all calls, so that any two of them can be connected. The page's own wire is JSON:
`{"n", "do", "call", …}` to it, and `{"n", "sdp"}` or `{"n", "error"}` back; `{"lost": call}` when a connection fails.
Every page also gets `{"softphones": [{"identity", "devices", "call"}]}`, which it shows beside the handsets.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType, web

ANSWER_SECONDS = 10
NO_PAGE = "open the phone page, which carries the sound of softphones, and call again"
PAGE_CLOSED = "the phone page, which carried the sound of the call, was closed or loaded again"
CONNECTION_LOST = "the sound's connection between the softphone and the phone page is lost"


class AudioError(Exception):
    """A call has no sound; the message is a sentence for people."""


class AudioPage:
    """One open page, by its WebSocket."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[str]] = {}

    async def ask(self, action: str, **values: str) -> str:
        """Ask the page for something, and return the session description that it answers. Raises AudioError."""
        number = next(self._numbers)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._socket.send_str(json.dumps({"n": number, "do": action, **values}))
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except ConnectionError as error:
            raise AudioError(PAGE_CLOSED) from error
        except TimeoutError as error:
            raise AudioError(f"the phone page does not answer within {ANSWER_SECONDS} s") from error
        finally:
            self._waiting.pop(number, None)

    async def show(self, softphones: object) -> None:
        """Show these softphones. A page that has gone shows nothing."""
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps({"softphones": softphones}))

    def take(self, message: dict[str, Any]) -> None:
        """Take the page's answer."""
        answer = self._waiting.get(message.get("n", 0))
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(AudioError(f"the phone page cannot carry the sound: {message['error']}"))
        else:
            answer.set_result(str(message.get("sdp", "")))

    async def end(self) -> None:
        """Close the connection."""
        await self._socket.close()

    def close(self) -> None:
        """Fail everything that waits for an answer."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(AudioError(PAGE_CLOSED))


class Audio:
    """The sound of all softphone calls. `on_lost` is called with a call's SID, "" for all calls, and the reason."""

    def __init__(self, start: Callable[[Any], object]) -> None:
        self.on_lost: Callable[[str, str], None] = lambda _, __: None
        self._start = start
        self._pages: list[AudioPage] = []
        self._links: set[frozenset[str]] = set()
        self._softphones: object = []

    def routes(self) -> list[web.RouteDef]:
        """Return the route of the page's WebSocket."""
        return [web.get("/standin/audio", self._serve, allow_head=False)]

    def show(self, softphones: object) -> None:
        """Show these softphones on every page, also on one that is opened later."""
        self._softphones = softphones
        for page in self._pages:
            self._start(page.show(softphones))

    async def offer(self, call: str) -> str:
        """Return the offer for a softphone that is rung. Raises AudioError."""
        return await self._ask("offer", call=call)

    async def answer(self, call: str, sdp: str) -> str:
        """Return the answer to the offer of a softphone that calls or restarts ICE. Raises AudioError."""
        return await self._ask("answer", call=call, sdp=sdp)

    async def accept(self, call: str, sdp: str) -> None:
        """Take the answer of a softphone that was rung. Raises AudioError."""
        await self._ask("accept", call=call, sdp=sdp)

    def connect(self, one: str, other: str) -> None:
        """Connect two ends, each a call's SID or a handset's number."""
        pair = frozenset((one, other))
        if pair not in self._links:
            self._links.add(pair)
            self._tell("connect", one=one, other=other)

    def disconnect(self, one: str, other: str) -> None:
        """Disconnect two ends."""
        pair = frozenset((one, other))
        if pair in self._links:
            self._links.discard(pair)
            self._tell("disconnect", one=one, other=other)

    def play(self, call: str, kind: str) -> None:
        """Play a tone, or with `music` a soft pattern, until `quiet`."""
        self._tell("play", call=call, kind=kind)

    def quiet(self, call: str) -> None:
        """End the tone."""
        self._tell("quiet", call=call)

    def close(self, call: str) -> None:
        """Close a call's connection."""
        self._links = {pair for pair in self._links if call not in pair}
        self._tell("close", call=call)

    async def end(self) -> None:
        """Close the pages' connections."""
        for page in list(self._pages):
            await page.end()

    async def _ask(self, action: str, **values: str) -> str:
        if not self._pages:
            raise AudioError(NO_PAGE)
        return await self._pages[0].ask(action, **values)

    def _tell(self, action: str, **values: str) -> None:
        """Ask for something whose answer nobody waits for."""
        if self._pages:
            self._start(_ignoring_errors(self._pages[0].ask(action, **values)))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=ANSWER_SECONDS)
        await socket.prepare(request)
        page = AudioPage(socket)
        self._pages.append(page)
        await page.show(self._softphones)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(page, message.data)
        finally:
            self._remove(page)
        return socket

    def _take(self, page: AudioPage, text: str) -> None:
        message = json.loads(text)
        if "lost" in message:
            self.on_lost(str(message["lost"]), CONNECTION_LOST)
        else:
            page.take(message)

    def _remove(self, page: AudioPage) -> None:
        page.close()
        held_calls = self._pages[0] is page
        self._pages.remove(page)
        if held_calls:
            self._links.clear()
            self.on_lost("", PAGE_CLOSED)


async def _ignoring_errors(work: Coroutine[Any, Any, str]) -> None:
    """Await a request to the page: a page that has gone ends its calls by itself."""
    with contextlib.suppress(AudioError):
        await work
