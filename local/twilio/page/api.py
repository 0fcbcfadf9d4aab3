"""The page's API: its stream of events, and the actions at its handsets. JSON, with the key of the run.

    GET    /standin/feed                      server-sent events: `snapshot` first, then `phone`, `unplugged`,
                                              `message`, `wire`, `delivery`, `event`, `app`, `faults`, `numbers`
    POST   /standin/phones                    {"number"}: add a handset
    DELETE /standin/phones/{number}
    POST   /standin/phones/{number}/call      {"to"?}: call the app, by default at the account's number
    POST   /standin/phones/{number}/answer    and /decline, /hangup, /skip
    POST   /standin/phones/{number}/press     {"key"}
    POST   /standin/phones/{number}/say       {"text"}
    POST   /standin/phones/{number}/voice     {"on"}: does the browser speak the prompts, and send /skip at their end?
    POST   /standin/phones/{number}/message   {"text", "ended_by"?}, or a WAV file: the message that is being recorded
    GET    /standin/faults
    POST   /standin/faults                    {"fault", "times"?: 1, "seconds"?}: -1 times is until off, 0 is off
    GET    /standin/session                   all requests on the wire, as a file

Errors are `{"error": sentence}`, 400 or 409.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from local.twilio import resources
from local.twilio.addresses import normalise
from local.twilio.deliveries import Deliveries
from local.twilio.exchange import Exchange
from local.twilio.faults import Fault, FaultError
from local.twilio.incoming import finish_incoming, ringing_call, run_call
from local.twilio.json_requests import address, bad_request, conflict, read_json, string
from local.twilio.page import spoken_message
from local.twilio.page.app_board import AppBoard
from local.twilio.page.feed import Feed, to_event
from local.twilio.page.numbers_api import NumbersApi
from local.twilio.records import Message
from local.twilio.segments import encoding
from local.twilio.session import Session
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.page_handsets import PageHandset, PageHandsets
from local.twilio.voice.call_leg import LiveCalls

MOST_ENTRIES = 500
CHECK_SECONDS = 0.5
KEYS = frozenset("0123456789*#")

Action = Callable[[BrowserUser, Mapping[str, Any]], None]


class PageApi:
    """The routes of the page."""

    def __init__(
        self,
        exchange: Exchange,
        live_calls: LiveCalls,
        handsets: PageHandsets,
        feed: Feed,
        deliveries: Deliveries,
        numbers: NumbersApi,
        app: AppBoard,
    ) -> None:
        self._exchange = exchange
        self._live_calls = live_calls
        self._handsets = handsets
        self._feed = feed
        self._deliveries = deliveries
        self._numbers = numbers
        self._app = app

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/standin/feed", self._stream, allow_head=False),
            web.post("/standin/phones", self._add),
            web.delete("/standin/phones/{number}", self._remove),
            web.post("/standin/phones/{number}/call", self._call),
            web.post("/standin/phones/{number}/message", self._message),
            *(
                web.post(f"/standin/phones/{{number}}/{name}", self._handler(action))
                for name, action in ACTIONS.items()
            ),
            web.get("/standin/faults", self._faults),
            web.post("/standin/faults", self._switch),
            web.get("/standin/session", self._session),
        ]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        events = self._feed.subscribe()
        self._handsets.pages += 1
        try:
            await response.write(to_event("snapshot", self._snapshot()).encode())
            await _forward(events, request, response)
        except ConnectionError:
            pass  # the page was closed while an event was sent
        finally:
            self._feed.unsubscribe(events)
            self._exchange.work.start(self._close_page())
        return response

    async def _close_page(self) -> None:
        await asyncio.sleep(self._exchange.options.pace.grace)
        self._handsets.pages -= 1
        if not self._handsets.pages:
            self._handsets.hang_up_all()

    def _snapshot(self) -> dict[str, object]:
        exchange, sid = self._exchange, self._exchange.account.sid
        return {
            "number": exchange.options.number,
            "app_url": exchange.options.app_url,
            "account": sid,
            "phones": self._handsets.to_json(),
            "messages": [_text_json(message, sid) for message in exchange.account.messages.values()],
            "wire": [entry.to_json() for entry in exchange.wire.since(0)[-MOST_ENTRIES:]],
            "deliveries": self._deliveries.to_json(),
            "faults": exchange.faults.to_json(),
            "numbers": dict(self._numbers.shown),
        } | self._app.to_json()

    async def _add(self, request: web.Request) -> web.Response:
        number = address(await read_json(request), "number")
        if self._exchange.configuration.owns(number):
            raise bad_request(f"number: {number} is the app's own")
        return web.json_response(self._handsets.add(number).to_json())

    async def _remove(self, request: web.Request) -> web.Response:
        self._handsets.remove(self._handset(request).number)
        return web.json_response({})

    async def _call(self, request: web.Request) -> web.Response:
        to = address(await read_json(request), "to", self._exchange.options.number)
        handset = self._handset(request)
        if handset.user:
            raise conflict(f"{handset.number} is in a call already")
        self._exchange.work.start(self._run_call(handset, to))
        return web.json_response({})

    async def _run_call(self, handset: PageHandset, to: str) -> None:
        """Call one of the app's numbers from a handset, until after the call's last status callback."""
        call = ringing_call(self._exchange, handset.number, to)
        user = self._handsets.begin_call(handset, call, call.to, "calling")
        with self._live_calls.leg(call, user) as leg:
            status = await run_call(self._exchange, leg)
        await finish_incoming(self._exchange, leg, status)

    async def _message(self, request: web.Request) -> web.Response:
        user = self._user(request)
        if user.screen.asks != "message":
            raise conflict("no message is being recorded")
        user.submit_message(await spoken_message.read(request))
        return web.json_response({})

    def _handler(self, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await read_json(request)
            action(self._user(request), body)
            return web.json_response({})

        return handle

    def _handset(self, request: web.Request) -> PageHandset:
        number = normalise(request.match_info["number"])
        handset = self._handsets.find(number)
        if handset is None:
            raise bad_request(f"there is no handset {number}: add it first")
        return handset

    def _user(self, request: web.Request) -> BrowserUser:
        handset = self._handset(request)
        if handset.user is None:
            raise conflict(f"{handset.number} is in no call")
        return handset.user

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._exchange.faults.to_json())

    async def _switch(self, request: web.Request) -> web.Response:
        try:
            self._exchange.faults.switch(Fault.from_json(await read_json(request)))
        except FaultError as error:
            raise bad_request(str(error)) from error
        return web.json_response(self._exchange.faults.to_json())

    async def _session(self, _: web.Request) -> web.Response:
        options = self._exchange.options
        session = Session.of(options.public_origin, options.number, self._exchange.wire.since(0))
        headers = {"Content-Disposition": 'attachment; filename="switchboard-session.json"'}
        return web.Response(text=session.to_json(), content_type="application/json", headers=headers)


async def _forward(events: asyncio.Queue[str | None], request: web.Request, response: web.StreamResponse) -> None:
    """Write events until the end or until the page is closed, which nothing signals: it is checked regularly."""
    while request.transport is not None:
        try:
            event = await asyncio.wait_for(events.get(), CHECK_SECONDS)
        except TimeoutError:
            continue
        if event is None:
            return
        await response.write(event.encode())


def _press(user: BrowserUser, body: Mapping[str, Any]) -> None:
    key = string(body, "key")
    if key not in KEYS:
        raise bad_request(f"key: one of 0 to 9, * and # is wanted, not {key!r}")
    user.press(key)


def _say(user: BrowserUser, body: Mapping[str, Any]) -> None:
    words = string(body, "text").strip()
    if not words:
        raise bad_request("text: something to say is wanted")
    user.say(words)


def _voice(user: BrowserUser, body: Mapping[str, Any]) -> None:
    user.voice_on = body.get("on") is True


ACTIONS: Mapping[str, Action] = {
    "answer": lambda user, _: user.answer(),
    "decline": lambda user, _: user.decline(),
    "hangup": lambda user, _: user.hang_up(),
    "skip": lambda user, _: user.skip(),
    "press": _press,
    "say": _say,
    "voice": _voice,
}


def publish_messages(exchange: Exchange, feed: Feed) -> None:
    """Publish each new state of each text to the pages."""
    account = exchange.account
    account.on_message = lambda message: feed.publish("message", _text_json(message, account.sid))


def _text_json(message: Message, account_sid: str) -> dict[str, object]:
    """Return a Message resource, with the text's encoding."""
    return resources.message_json(message, account_sid) | {"encoding": encoding(message.body)}
