"""`GET /signal`: the WebSocket of Twilio's browser SDK.

Messages are JSON `{"type", "payload", "version"}`; a line feed alone is a heartbeat, which the SDK sends back.
An `invite` of the SDK begins a call, or continues one by its reconnect token.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from aiohttp import WSMsgType, web

from local.twilio.exchange import Exchange
from local.twilio.softphones import tokens
from local.twilio.softphones.audio import AudioError
from local.twilio.softphones.devices import HEARTBEAT, Device
from local.twilio.softphones.invitation import Invitation
from local.twilio.softphones.registry import Softphones
from local.twilio.softphones.tokens import EXPIRED, INVALID, Token, TokenRefused
from local.twilio.softphones.user import NO_SOUND

PATH = "/signal"
KEYS = frozenset("0123456789*#")
NOT_REACHED = 31005
DECLINED = 31002
# A browser that sends nothing for so many heartbeats has gone, or is frozen.
MISSED_HEARTBEATS = 6
# Far more than a session description has.
LARGEST_MESSAGE = 256 * 1024
PLACE = {"region": "US_EAST_VIRGINIA", "edge": "ashburn", "home": "us1", "gateway": "standin"}

Payload = Mapping[str, Any]


RunCall = Callable[[Device, Token, Invitation], Coroutine[Any, Any, None]]


class Signalling:
    """The signalling server. `run_call` runs a call that a softphone makes."""

    def __init__(self, exchange: Exchange, softphones: Softphones, run_call: RunCall) -> None:
        self._exchange = exchange
        self._softphones = softphones
        self._run_call = run_call
        self._handlers: Mapping[str, Callable[[Device, Payload], Awaitable[None]]] = {
            "listen": self._listen,
            "register": self._register,
            "invite": self._invite,
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hang_up,
            "dtmf": self._press,
            "reinvite": self._reinvite,
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the route."""
        return [web.get(PATH, self._serve, allow_head=False)]

    def close(self) -> None:
        """Close all connections."""
        for device in self._softphones.devices:
            device.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        device = Device()
        self._softphones.devices.append(device)
        sending = asyncio.create_task(self._send(device, socket))
        try:
            async for message in socket:
                device.heard = time.monotonic()
                if message.type is WSMsgType.TEXT and message.data != HEARTBEAT:
                    await self._handle(device, message.data)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._softphones.remove(device)
        return socket

    async def _send(self, device: Device, socket: web.WebSocketResponse) -> None:
        """Send the device's messages, and heartbeats between them, until its end or long silence."""
        interval = self._exchange.options.pace.heartbeat
        try:
            while message := await device.next_message(interval):
                silent = time.monotonic() - device.heard
                if silent > interval * MISSED_HEARTBEATS:
                    break
                self._expire(device)
                await socket.send_str(message)
        except ConnectionError:
            return
        await socket.close()

    async def _handle(self, device: Device, text: str) -> None:
        try:
            message = json.loads(text)
            kind, payload = message["type"], message.get("payload") or {}
            handler = self._handlers.get(kind)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._exchange.say("! a softphone sent what is no message of the SDK")
            return
        if handler and isinstance(payload, dict):
            await handler(device, payload)

    async def _listen(self, device: Device, payload: Payload) -> None:
        """Check a token, the first or a renewed one."""
        now = self._exchange.options.clock()
        try:
            token = tokens.read(str(payload.get("token", "")), self._exchange.options, now)
        except TokenRefused as refused:
            device.token, device.registered = None, False
            self._refuse(device, refused.code, str(refused))
            return
        if device.identity != token.identity:
            device.registered = False
        device.token, device.identity = token, token.identity
        ttl = int(token.seconds_left(now))
        device.send("connected", {**PLACE, "token": {"identity": token.identity, "ttl": ttl}})

    async def _register(self, device: Device, payload: Payload) -> None:
        """Ring this device from now on, or no more."""
        token = self._token(device)
        if token is None:
            return
        media = payload.get("media")
        wanted = isinstance(media, dict) and media.get("audio") is True
        if wanted and not token.may_register:
            self._refuse(device, INVALID, "the token has no grant for incoming calls")
            return
        if device.registered != wanted:
            device.registered = wanted
            self._softphones.show()
        device.send("ready" if wanted else "offline", {})

    async def _invite(self, device: Device, payload: Payload) -> None:
        call, sdp = str(payload.get("callsid", "")), str(payload.get("sdp", ""))
        token = self._token(device, call)
        if token is None:
            return
        if payload.get("reconnect"):
            self._reconnect(device, token, call, str(payload["reconnect"]))
        elif not token.application:
            reason = "the token has no grant for outgoing calls"
            self._exchange.say(f"! softphone {token.identity}: {reason}")
            device.send("hangup", {"callsid": call, "error": {"code": DECLINED, "message": reason}})
        else:
            self._exchange.work.start(self._run_call(device, token, Invitation.read(call, sdp, payload)))

    def _reconnect(self, device: Device, token: Token, call: str, reconnect: str) -> None:
        user = self._softphones.to_reconnect(reconnect, token.identity)
        if user:
            user.attach(device)
            return
        reason = "the call has ended meanwhile"
        device.send("hangup", {"callsid": call, "error": {"code": NOT_REACHED, "message": reason}})

    async def _answer(self, device: Device, payload: Payload) -> None:
        call = str(payload.get("callsid", ""))
        if user := self._softphones.call(call):
            await user.take(device, str(payload.get("sdp", "")))
        else:
            device.send("hangup", {"callsid": call})

    async def _reject(self, device: Device, payload: Payload) -> None:
        user = self._softphones.call(str(payload.get("callsid", "")))
        if user and device in user.devices and user.device is None:
            user.decline()

    async def _hang_up(self, device: Device, payload: Payload) -> None:
        if user := device.calls.get(str(payload.get("callsid", ""))):
            user.hang_up()

    async def _press(self, device: Device, payload: Payload) -> None:
        user = device.calls.get(str(payload.get("callsid", "")))
        for key in str(payload.get("dtmf", "")):
            if user and key in KEYS:
                user.press(key)

    async def _reinvite(self, device: Device, payload: Payload) -> None:
        """Restart ICE, which the SDK asks for when a network has changed."""
        user = self._softphones.call(str(payload.get("callsid", "")))
        if user is None or user.device is not device:
            return
        try:
            answer = await user.restart(str(payload.get("sdp", "")))
        except AudioError as error:
            device.refuse(NO_SOUND, str(error), user.sid)
            return
        device.send("answer", {"callsid": user.sid, "sdp": answer, "reconnect": user.reconnect})

    def _token(self, device: Device, call: str = "") -> Token | None:
        """Return the device's token; None, after an error, without a valid one."""
        self._expire(device)
        if device.token is None:
            device.refuse(INVALID, "listen with a valid token first", call)
        return device.token

    def _expire(self, device: Device) -> None:
        """Refuse a token that has expired. A call goes on; a device without a call is disconnected."""
        token = device.token
        if token is None or token.seconds_left(self._exchange.options.clock()) > 0:
            return
        device.token, device.registered = None, False
        self._softphones.show()
        self._refuse(device, EXPIRED, "the token has expired")
        if not device.calls:
            device.close()

    def _refuse(self, device: Device, code: int, reason: str) -> None:
        self._exchange.say(f"! softphone {device.identity or 'without a token'}: {code} {reason}")
        device.refuse(code, reason)
