"""Requests to the stand-in's own API: reads their JSON, and makes the errors 400 and 409."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from local.twilio.addresses import can_be_caller, normalise


async def read_json(request: web.Request) -> Mapping[str, Any]:
    """Read a JSON object. Raises 400, also for another content type: any web page could send one of those."""
    if request.content_type != "application/json":
        raise bad_request("the Content-Type has to be application/json")
    try:
        body = json.loads(await request.text())
    except (LookupError, ValueError) as error:
        raise bad_request(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise bad_request("a JSON object is wanted")
    return body


def bad_request(reason: str) -> web.HTTPBadRequest:
    """Make the error 400: the request is invalid."""
    return web.HTTPBadRequest(text=json.dumps({"error": reason}), content_type="application/json")


def conflict(reason: str) -> web.HTTPConflict:
    """Make the error 409: the request does not fit the current state."""
    return web.HTTPConflict(text=json.dumps({"error": reason}), content_type="application/json")


def string(body: Mapping[str, Any], name: str) -> str:
    """Return a string, "" when absent. Raises 400."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise bad_request(f"{name}: a string is wanted")
    return value


def address(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return a phone number, or another address of a call or text. Raises 400."""
    given = normalise(string(body, name)) or default
    if not can_be_caller(given):
        raise bad_request(f"{name}: a phone number such as +15005550006 is wanted, not {given!r}")
    return given


def whole(body: Mapping[str, Any], name: str, default: int) -> int:
    """Return a whole number, 0 or more. Raises 400."""
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_request(f"{name}: a whole number is wanted")
    return value


def number(text: str, name: str) -> float:
    """Parse a number of a query. Raises 400."""
    try:
        return float(text)
    except ValueError as error:
        raise bad_request(f"{name}: a number is wanted") from error
