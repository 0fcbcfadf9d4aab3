"""A browser's SDK and the phone page, played by WebSocket clients: what each sends and receives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from local.twilio.server import StandIn
from tests.functional.twilio_standin_app import ACCOUNT, App, running

KEY_SID = "SK" + "0" * 32
SECRET = "secret-of-the-api-key-of-32-chars"
APPLICATION = "AP" + "0" * 32
VOICE = "/api/client/voice"
WAIT_SECONDS = 5


def token(identity: str = "alice", **changes: object) -> str:
    """A token as Twilio's own library makes it: incoming and outgoing calls for an hour, unless changed."""
    secret = changes.pop("secret", SECRET)
    grant = VoiceGrant(
        incoming_allow=changes.pop("incoming", True), outgoing_application_sid=changes.pop("application", APPLICATION)
    )
    wishes = {"ttl": 3600, **changes}
    made = AccessToken(
        wishes.pop("account", ACCOUNT), wishes.pop("key", KEY_SID), secret, identity=identity, grants=[grant], **wishes
    )
    return str(made.to_jwt())


@dataclass
class Sdk:
    """A browser's end of the signalling."""

    socket: aiohttp.ClientWebSocketResponse
    heartbeats: int = 0
    seen: list[str] = field(default_factory=list)

    async def send(self, kind: str, **payload: object) -> None:
        """Send a message."""
        await self.socket.send_str(json.dumps({"type": kind, "payload": payload, "version": "1.6"}))

    async def receive(self, kind: str) -> Mapping[str, Any]:
        """Return the payload of the next message of a kind. Others before it are kept in `seen`."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                text = await self.socket.receive_str()
                if text == "\n":
                    self.heartbeats += 1
                    await self.socket.send_str(text)
                    continue
                message = json.loads(text)
                self.seen.append(message["type"])
                if message["type"] == kind:
                    payload: Mapping[str, Any] = message["payload"]
                    return payload

    async def closed(self) -> None:
        """Wait until the stand-in closes the connection."""
        async with asyncio.timeout(WAIT_SECONDS):
            async for _ in self.socket:
                pass

    async def listen(self, text: str) -> Mapping[str, Any]:
        """Send a token, and return `connected`."""
        await self.send("listen", token=text)
        return await self.receive("connected")

    async def register(self) -> None:
        """Register, and wait until it is done."""
        await self.send("register", media={"audio": True})
        await self.receive("ready")

    async def invite(self, query: str = "To=%2B15005550009") -> str:
        """Call, and return the call's SID."""
        await self.send("invite", callsid="TJ1", sdp="offer of the SDK", twilio={"params": query})
        return str((await self.receive("ringing"))["callsid"])


@dataclass
class Page:
    """The phone page's end of the sound: what it was asked, as `do one other`."""

    socket: aiohttp.ClientWebSocketResponse
    asked: list[str] = field(default_factory=list)
    softphones: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self) -> None:
        """Do nothing, but answer everything."""
        async for message in self.socket:
            asked = json.loads(message.data)
            if "softphones" in asked:
                self.softphones = asked["softphones"]
                continue
            number, action = asked.pop("n"), asked.pop("do")
            self.asked.append(" ".join([action, *asked.values()]))
            await self.socket.send_str(json.dumps({"n": number, "sdp": f"{action} of the page"}))

    async def lose(self, call: str) -> None:
        """Say that a call's connection failed."""
        await self.socket.send_str(json.dumps({"lost": call}))

    def did(self, action: str) -> list[str]:
        """What it was asked of that kind."""
        return [asked for asked in self.asked if asked.startswith(action)]


@dataclass
class Softphones:
    """A running app and stand-in, whose softphones a test opens."""

    app: App
    standin: StandIn
    session: aiohttp.ClientSession

    @asynccontextmanager
    async def sdk(
        self, text: str = "", *, register: bool = False, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Sdk]:
        """A browser of the app's page; with a token it listens, and with `register` it is registered."""
        sent = {"Origin": self.app.url, **(headers or {})}
        async with self.session.ws_connect(self.standin.url + "/signal", headers=sent) as socket:
            sdk = Sdk(socket)
            if text:
                await sdk.listen(text)
            if register:
                await sdk.register()
            yield sdk

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """An open phone page, which carries the sound."""
        url = f"{self.standin.url}/standin/audio?code={self.standin.key}"
        async with self.session.ws_connect(url) as socket:
            page = Page(socket)
            serving = asyncio.create_task(page.serve())
            try:
                yield page
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def softphones(**changes: object) -> AsyncIterator[Softphones]:
    """An app and a stand-in with an API key."""
    async with (
        running(**{"api_key_sid": KEY_SID, "api_key_secret": SECRET, "twiml_app_sid": APPLICATION, **changes}) as (
            app,
            standin,
        ),
        aiohttp.ClientSession() as session,
    ):
        yield Softphones(app, standin, session)
