"""Paths and bodies of REST requests."""

from __future__ import annotations

from aiohttp import web

from local.twilio.parameters import API_VERSION
from local.twilio.rest.errors import bad_request
from local.twilio.rest.form import Form

ROOT = f"/{API_VERSION}/"
ACCOUNT = ROOT + "Accounts/{account_sid}"
# messaging.twilio.com, whose API version has another name.
MESSAGING = "/v1/"


async def read_form(request: web.Request) -> Form:
    """Read the form. Raises RestError."""
    try:
        return Form(await request.text())
    except (LookupError, ValueError) as error:
        raise bad_request("the body is no form") from error


def sid_of(request: web.Request) -> str:
    """Return the SID in the path."""
    return request.match_info["sid"]
