"""Devices: the browsers that are connected to the signalling, each with its token and its calls."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Protocol

from local.twilio.softphones.tokens import Token

VERSION = "1.6"
HEARTBEAT = "\n"


class DeviceCall(Protocol):
    """A call at a device, as its messages act on it."""

    @property
    def sid(self) -> str:
        """The call's SID."""

    def press(self, key: str) -> None:
        """Press a key."""

    def hang_up(self) -> None:
        """End the call."""


class Device:
    """One browser. `token` is None before the first `listen`, and when it has expired or was refused.

    `identity` is that of the last valid token. `calls` are its answered and outgoing calls, by each identifier that
    the browser may use.
    """

    def __init__(self) -> None:
        self.token: Token | None = None
        self.identity = ""
        self.registered = False
        self.calls: dict[str, DeviceCall] = {}
        self.heard = time.monotonic()
        self._unsent: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, kind: str, payload: Mapping[str, object]) -> None:
        """Send a message to the browser, after those before it."""
        self._unsent.put_nowait(json.dumps({"type": kind, "payload": payload, "version": VERSION}))

    def refuse(self, code: int, message: str, call: str = "") -> None:
        """Send an error, with the code that the SDK makes its own error of."""
        payload: dict[str, object] = {"error": {"code": code, "message": message}}
        self.send("error", payload | ({"callsid": call} if call else {}))

    def close(self) -> None:
        """Close the connection after the messages before."""
        self._unsent.put_nowait(None)

    async def next_message(self, heartbeat: float) -> str | None:
        """Return what is to be sent next: a heartbeat when there is nothing for so many seconds, None for the end."""
        try:
            async with asyncio.timeout(heartbeat):
                return await self._unsent.get()
        except TimeoutError:
            return HEARTBEAT

    def forget(self, call: DeviceCall) -> None:
        """Remove a call."""
        self.calls = {sid: each for sid, each in self.calls.items() if each is not call}
