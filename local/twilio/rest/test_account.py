"""The test account, as Twilio's test credentials are documented: https://www.twilio.com/docs/iam/test-credentials

It takes POST to Messages, Calls and IncomingPhoneNumbers, and answers everything else with 403. Its magic numbers
make Twilio's errors. Nothing is sent, nothing is called, and there are no status callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from aiohttp import web

from local.twilio import resources
from local.twilio.account import StandInAccount
from local.twilio.addresses import normalise
from local.twilio.configuration import number_sid
from local.twilio.exchange import Exchange
from local.twilio.handsets import Handsets
from local.twilio.records import Call, Message
from local.twilio.rest.errors import RestError
from local.twilio.rest.form import Form
from local.twilio.rest.requests import ROOT, read_form

# The only From that test credentials may use.
OWN_NUMBER = "+15005550006"
TEXT_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
TEXT_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
CALL_FROM = {"+15005550001": 21212}
CALL_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
NUMBERS = {"+15005550000": 21422, "+15005550001": 21421}


class TestAccountApi:
    """Answers the requests of the test account, whose texts and calls are kept apart from the ordinary account's.

    `create_message` and `create_call` are those of the ordinary account: they check the rest of a form.
    """

    def __init__(
        self,
        exchange: Exchange,
        create_message: Callable[[Exchange, Form], Message],
        create_call: Callable[[Exchange, Form], Call],
    ) -> None:
        sid = exchange.options.test_account_sid
        self._exchange = replace(
            exchange,
            options=replace(exchange.options, account_sid=sid, number=OWN_NUMBER),
            account=StandInAccount(sid, exchange.options.clock),
            handsets=Handsets(),
            deliver=lambda _: None,
        )
        self._message, self._call = create_message, create_call
        prefix = f"{ROOT}Accounts/{sid}/"
        self._creates = {
            f"{prefix}Messages.json": self._create_message,
            f"{prefix}Calls.json": self._create_call,
            f"{prefix}IncomingPhoneNumbers.json": self._buy_number,
        }

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request with test credentials. Raises RestError."""
        create = self._creates.get(request.path) if request.method == "POST" else None
        if create is None:
            raise RestError(20008, "Resource not accessible with Test Account Credentials", 403)
        return web.json_response(create(await read_form(request)), status=201)

    def _create_message(self, form: Form) -> dict[str, object]:
        _refuse_magic(form, TEXT_FROM, TEXT_TO)
        return resources.message_json(self._message(self._exchange, form), self._exchange.account.sid)

    def _create_call(self, form: Form) -> dict[str, object]:
        _refuse_magic(form, CALL_FROM, CALL_TO)
        return resources.call_json(self._call(self._exchange, form), self._exchange.account.sid)

    def _buy_number(self, form: Form) -> dict[str, object]:
        number = normalise(form.text("PhoneNumber"))
        _refuse(number, NUMBERS)
        return {"sid": number_sid(number), "account_sid": self._exchange.account.sid, "phone_number": number}


def _refuse_magic(form: Form, senders: Mapping[str, int], recipients: Mapping[str, int]) -> None:
    _refuse(normalise(form.text("From")), senders)
    _refuse(normalise(form.text("To")), recipients)


def _refuse(number: str, magic: Mapping[str, int]) -> None:
    if number in magic:
        raise RestError(magic[number], f"Twilio's test credentials answer {magic[number]} for {number}")
