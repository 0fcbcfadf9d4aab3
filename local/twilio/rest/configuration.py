"""Accounts/{sid}.json, IncomingPhoneNumbers.json and messaging.twilio.com's Services/{sid}.

https://www.twilio.com/docs/iam/api/account https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
https://www.twilio.com/docs/messaging/api/service-resource
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web

from local.twilio.addresses import normalise
from local.twilio.configuration import (
    NUMBER_METHODS,
    NUMBER_SIDS,
    NUMBER_URLS,
    SERVICE_METHODS,
    SERVICE_URLS,
    Configuration,
    Fields,
    number_sid,
)
from local.twilio.exchange import Exchange
from local.twilio.rest.errors import not_found
from local.twilio.rest.form import Form
from local.twilio.rest.requests import ACCOUNT, MESSAGING

SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
NOT_A_URL = 21502


class ConfigurationApi:
    """The routes of the account, its numbers and its messaging services. Each raises RestError for the middleware."""

    def __init__(self, exchange: Exchange) -> None:
        self._configuration = exchange.configuration

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; POST on one resource updates it."""
        number, service = f"{ACCOUNT}/IncomingPhoneNumbers/{{sid}}.json", MESSAGING + "Services/{sid}"
        return [
            web.get(f"{ACCOUNT}.json", self._account),
            web.get(f"{ACCOUNT}/IncomingPhoneNumbers.json", self._list_numbers),
            web.get(number, self._fetch_number),
            web.post(number, self._update_number),
            web.get(service, self._fetch_service),
            web.post(service, self._update_service),
        ]

    async def _account(self, _: web.Request) -> web.Response:
        sid = self._configuration.options.account_sid
        return web.json_response({"sid": sid, "friendly_name": "Stand-in", "status": "active", "type": "Full"})

    async def _list_numbers(self, request: web.Request) -> web.Response:
        """List the account's numbers that have the filter PhoneNumber as a part."""
        part = normalise(request.query.get("PhoneNumber", ""))
        found = [_number(self._configuration, number) for number in self._configuration.numbers if part in number]
        page = {"page": 0, "page_size": 50, "uri": request.path, "next_page_uri": None}
        return web.json_response({"incoming_phone_numbers": found, **page})

    async def _fetch_number(self, request: web.Request) -> web.Response:
        return web.json_response(_number(self._configuration, self._found(request)))

    async def _update_number(self, request: web.Request) -> web.Response:
        number, form = self._found(request), Form(await request.text())
        set_fields(self._configuration.numbers[number], form, NUMBER_URLS, NUMBER_METHODS, NUMBER_SIDS)
        return web.json_response(_number(self._configuration, number))

    async def _fetch_service(self, request: web.Request) -> web.Response:
        return web.json_response(_service(self._configuration, _service_sid(request)))

    async def _update_service(self, request: web.Request) -> web.Response:
        sid, form = _service_sid(request), Form(await request.text())
        service = self._configuration.service(sid)
        set_fields(service, form, SERVICE_URLS, SERVICE_METHODS, ())
        if form.has("UseInboundWebhookOnNumber"):
            service["UseInboundWebhookOnNumber"] = form.text("UseInboundWebhookOnNumber").lower() == "true"
        return web.json_response(_service(self._configuration, sid))

    def _found(self, request: web.Request) -> str:
        number = self._configuration.by_sid(request.match_info["sid"])
        if not number:
            raise not_found(request.path)
        return number


def set_fields(fields: Fields, form: Form, urls: Sequence[str], methods: Sequence[str], sids: Sequence[str]) -> None:
    """Set the fields of a form; none of them when one is invalid."""
    values: dict[str, str] = {name: form.web_url(name, NOT_A_URL) for name in urls if form.has(name)}
    values |= {name: form.method(name) for name in methods if form.has(name)}
    values |= {name: form.text(name) for name in sids if form.has(name)}
    fields.update(values)


def _number(configuration: Configuration, number: str) -> dict[str, object]:
    return snake(configuration.numbers[number]) | {
        "sid": number_sid(number),
        "account_sid": configuration.options.account_sid,
        "phone_number": number,
        "friendly_name": number,
    }


def _service(configuration: Configuration, sid: str) -> dict[str, object]:
    return snake(configuration.service(sid)) | {
        "sid": sid,
        "account_sid": configuration.options.account_sid,
        "friendly_name": "Stand-in",
    }


def _service_sid(request: web.Request) -> str:
    sid = request.match_info["sid"]
    if not SERVICE.fullmatch(sid):
        raise not_found(request.path)
    return sid


def snake(fields: Fields) -> dict[str, object]:
    """Rename `VoiceUrl` to `voice_url`; an empty SID becomes null, as in Twilio's answers."""
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): (value or None) if name.endswith("Sid") else value
        for name, value in fields.items()
    }
