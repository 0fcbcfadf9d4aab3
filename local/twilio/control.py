"""The stand-in's own API, by which the outside world is played: JSON, on loopback only.

    POST /standin/texts     {"from", "body", "to"?, "media"?: [url | {"url", "content_type"}], "opt_out"?: "STOP"}
    POST /standin/calls     {"from", "to"?, "press"?: ["1", "12#", "hangup"], "say"?: ["operator"],
                             "callee"?: "answers" | "no-answer" | "busy" | "failed", "message_seconds"?: 3,
                             "patience"?: 60, "agent_comes"?: false}
    POST /standin/handsets  {"number", "called"?: "answers" | "no-answer" | "busy" | "failed",
                             "texted"?: "delivered" | "undelivered" | "failed" | "landline", "error_code"?: 30003,
                             "press"?: ["1"], "say"?: []}
    GET  /standin/wire      ?since=N&wait=seconds: what went over the wire, newest last
    GET  /standin/messages, /standin/calls

A call is answered when it is over: each Gather takes the next of `press`, or of `say` when it takes speech; when none
is left nothing is pressed. `callee` is what all those do whom the app dials; without it their handsets decide.
`patience` is how many simulated seconds the caller stays in a queue, `agent_comes` that an agent takes them out of it.
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
from local.twilio.incoming import CallFromOutside, TextFromOutside, receive_call, receive_text
from local.twilio.records import Media
from local.twilio.requests import body_of, number, party, string, whole, wrong

LONGEST_WAIT = 60.0

R = TypeVar("R")


class Control:
    """The routes under /standin."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        """Each with its method."""
        return [
            web.post("/standin/texts", self._text),
            web.post("/standin/calls", self._call),
            web.post("/standin/handsets", self._handset),
            web.get("/standin/wire", self._wire),
            web.get("/standin/messages", self._messages),
            web.get("/standin/calls", self._calls),
        ]

    async def _text(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        wanted = TextFromOutside(
            sender=party(body, "from"),
            to=party(body, "to", self._exchange.options.number),
            body=string(body, "body"),
            media=_media(body),
            opt_out_type=string(body, "opt_out"),
        )
        message, transcript = await receive_text(self._exchange, wanted)
        shown = resources.message_json(message, self._exchange.account.sid)
        return web.json_response({"message": shown, "steps": transcript.to_json()})

    async def _call(self, request: web.Request) -> web.Response:
        wanted = _call_from_outside(await body_of(request), self._exchange.options.number)
        call, transcript = await receive_call(self._exchange, wanted)
        shown = resources.call_json(call, self._exchange.account.sid)
        return web.json_response({"call": shown, "steps": transcript.to_json()})

    async def _handset(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        owner = party(body, "number")
        try:
            self._exchange.handsets.by_number[owner] = Handset.from_json(body)
        except HandsetError as error:
            raise wrong(str(error)) from error
        return web.json_response({"number": owner})

    async def _wire(self, request: web.Request) -> web.Response:
        since = number(request.query.get("since", "0"), "since")
        wait = number(request.query.get("wait", "0"), "wait")
        entries = await self._exchange.wire.wait(int(since), min(wait, LONGEST_WAIT))
        return web.json_response([entry.to_json() for entry in entries])

    async def _messages(self, _: web.Request) -> web.Response:
        account = self._exchange.account
        return _listed(account.messages.values(), lambda message: resources.message_json(message, account.sid))

    async def _calls(self, _: web.Request) -> web.Response:
        account = self._exchange.account
        return _listed(account.calls.values(), lambda call: resources.call_json(call, account.sid))


def _call_from_outside(body: Mapping[str, Any], to: str) -> CallFromOutside:
    callee = string(body, "callee")
    if callee and callee not in CALLED:
        raise wrong(f"callee: {callee!r} is none of {', '.join(sorted(CALLED))}")
    try:
        press, say = strings(body, "press"), strings(body, "say")
    except HandsetError as error:
        raise wrong(str(error)) from error
    return CallFromOutside(
        caller=party(body, "from"),
        to=party(body, "to", to),
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
            raise wrong("media: a list of URLs, or of {url, content_type}, is wanted")
    return tuple(found)


def _listed(records: Iterable[R], show: Callable[[R], dict[str, object]]) -> web.Response:
    return web.json_response([show(record) for record in newest_first(records)])
