"""Requests of the stand-in's own API: their JSON read, and refused with what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from local.twilio.addresses import is_e164, is_sender, normalise


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """A JSON object. Another content type is refused, because any page in a browser could send that."""
    if request.content_type != "application/json":
        raise wrong("the Content-Type has to be application/json")
    try:
        body = json.loads(await request.text())
    except (LookupError, ValueError) as error:
        raise wrong(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise wrong("a JSON object is wanted")
    return body


def wrong(reason: str) -> web.HTTPBadRequest:
    """400: the wish itself makes no sense."""
    return web.HTTPBadRequest(text=json.dumps({"error": reason}), content_type="application/json")


def conflict(reason: str) -> web.HTTPConflict:
    """409: the wish makes no sense now."""
    return web.HTTPConflict(text=json.dumps({"error": reason}), content_type="application/json")


def string(body: Mapping[str, Any], name: str) -> str:
    """A string, "" when absent."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise wrong(f"{name}: a string is wanted")
    return value


def party(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """A phone number, or another address that a call or text can have."""
    address = normalise(string(body, name)) or default
    if not is_e164(address) and (address.startswith("+") or not is_sender(address)):
        raise wrong(f"{name}: a phone number such as +15005550006 is wanted, not {address!r}")
    return address


def whole(body: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number that is not negative."""
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise wrong(f"{name}: a whole number is wanted")
    return value


def number(text: str, name: str) -> float:
    """A number of a query."""
    try:
        return float(text)
    except ValueError as error:
        raise wrong(f"{name}: a number is wanted") from error
