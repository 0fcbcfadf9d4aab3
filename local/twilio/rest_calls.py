"""Calls.json and Calls/{sid}.json. https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

from collections.abc import Mapping

from local.twilio import resources
from local.twilio.account import newest_first
from local.twilio.addresses import can_be_called, is_e164, normalise
from local.twilio.carrier import Carrier
from local.twilio.errors import RestError, bad_request, not_found, unfinished
from local.twilio.exchange import Exchange
from local.twilio.form import Form
from local.twilio.numbers import whole
from local.twilio.records import ENDED_CALL, Call, Fetch, Inline, Instructions, Recorder

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})
LONGEST_TWIML = 4000
LONGEST_RING = 600


def create(exchange: Exchange, carrier: Carrier, form: Form) -> dict[str, object]:
    """Take a call for placing. Raises RestError."""
    to, sender = _called(form), _caller(exchange, form)
    instructions, callback = _instructions(form), form.web_url("StatusCallback", 21205)
    fallback, method, events = _fallback(form), form.method("StatusCallbackMethod"), _events(form)
    recorder, timeout = _recorder(form), _timeout(form)
    call = exchange.account.add_call(to=to, sender=sender, direction="outbound-api")
    call.instructions, call.fallback = instructions, fallback
    call.status_callback, call.status_callback_method, call.status_callback_events = callback, method, events
    call.recorder, call.timeout = recorder, timeout
    call.answered_by = "human" if form.text("MachineDetection") else ""
    carrier.place(call)
    return _show(exchange, call)


def fetch(exchange: Exchange, sid: str, path: str) -> dict[str, object]:
    """One call. Raises RestError."""
    return _show(exchange, _find(exchange, sid, path))


def update(exchange: Exchange, carrier: Carrier, sid: str, path: str, form: Form) -> dict[str, object]:
    """End a call, or give it other instructions while it lasts. Raises RestError."""
    call = _find(exchange, sid, path)
    status = form.text("Status")
    if status:
        _end(exchange, carrier, call, status)
    elif form.has("Url") or form.has("Twiml"):
        _redirect(exchange, call, _instructions(form))
    return _show(exchange, call)


def delete(exchange: Exchange, sid: str, path: str) -> None:
    """Forget a call that is over. Raises RestError."""
    if _find(exchange, sid, path).status not in ENDED_CALL:
        raise unfinished("call")
    del exchange.account.calls[sid]


def list_(exchange: Exchange, path: str, query: Mapping[str, str]) -> dict[str, object]:
    """A page of calls, newest first. Filters: To, From, Status, ParentCallSid, StartTime, EndTime. Raises RestError."""
    started, ended = resources.Times("StartTime"), resources.Times("EndTime")
    found = [
        call
        for call in newest_first(exchange.account.calls.values())
        if _matches(call, query) and started.accept(query, call.started) and ended.accept(query, call.ended)
    ]
    return resources.page(found, query, path, "calls", lambda call: _show(exchange, call))


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
    if is_e164(sender) and sender != exchange.options.number:
        raise RestError(21210, f"'From' phone number not verified: {sender} is not this account's")
    return sender


def _instructions(form: Form) -> Instructions:
    """The Url, before which TwiML given as well is ignored; TwiML itself is looked at when the call is answered."""
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
    """Which events are called back for; some clients send all words in one field."""
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


def _find(exchange: Exchange, sid: str, path: str) -> Call:
    if sid not in exchange.account.calls:
        raise not_found(path)
    return exchange.account.calls[sid]


def _end(exchange: Exchange, carrier: Carrier, call: Call, status: str) -> None:
    """`canceled` ends a call that is not answered yet, `completed` any."""
    if status not in ("canceled", "completed"):
        raise bad_request(f"Status can become canceled or completed, not {status}")
    if call.status in ENDED_CALL or call.sid not in exchange.live:
        raise RestError(21220, f"Call is not in-progress. Cannot end a call that is {call.status}")
    answered = call.status == "in-progress"
    if status == "canceled" and answered:
        return
    carrier.end(call, "completed" if answered else "canceled")


def _redirect(exchange: Exchange, call: Call, instructions: Instructions) -> None:
    live = exchange.live.get(call.sid)
    if live is None or call.status != "in-progress":
        raise RestError(21220, f"Call is not in-progress. Cannot redirect a call that is {call.status}")
    live.redirect(instructions)


def _show(exchange: Exchange, call: Call) -> dict[str, object]:
    return resources.call_json(call, exchange.account.sid)
