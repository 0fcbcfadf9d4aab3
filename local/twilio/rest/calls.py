"""Calls.json and Calls/{sid}.json. https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from local.twilio import resources
from local.twilio.account import newest_first
from local.twilio.addresses import can_be_called, is_e164, normalise
from local.twilio.carrier import Carrier
from local.twilio.exchange import Exchange
from local.twilio.numbers import whole
from local.twilio.records import ENDED_CALL, Call, Fetch, Inline, Instructions, Recorder
from local.twilio.rest import lists
from local.twilio.rest.errors import RestError, bad_request, not_found, unfinished
from local.twilio.rest.form import Form
from local.twilio.rest.requests import ACCOUNT, read_form, sid_of

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
LONGEST_TWIML = 4000
LONGEST_RING = 600


class CallsApi:
    """The routes of calls. Each raises RestError, which the REST middleware answers."""

    def __init__(self, exchange: Exchange, carrier: Carrier) -> None:
        self._exchange = exchange
        self._account = exchange.account
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; POST on one call updates it."""
        calls, call = f"{ACCOUNT}/Calls.json", f"{ACCOUNT}/Calls/{{sid}}.json"
        return [
            web.post(calls, self._create),
            web.get(calls, self._list),
            web.get(call, self._fetch),
            web.post(call, self._update),
            web.delete(call, self._delete),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        call = create_call(self._exchange, await read_form(request))
        self._carrier.place(call)
        return web.json_response(self._to_json(call), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        """List calls, newest first. Filters: To, From, Status, ParentCallSid, StartTime, EndTime."""
        query = request.query
        started, ended = lists.TimeFilter("StartTime"), lists.TimeFilter("EndTime")
        found = [
            call
            for call in newest_first(self._account.calls.values())
            if _matches(call, query) and started.accepts(query, call.started) and ended.accepts(query, call.ended)
        ]
        return web.json_response(lists.page(found, query, request.path, "calls", self._to_json))

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._to_json(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        """End a call, or replace its instructions."""
        form, call = await read_form(request), self._find(request)
        status = form.text("Status")
        if status:
            self._end(call, status)
        elif form.has("Url") or form.has("Twiml"):
            self._redirect(call, _instructions(form))
        return web.json_response(self._to_json(call))

    async def _delete(self, request: web.Request) -> web.Response:
        """Delete an ended call."""
        call = self._find(request)
        if call.status not in ENDED_CALL:
            raise unfinished("call")
        del self._account.calls[call.sid]
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Call:
        sid = sid_of(request)
        if sid not in self._account.calls:
            raise not_found(request.path)
        return self._account.calls[sid]

    def _end(self, call: Call, status: str) -> None:
        """`canceled` ends a call that is not answered yet, `completed` any call in progress."""
        if status not in ("canceled", "completed"):
            raise bad_request(f"Status can become canceled or completed, not {status}")
        if call.status in ENDED_CALL or self._carrier.live_calls.find(call.sid) is None:
            raise RestError(21220, f"Call is not in-progress. Cannot end a call that is {call.status}")
        answered = call.status == "in-progress"
        if status == "canceled" and answered:
            return
        self._carrier.end(call, "completed" if answered else "canceled")

    def _redirect(self, call: Call, instructions: Instructions) -> None:
        leg = self._carrier.live_calls.find(call.sid)
        if leg is None or call.status != "in-progress":
            raise RestError(21220, f"Call is not in-progress. Cannot redirect a call that is {call.status}")
        leg.redirect(instructions)

    def _to_json(self, call: Call) -> dict[str, object]:
        return resources.call_json(call, self._account.sid)


def create_call(exchange: Exchange, form: Form) -> Call:
    """Add a call that does not ring yet. Raises RestError."""
    to, sender = _called(form), _caller(exchange, form)
    instructions, callback = _instructions(form), form.web_url("StatusCallback", 21205)
    fallback, method, events = _fallback(form), form.method("StatusCallbackMethod"), _events(form)
    recorder, timeout = _recorder(form), _timeout(form)
    call = exchange.account.add_call(to=to, sender=sender, direction="outbound-api")
    call.instructions, call.fallback = instructions, fallback
    call.status_callback, call.status_callback_method, call.status_callback_events = callback, method, events
    call.recorder, call.timeout = recorder, timeout
    call.answered_by = "human" if form.text("MachineDetection") else ""
    return call


def _matches(call: Call, query: Mapping[str, str]) -> bool:
    wanted = (
        (normalise(query.get("To", "")), call.to),
        (normalise(query.get("From", "")), call.sender),
        (query.get("Status", ""), call.status),
        (query.get("ParentCallSid", ""), call.parent_call_sid),
    )
    return all(text in ("", value) for text, value in wanted)


def _called(form: Form) -> str:
    to = normalise(form.text("To"))
    if not to:
        raise RestError(21201, "No 'To' number is specified")
    if not can_be_called(to):
        raise RestError(21211, f"Invalid 'To' Phone Number: {to}")
    return to


def _caller(exchange: Exchange, form: Form) -> str:
    sender = normalise(form.text("From"))
    if not sender:
        raise RestError(21213, "'From' phone number is required")
    if not is_e164(sender) and not sender.startswith("client:"):
        raise RestError(21212, f"Invalid 'From' Number: {sender}")
    if is_e164(sender) and not exchange.configuration.owns(sender):
        raise RestError(21210, f"'From' phone number not verified: {sender} is not this account's")
    return sender


def _instructions(form: Form) -> Instructions:
    """Return the `Url`, else the `Twiml`, which is parsed when the call is answered."""
    if form.text("Url"):
        return Fetch(url=form.web_url("Url", 21205), method=form.method("Method"))
    twiml = form.text("Twiml")
    if not twiml:
        raise RestError(21205, "Url parameter is required.")
    if len(twiml) > LONGEST_TWIML:
        raise bad_request(f"Twiml exceeds {LONGEST_TWIML} characters")
    return Inline(twiml)


def _fallback(form: Form) -> Fetch | None:
    url = form.web_url("FallbackUrl", 21205)
    return Fetch(url=url, method=form.method("FallbackMethod")) if url else None


def _events(form: Form) -> frozenset[str]:
    """Return the events with a callback. Some clients send all words in one field."""
    words = " ".join(form.texts("StatusCallbackEvent")).split()
    if not set(words) <= EVENTS:
        raise RestError(21626, f"Invalid 'StatusCallbackEvent': {' '.join(words)}")
    return frozenset(words) or frozenset({"completed"})


def _recorder(form: Form) -> Recorder:
    words = " ".join(form.texts("RecordingStatusCallbackEvent")).split()
    return Recorder(
        wanted=form.text("Record").lower() == "true",
        callback=form.web_url("RecordingStatusCallback", 21205),
        method=form.method("RecordingStatusCallbackMethod"),
        events=frozenset(words) & RECORDING_EVENTS or frozenset({"completed"}),
    )


def _timeout(form: Form) -> int:
    text = form.text("Timeout") or "60"
    seconds = whole(text) or 0
    if not 1 <= seconds <= LONGEST_RING:
        raise RestError(21208, f"Invalid Timeout: {text}")
    return seconds
