"""Applications.json: TwiML apps. https://www.twilio.com/docs/usage/api/applications"""

from __future__ import annotations

import secrets

from aiohttp import web

from local.twilio.configuration import APPLICATION_METHODS, APPLICATION_URLS, Configuration, Fields
from local.twilio.exchange import Exchange
from local.twilio.rest.configuration import set_fields, snake
from local.twilio.rest.errors import bad_request, not_found
from local.twilio.rest.form import Form
from local.twilio.rest.requests import ACCOUNT, read_form, sid_of


class ApplicationsApi:
    """The routes of the account's TwiML apps. Each raises RestError for the middleware."""

    def __init__(self, exchange: Exchange) -> None:
        self._configuration = exchange.configuration

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; POST on one resource updates it."""
        application = f"{ACCOUNT}/Applications/{{sid}}.json"
        return [
            web.get(f"{ACCOUNT}/Applications.json", self._list),
            web.post(f"{ACCOUNT}/Applications.json", self._create),
            web.get(application, self._fetch),
            web.post(application, self._update),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        """List the apps, or those with the name FriendlyName."""
        name = request.query.get("FriendlyName", "")
        wanted = [sid for sid, each in self._configuration.applications.items() if name in ("", each["FriendlyName"])]
        page = {"page": 0, "page_size": 50, "uri": request.path, "next_page_uri": None}
        return web.json_response({"applications": [_json(self._configuration, sid) for sid in wanted], **page})

    async def _create(self, request: web.Request) -> web.Response:
        form, sid = await read_form(request), "AP" + secrets.token_hex(16)
        fields = self._configuration.fresh_application()
        _change(fields, form)
        self._configuration.applications[sid] = fields
        return web.json_response(_json(self._configuration, sid), status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(_json(self._configuration, self._found(request)))

    async def _update(self, request: web.Request) -> web.Response:
        sid, form = self._found(request), await read_form(request)
        _change(self._configuration.applications[sid], form)
        return web.json_response(_json(self._configuration, sid))

    def _found(self, request: web.Request) -> str:
        sid = sid_of(request)
        if sid not in self._configuration.applications:
            raise not_found(request.path)
        return sid


def _change(fields: Fields, form: Form) -> None:
    name = form.text("FriendlyName")
    if len(name) > 64:
        raise bad_request("FriendlyName exceeds 64 characters")
    set_fields(fields, form, APPLICATION_URLS, APPLICATION_METHODS, ())
    if form.has("FriendlyName"):
        fields["FriendlyName"] = name


def _json(configuration: Configuration, sid: str) -> dict[str, object]:
    return snake(configuration.applications[sid]) | {"sid": sid, "account_sid": configuration.options.account_sid}
