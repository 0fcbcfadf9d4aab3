"""The REST API of version 2010-04-01: who may ask, what is where, and each request written on the wire."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from local.twilio import resources, rest_calls, rest_messages
from local.twilio.carrier import Carrier
from local.twilio.errors import RestError, bad_request, broken, not_allowed, not_authenticated, not_found, too_many
from local.twilio.exchange import Exchange
from local.twilio.faults import ON_REST, Fault
from local.twilio.form import Form
from local.twilio.options import StandInOptions
from local.twilio.parameters import API_VERSION
from local.twilio.recordings import sound
from local.twilio.wire import Entry

ROOT = f"/{API_VERSION}/"
ACCOUNT = ROOT + "Accounts/{account_sid}"
# messaging.twilio.com, whose version has another name.
MESSAGING = "/v1/"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RestApi:
    """The resources, by route."""

    def __init__(self, exchange: Exchange, carrier: Carrier) -> None:
        self._exchange = exchange
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        """Each resource's methods; POST on a single one updates it."""
        messages, message = f"{ACCOUNT}/Messages.json", f"{ACCOUNT}/Messages/{{sid}}.json"
        calls, call = f"{ACCOUNT}/Calls.json", f"{ACCOUNT}/Calls/{{sid}}.json"
        return [
            web.post(messages, self._create_message),
            web.get(messages, self._list_messages),
            web.get(message, self._fetch_message),
            web.post(message, self._update_message),
            web.delete(message, self._delete_message),
            web.post(calls, self._create_call),
            web.get(calls, self._list_calls),
            web.get(call, self._fetch_call),
            web.post(call, self._update_call),
            web.delete(call, self._delete_call),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.json", self._fetch_recording),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}", self._play_recording),
        ]

    async def _create_message(self, request: web.Request) -> web.Response:
        return web.json_response(rest_messages.create(self._exchange, await _form(request)), status=201)

    async def _list_messages(self, request: web.Request) -> web.Response:
        return web.json_response(rest_messages.list_(self._exchange, request.path, request.query))

    async def _fetch_message(self, request: web.Request) -> web.Response:
        return web.json_response(rest_messages.fetch(self._exchange, _sid(request), request.path))

    async def _update_message(self, request: web.Request) -> web.Response:
        form = await _form(request)
        return web.json_response(rest_messages.update(self._exchange, _sid(request), request.path, form))

    async def _delete_message(self, request: web.Request) -> web.Response:
        rest_messages.delete(self._exchange, _sid(request), request.path)
        return web.Response(status=204)

    async def _create_call(self, request: web.Request) -> web.Response:
        return web.json_response(rest_calls.create(self._exchange, self._carrier, await _form(request)), status=201)

    async def _list_calls(self, request: web.Request) -> web.Response:
        return web.json_response(rest_calls.list_(self._exchange, request.path, request.query))

    async def _fetch_call(self, request: web.Request) -> web.Response:
        return web.json_response(rest_calls.fetch(self._exchange, _sid(request), request.path))

    async def _update_call(self, request: web.Request) -> web.Response:
        form = await _form(request)
        updated = rest_calls.update(self._exchange, self._carrier, _sid(request), request.path, form)
        return web.json_response(updated)

    async def _delete_call(self, request: web.Request) -> web.Response:
        rest_calls.delete(self._exchange, _sid(request), request.path)
        return web.Response(status=204)

    async def _fetch_recording(self, request: web.Request) -> web.Response:
        recording = self._exchange.account.recordings.get(_sid(request))
        if recording is None:
            raise not_found(request.path)
        return web.json_response(resources.recording_json(recording, self._exchange.account.sid))

    async def _play_recording(self, request: web.Request) -> web.Response:
        recording = self._exchange.account.recordings.get(_sid(request).removesuffix(".wav"))
        if recording is None:
            raise not_found(request.path)
        return web.Response(body=sound(recording), content_type="audio/x-wav")


