"""The middleware of the REST API: authentication, faults, errors in Twilio's format, and the wire."""

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

from local.twilio.exchange import Exchange
from local.twilio.faults import ON_REST, Fault
from local.twilio.options import StandInOptions
from local.twilio.rest.errors import RestError, broken, not_allowed, not_authenticated, not_found, too_many
from local.twilio.rest.form import Form
from local.twilio.rest.requests import MESSAGING, ROOT
from local.twilio.wire import Entry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def middleware(exchange: Exchange, answer_test_account: Handler) -> Middleware:
    """Return the middleware for one exchange. It passes requests of other paths on."""

    @web.middleware
    async def rest(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith((ROOT, MESSAGING)):
            return await handler(request)
        begun = time.monotonic()
        fault = exchange.faults.take(*ON_REST) if _creates(request) else None
        answer = answer_test_account if _is_by_test_account(exchange.options, request) else handler
        response = await _answer(exchange, request, answer, fault)
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
    """Does the request create a text or a call?"""
    return request.method == "POST" and request.path.endswith(("/Messages.json", "/Calls.json"))


def _refusal(error: RestError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(error.to_json(), status=error.status, headers=headers)


def _is_sound(request: web.Request) -> bool:
    """Is it a recording's sound, which needs no credentials? A browser can then open its link."""
    return "/Recordings/" in request.path and not request.path.endswith(".json")


def _is_by_test_account(options: StandInOptions, request: web.Request) -> bool:
    """Has the request the credentials of the test account?"""
    given = _credentials(request.headers.get("Authorization", ""))
    return bool(options.test_account_sid) and _same(given, (options.test_account_sid, options.test_auth_token))


def _authenticate(options: StandInOptions, request: web.Request) -> None:
    """Check for the account with its auth token, or an API key with its secret. Raises RestError.

    What the test account may ask for is the TestAccountApi's decision.
    """
    if _is_by_test_account(options, request):
        return
    given = _credentials(request.headers.get("Authorization", ""))
    valid = [(options.account_sid, options.auth_token)]
    if options.api_key_sid:
        valid.append((options.api_key_sid, options.api_key_secret))
    matches = any(_same(given, pair) for pair in valid)
    if not matches or request.match_info.get("account_sid", options.account_sid) != options.account_sid:
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
    """Return `text to +15005550006 is queued SM…`, `3 messages listed`, or `refused: 21211 Invalid …`."""
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
