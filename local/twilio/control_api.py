"""The stand-in's own API, which simulates callers and texters: JSON, on loopback only, with the key of the run.

    POST /standin/texts     {"from", "body", "to"?, "media"?: [url | {"url", "content_type"}], "opt_out"?: "STOP"}
    POST /standin/calls     {"from", "to"?, "press"?: ["1", "12#", "hangup"], "say"?: ["operator"],
                             "callee"?: "answers" | "no-answer" | "busy" | "failed", "message_seconds"?: 3,
                             "patience"?: 60, "agent_comes"?: false}
    POST /standin/handsets  {"number", "called"?: "answers" | "no-answer" | "busy" | "failed",
                             "texted"?: "delivered" | "undelivered" | "failed" | "landline", "error_code"?: 30003,
                             "press"?: ["1"], "say"?: []}
    GET  /standin/wire      ?since=N&wait=seconds: the requests after number N, newest last
    GET  /standin/messages, /standin/calls

The answer to a call comes after its end. Each Gather takes the next of `press`, or of `say` when it takes speech; when
none is left, the caller does nothing. `callee` is how all calls end that the app dials; without it the handsets decide.
`patience` is how many simulated seconds the caller stays in a queue; with `agent_comes` an agent takes the call.
Errors are `{"error": sentence}`, 400.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from local.twilio import resources
from local.twilio.account import newest_first
from local.twilio.exchange import Exchange
from local.twilio.handsets import CALLED, Handset, HandsetError, strings
from local.twilio.incoming import IncomingCall, IncomingText, receive_call, receive_text
from local.twilio.json_requests import address, bad_request, number, read_json, string, whole
from local.twilio.records import Media
from local.twilio.voice.call_leg import LiveCalls

LONGEST_WAIT = 60.0

R = TypeVar("R")


class ControlApi:
    """The routes under /standin."""

    def __init__(self, exchange: Exchange, live_calls: LiveCalls) -> None:
        self._exchange = exchange
        self._live_calls = live_calls

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/standin/texts", self._text),
            web.post("/standin/calls", self._call),
            web.post("/standin/handsets", self._handset),
            web.get("/standin/wire", self._wire),
            web.get("/standin/messages", self._messages),
            web.get("/standin/calls", self._calls),
        ]

    async def _text(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        incoming = IncomingText(
            sender=address(body, "from"),
            to=address(body, "to", self._exchange.options.number),
            body=string(body, "body"),
            media=_media(body),
            opt_out_type=string(body, "opt_out"),
        )
        message, transcript = await receive_text(self._exchange, incoming)
        resource = resources.message_json(message, self._exchange.account.sid)
        return web.json_response({"message": resource, "steps": transcript.to_json()})

    async def _call(self, request: web.Request) -> web.Response:
        incoming = _incoming_call(await read_json(request), self._exchange.options.number)
        call, transcript = await receive_call(self._exchange, self._live_calls, incoming)
        resource = resources.call_json(call, self._exchange.account.sid)
        return web.json_response({"call": resource, "steps": transcript.to_json()})

    async def _handset(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        handset = address(body, "number")
        try:
            self._exchange.handsets.by_number[handset] = Handset.from_json(body)
        except HandsetError as error:
            raise bad_request(str(error)) from error
        return web.json_response({"number": handset})

    async def _wire(self, request: web.Request) -> web.Response:
        since = number(request.query.get("since", "0"), "since")
        wait = number(request.query.get("wait", "0"), "wait")
        entries = await self._exchange.wire.wait(int(since), min(wait, LONGEST_WAIT))
        return web.json_response([entry.to_json() for entry in entries])

    async def _messages(self, _: web.Request) -> web.Response:
        account = self._exchange.account
        return _list(account.messages.values(), lambda message: resources.message_json(message, account.sid))

    async def _calls(self, _: web.Request) -> web.Response:
        account = self._exchange.account
        return _list(account.calls.values(), lambda call: resources.call_json(call, account.sid))


def _incoming_call(body: Mapping[str, Any], to: str) -> IncomingCall:
    callee = string(body, "callee")
    if callee and callee not in CALLED:
        raise bad_request(f"callee: {callee!r} is none of {', '.join(sorted(CALLED))}")
    try:
        press, say = strings(body, "press"), strings(body, "say")
    except HandsetError as error:
        raise bad_request(str(error)) from error
    return IncomingCall(
        caller=address(body, "from"),
        to=address(body, "to", to),
        press=press,
        say=say,
        callee=callee,
        message_seconds=whole(body, "message_seconds", 3),
        patience=whole(body, "patience", 60),
        agent_comes=body.get("agent_comes") is True,
    )


def _media(body: Mapping[str, Any]) -> tuple[Media, ...]:
    found = []
    for item in body.get("media") or ():
        if isinstance(item, str):
            found.append(Media(item))
        elif isinstance(item, dict) and isinstance(item.get("url"), str):
            found.append(Media(item["url"], string(item, "content_type") or "image/png"))
        else:
            raise bad_request("media: a list of URLs, or of {url, content_type}, is wanted")
    return tuple(found)


def _list(records: Iterable[R], to_json: Callable[[R], dict[str, object]]) -> web.Response:
    return web.json_response([to_json(record) for record in newest_first(records)])