def middleware(exchange: Exchange) -> Middleware:
    """Authenticates, answers errors in Twilio's shape, and writes the wire. Other paths are left alone."""

    @web.middleware
    async def rest(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith((ROOT, MESSAGING)):
            return await handler(request)
        begun = time.monotonic()
        fault = exchange.faults.take(*ON_REST) if _creates(request) else None
        response = await _answer(exchange, request, handler, fault)
        dropped = fault is not None and fault.name == "dropped"
        await _log(exchange, request, response, time.monotonic() - begun, dropped=dropped)
        if dropped and request.transport:
            request.transport.close()
        return response

    return rest


async def _answer(
    exchange: Exchange, request: web.Request, handler: Handler, fault: Fault | None
) -> web.StreamResponse:
    try:
        if not _is_sound(request):
            _authenticate(exchange.options, request)
        return await _handle(request, handler, fault)
    except RestError as error:
        return _refusal(error)
    except web.HTTPNotFound:
        return _refusal(not_found(request.path))
    except web.HTTPMethodNotAllowed:
        return _refusal(not_allowed())


async def _handle(request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
    if fault and fault.name == "throttled":
        raise too_many(fault.seconds)
    if fault and fault.name == "broken":
        raise broken()
    response = await handler(request)
    if fault and fault.name == "slow":
        await asyncio.sleep(fault.seconds)
    return response


def _creates(request: web.Request) -> bool:
    """Does it make a new text or call?"""
    return request.method == "POST" and request.path.endswith(("/Messages.json", "/Calls.json"))


def _refusal(error: RestError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(error.to_json(), status=error.status, headers=headers)


def _is_sound(request: web.Request) -> bool:
    """A recording's sound can be had without credentials, so that its link can be followed."""
    return "/Recordings/" in request.path and not request.path.endswith(".json")


def _authenticate(options: StandInOptions, request: web.Request) -> None:
    """The account with its auth token, or an API key of it with its secret."""
    given = _credentials(request.headers.get("Authorization", ""))
    valid = [(options.account_sid, options.auth_token)]
    if options.api_key_sid:
        valid.append((options.api_key_sid, options.api_key_secret))
    known = any(_same(given, pair) for pair in valid)
    if not known or request.match_info.get("account_sid", options.account_sid) != options.account_sid:
        raise not_authenticated()


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if scheme.lower() == "basic" else ("", "")


def _same(given: tuple[str, str], valid: tuple[str, str]) -> bool:
    return hmac.compare_digest(":".join(given).encode(), ":".join(valid).encode())


async def _form(request: web.Request) -> Form:
    try:
        return Form(await request.text())
    except (LookupError, ValueError) as error:
        raise bad_request("the body is no form") from error


def _sid(request: web.Request) -> str:
    return request.match_info["sid"]


async def _log(
    exchange: Exchange, request: web.Request, response: web.StreamResponse, seconds: float, *, dropped: bool
) -> None:
    text = response.text or "" if isinstance(response, web.Response) and not _is_sound(request) else ""
    try:
        parameters = Form(await request.text()).to_parameters()
    except (LookupError, ValueError):
        parameters = {}
    entry = Entry(
        direction="rest",
        method=request.method,
        path=request.raw_path,
        status=0 if dropped else response.status,
        milliseconds=round(seconds * 1000),
        summary=_summary(request, response.status, text) + (" – but no answer came" if dropped else ""),
        parameters=parameters,
        response=text,
    )
    exchange.wire.add(entry)


def _summary(request: web.Request, status: int, text: str) -> str:
    """`text to +15005550006 is queued SM…`, `3 messages listed`, `refused: 21211 Invalid …`."""
    shown = json.loads(text) if text else {}
    if "code" in shown:
        return f"refused: {shown['code']} {shown['message']}"
    for kind in ("messages", "calls"):
        if kind in shown:
            return f"{len(shown[kind])} {kind} listed"
    if "to" in shown:
        kind = "call" if "/Calls" in request.path else "text"
        return f"{kind} to {shown['to']} is {shown['status']} {shown['sid']}"
    return f"{request.method} {status}"
