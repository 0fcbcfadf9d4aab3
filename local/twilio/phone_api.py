"""What the page asks of the stand-in: its news, and what is done at its handsets. JSON, on loopback only.

    GET    /standin/feed                      server-sent events: `snapshot` first, then `phone`, `unplugged`,
                                              `message`, `wire`, `delivery` and `faults`
    POST   /standin/phones                    {"number"}: have a handset
    DELETE /standin/phones/{number}
    POST   /standin/phones/{number}/call      call the app
    POST   /standin/phones/{number}/answer    and /decline, /hangup, /skip
    POST   /standin/phones/{number}/press     {"key"}
    POST   /standin/phones/{number}/say       {"text"}
    POST   /standin/phones/{number}/voice     {"on"}: does the browser speak, and tell with /skip when it has?
    POST   /standin/phones/{number}/message   {"text", "ended_by"?}, or a WAV file: the message that is being recorded
    GET    /standin/faults
    POST   /standin/faults                    {"fault", "times"?: 1, "seconds"?}: -1 times is until off, 0 is off
    GET    /standin/session                   all lines of the wire, as a file

Errors are `{"error": sentence}`, 400 or 409.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from local.twilio import messages_left, resources
from local.twilio.addresses import normalise
from local.twilio.deliveries import Deliveries
from local.twilio.desk import Phone
from local.twilio.exchange import Exchange
from local.twilio.faults import Fault, FaultError
from local.twilio.feed import Feed, to_event
from local.twilio.incoming import receive_call_by_hand
from local.twilio.line import Line
from local.twilio.requests import body_of, conflict, party, string, wrong
from local.twilio.session import Session

MOST_LINES = 500
LOOK_SECONDS = 0.5
KEYS = frozenset("0123456789*#")

Doing = Callable[[Line, Mapping[str, Any]], None]


class PhoneApi:
    """The routes of the page."""

    def __init__(self, exchange: Exchange, feed: Feed, deliveries: Deliveries) -> None:
        self._exchange = exchange
        self._feed = feed
        self._deliveries = deliveries

    def routes(self) -> list[web.RouteDef]:
        """Each with its method."""
        return [
            web.get("/standin/feed", self._stream),
            web.post("/standin/phones", self._plug_in),
            web.delete("/standin/phones/{number}", self._unplug),
            web.post("/standin/phones/{number}/call", self._call),
            web.post("/standin/phones/{number}/message", self._message),
            *(web.post(f"/standin/phones/{{number}}/{name}", self._doing(act)) for name, act in DOINGS.items()),
            web.get("/standin/faults", self._faults),
            web.post("/standin/faults", self._switch),
            web.get("/standin/session", self._session),
        ]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        events = self._feed.subscribe()
        desk = self._exchange.desk
        desk.pages += 1
        try:
            await response.write(to_event("snapshot", self._snapshot()).encode())
            await _pass_on(events, request, response)
        except ConnectionError:
            pass  # the page was closed in the middle of a line
        finally:
            self._feed.unsubscribe(events)
            self._exchange.work.start(self._leave())
        return response

    async def _leave(self) -> None:
        await asyncio.sleep(self._exchange.options.pace.grace)
        desk = self._exchange.desk
        desk.pages -= 1
        if not desk.pages:
            desk.abandon()

    def _snapshot(self) -> dict[str, object]:
        exchange, sid = self._exchange, self._exchange.account.sid
        return {
            "number": exchange.options.number,
            "app": exchange.options.app_url,
            "account": sid,
            "phones": exchange.desk.to_json(),
            "messages": [resources.message_json(message, sid) for message in exchange.account.messages.values()],
            "wire": [entry.to_json() for entry in exchange.wire.since(0)[-MOST_LINES:]],
            "deliveries": self._deliveries.to_json(),
            "faults": exchange.faults.to_json(),
        }

    async def _plug_in(self, request: web.Request) -> web.Response:
        number = party(await body_of(request), "number")
        if number == self._exchange.options.number:
            raise wrong(f"number: {number} is the app's own")
        return web.json_response(self._exchange.desk.plug_in(number).to_json())

    async def _unplug(self, request: web.Request) -> web.Response:
        self._exchange.desk.unplug(self._phone(request).number)
        return web.json_response({})

    async def _call(self, request: web.Request) -> web.Response:
        await body_of(request)
        phone = self._phone(request)
        if phone.line:
            raise conflict(f"{phone.number} is in a call already")
        self._exchange.work.start(receive_call_by_hand(self._exchange, phone))
        return web.json_response({})

    async def _message(self, request: web.Request) -> web.Response:
        line = self._line(request)
        if line.screen.asks != "message":
            raise conflict("no message is being recorded")
        line.leave_message(await messages_left.read(request))
        return web.json_response({})

    def _doing(self, act: Doing) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await body_of(request)
            act(self._line(request), body)
            return web.json_response({})

        return handle

    def _phone(self, request: web.Request) -> Phone:
        number = normalise(request.match_info["number"])
        phone = self._exchange.desk.find(number)
        if phone is None:
            raise wrong(f"there is no handset {number}: add it first")
        return phone

    def _line(self, request: web.Request) -> Line:
        phone = self._phone(request)
        if phone.line is None:
            raise conflict(f"{phone.number} is in no call")
        return phone.line

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._exchange.faults.to_json())

    async def _switch(self, request: web.Request) -> web.Response:
        try:
            self._exchange.faults.switch(Fault.from_json(await body_of(request)))
        except FaultError as error:
            raise wrong(str(error)) from error
        return web.json_response(self._exchange.faults.to_json())

    async def _session(self, _: web.Request) -> web.Response:
        options = self._exchange.options
        session = Session.of(options.public_origin, options.number, self._exchange.wire.since(0))
        headers = {"Content-Disposition": 'attachment; filename="switchboard-session.json"'}
        return web.Response(text=session.to_json(), content_type="application/json", headers=headers)


async def _pass_on(events: asyncio.Queue[str | None], request: web.Request, response: web.StreamResponse) -> None:
    """Write the events until there are no more, or the page is closed: which nothing tells, so one has to look."""
    while request.transport is not None:
        try:
            event = await asyncio.wait_for(events.get(), LOOK_SECONDS)
        except TimeoutError:
            continue
        if event is None:
            return
        await response.write(event.encode())


def _press(line: Line, body: Mapping[str, Any]) -> None:
    key = string(body, "key")
    if key not in KEYS:
        raise wrong(f"key: one of 0 to 9, * and # is wanted, not {key!r}")
    line.press(key)


def _say(line: Line, body: Mapping[str, Any]) -> None:
    words = string(body, "text").strip()
    if not words:
        raise wrong("text: something to say is wanted")
    line.say(words)


def _voice(line: Line, body: Mapping[str, Any]) -> None:
    line.voice_on = body.get("on") is True


DOINGS: Mapping[str, Doing] = {
    "answer": lambda line, _: line.answer(),
    "decline": lambda line, _: line.decline(),
    "hangup": lambda line, _: line.hang_up(),
    "skip": lambda line, _: line.skip(),
    "press": _press,
    "say": _say,
    "voice": _voice,
}


def publish_message(exchange: Exchange, feed: Feed) -> None:
    """Let pages hear of each state of each text."""
    account = exchange.account
    account.on_message = lambda message: feed.publish("message", resources.message_json(message, account.sid))
