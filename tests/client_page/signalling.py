"""Twilio's signalling side, as little as the page's own tests need: it listens, registers, and connects one far end.

The wire is the SDK's: JSON of `type`, `payload` and `version` over a WebSocket, "\\n" as heartbeat. The far end is an
RTCPeerConnection in another page, with a false microphone. The local stack has the whole of it; this takes any token.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from playwright.async_api import Page

# Sends the SDK's socket here, as the local stack's script does.
LOCAL_SCRIPT = """(() => {
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url.replace(/^wss:\\/\\/voice-js\\.[^/]+\\/signal$/, `ws://${location.host}/signal`), protocols);
    }
  };
})();"""

_GATHERED = """await new Promise((done) => {
  const look = () => connection.iceGatheringState === "complete" && done();
  connection.onicegatheringstatechange = look;
  look();
});"""
_CONNECTION = """const stream = await navigator.mediaDevices.getUserMedia({audio: true});
const connection = window.connection = new RTCPeerConnection();
stream.getTracks().forEach((track) => connection.addTrack(track, stream));"""
# Without telephone-event in the answer the SDK sends keys over the socket, where the test sees them.
_ANSWER = f"""async (sdp) => {{
  {_CONNECTION}
  await connection.setRemoteDescription({{type: "offer", sdp}});
  await connection.setLocalDescription(await connection.createAnswer());
  {_GATHERED}
  return connection.localDescription.sdp.split("\\r\\n").filter((line) => !/telephone-event/.test(line)).join("\\r\\n");
}}"""
_OFFER = f"""async () => {{
  {_CONNECTION}
  await connection.setLocalDescription(await connection.createOffer());
  {_GATHERED}
  return connection.localDescription.sdp;
}}"""
_ANSWERED = "(sdp) => connection.setRemoteDescription({type: 'answer', sdp})"
RECEIVED = """async () => [...((await window.connection?.getStats()) ?? new Map()).values()]
  .filter((report) => report.type === "inbound-rtp").reduce((sum, report) => sum + report.packetsReceived, 0)"""


@dataclass
class Signalling:
    """One softphone's connection. `far` is the page of the far end, `seen` what came over the wire.

    A token in `expired` is refused as Twilio refuses one whose time is over.
    """

    far: Page | None = None
    seen: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    ttl: int = 3600
    expired: set[str] = field(default_factory=set)

    def route(self) -> web.RouteDef:
        """The WebSocket's route."""
        return web.get("/signal", self._serve)

    def kinds(self) -> list[str]:
        """The kinds of message that came, in order."""
        return [kind for kind, _ in self.seen]

    def last(self, kind: str) -> dict[str, object]:
        """The last message of this kind."""
        return [payload for each, payload in self.seen if each == kind][-1]

    async def send(self, kind: str, **payload: object) -> None:
        """Sends a message to the softphone."""
        assert self.socket is not None
        await self.socket.send_str(json.dumps({"type": kind, "payload": payload, "version": "1.6"}))

    async def ring(self, sid: str = "CA2", **given: str) -> None:
        """Calls the softphone, with these parameters of the TwiML."""
        assert self.far is not None
        sdp = await self.far.evaluate(_OFFER)
        parameters = {
            "CallSid": sid,
            "From": "+15005550001",
            "To": "client:alice",
            "AccountSid": "AC1",
            "Params": "&".join(f"{name}={value}" for name, value in given.items()),
        }
        await self.send("invite", callsid=sid, sdp=sdp, reconnect="again", parameters=parameters)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = self.socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data != "\n":
                read = json.loads(message.data)
                self.seen.append((read["type"], read["payload"]))
                await self._react(read["type"], read["payload"])
        return socket

    async def _react(self, kind: str, payload: dict[str, object]) -> None:
        match kind:
            case "listen" if payload["token"] in self.expired:
                await self.send("error", error={"code": 31205, "message": "JWT token expired"})
            case "listen":
                token = {"identity": "alice", "ttl": self.ttl}
                await self.send("connected", region="US_EAST_VIRGINIA", edge="ashburn", token=token)
            case "register":
                media = payload["media"]
                assert isinstance(media, dict)
                await self.send("ready" if media["audio"] else "offline")
            case "invite":
                await self._connect(payload)
            case "answer":
                assert self.far is not None
                await self.far.evaluate(_ANSWERED, payload["sdp"])

    async def _connect(self, payload: dict[str, object]) -> None:
        assert self.far is not None
        await self.send("ringing", callsid=payload["callsid"])
        sdp = await self.far.evaluate(_ANSWER, payload["sdp"])
        await self.send("answer", callsid=payload["callsid"], sdp=sdp, reconnect="again")
