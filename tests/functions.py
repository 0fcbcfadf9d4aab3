"""Calls the app's functions as the Functions host does, with webhooks signed as Twilio signs them."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

import azure.functions as func
from twilio.request_validator import RequestValidator

from switchboard import services
from switchboard.blueprints import client, delivery, flows, housekeeping, messaging, status, twimlets, voice
from switchboard.queues import EVENTS
from switchboard.refusal_log import refusals
from switchboard.services import Services
from switchboard.twimlets import TWIMLETS
from tests.fakes import ORIGIN, TOKEN, FakeQueues

FORM = "application/x-www-form-urlencoded"
# The host behind Azure's front end, which is not the one that Twilio called.
INTERNAL = "http://10.0.0.4:8080"
VOICE_ROUTES = ("incoming", "menu", "dialed", "recorded", "hold", "agent", "screen")
TWIMLET_PATH = "/api/twimlets/"
FLOW_PATH = "/api/flows/"
WEBHOOKS: dict[str, object] = {
    "/api/voice/incoming": voice.voice_incoming,
    "/api/voice/menu": voice.voice_menu,
    "/api/voice/dialed": voice.voice_dialed,
    "/api/voice/recorded": voice.voice_recorded,
    "/api/voice/hold": voice.voice_hold,
    "/api/voice/agent": voice.voice_agent,
    "/api/voice/screen": voice.voice_screen,
    "/api/client/voice": client.client_voice,
    "/api/sms/incoming": messaging.sms_incoming,
    "/api/status/sms": status.status_sms,
    "/api/status/call": status.status_call,
    "/api/status/recording": status.status_recording,
    **{TWIMLET_PATH + name: twimlets.twimlet for name in TWIMLETS},
}
QUEUE_FUNCTIONS: dict[str, object] = {
    "sms-outbox": delivery.send_sms,
    "call-outbox": delivery.place_call,
    "sms-outbox-poison": delivery.send_sms_poison,
    "call-outbox-poison": delivery.place_call_poison,
}
TIMERS: dict[str, object] = {
    "measure_queues": housekeeping.measure_queues,
    "tidy_records": housekeeping.tidy_records,
}

UserFunction = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Answer:
    """The answer to a webhook, and the events that the function published."""

    status: int
    text: str
    mimetype: str
    events: tuple[str, ...]
    location: str = ""


def user_function(builder: object) -> UserFunction:
    """The function below a blueprint's decorators, as the worker calls it."""
    return cast("UserFunction", cast("Any", builder)._function.get_user_function())


@contextmanager
def serving(current: Services) -> Iterator[None]:
    """Replaces the services of the functions, as in a new worker that has refused nothing yet."""
    refusals.restart()
    previous = services.replace(current)
    try:
        yield
    finally:
        services.replace(previous)


def sign(target: str, body: str = "", token: str = TOKEN) -> str:
    """Twilio's signature of a request to `target` (path and query) with a form as its body."""
    return cast("str", RequestValidator(token).compute_signature(ORIGIN + target, parse_form(body)))


def parse_form(body: str) -> Mapping[str, object]:
    """A form's parameters in the shape that the validator needs for repeated names."""
    return _Values(parse_qs(body, keep_blank_values=True))


class _Values(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self[name]


def webhook(
    target: str,
    parameters: Mapping[str, str] | None = None,
    *,
    signature: str | None = None,
    token: str = TOKEN,
    method: str = "POST",
) -> func.HttpRequest:
    """A request of Twilio's as it reaches the worker; signed, unless a `signature` is given ("" for none)."""
    body = urlencode(parameters or {}) if method == "POST" else ""
    signed = sign(target, body, token) if signature is None else signature
    headers = {"Content-Type": FORM} if method == "POST" else {}
    return func.HttpRequest(
        method,
        INTERNAL + target,
        headers=headers | ({"X-Twilio-Signature": signed} if signed else {}),
        body=body.encode(),
    )


async def answer_to(path: str, request: func.HttpRequest) -> Answer:
    """Calls the function of a route."""
    if path.startswith(TWIMLET_PATH):
        function = user_function(twimlets.twimlet)
        request = _routed(request, name=path.removeprefix(TWIMLET_PATH))
    elif path.startswith(FLOW_PATH):
        function = user_function(flows.flow)
        request = _routed(request, name=path.removeprefix(FLOW_PATH))
    else:
        function = user_function(WEBHOOKS[path])
    before = len(_published())
    response = await function(req=request)
    return Answer(
        status=response.status_code,
        text=response.get_body().decode(),
        mimetype=response.mimetype,
        events=tuple(_published()[before:]),
        location=response.headers.get("Location", ""),
    )


def _published() -> list[str]:
    """The bodies on the queue `events` of the current services, if they are fakes."""
    queues = services.current().queues if services.is_built() else None
    return queues.bodies(EVENTS) if isinstance(queues, FakeQueues) else []


def _routed(request: func.HttpRequest, **parts: str) -> func.HttpRequest:
    """The request with the route parameters that the host reads from its path."""
    return func.HttpRequest(
        request.method, request.url, headers=dict(request.headers), route_params=parts, body=request.get_body()
    )


async def post(target: str, parameters: Mapping[str, str]) -> Answer:
    """Posts a signed form."""
    return await answer_to(target.partition("?")[0], webhook(target, parameters))


async def twimlet(
    target: str,
    parameters: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    signature: str | None = None,
) -> Answer:
    """Requests a Twimlet; signed, unless a `signature` is given."""
    request = webhook(target, parameters, method=method, signature=signature)
    return await answer_to(target.partition("?")[0], request)


async def deliver(queue: str, body: bytes | str, message_id: str = "m1") -> None:
    """Delivers a message to its queue's function."""
    await user_function(QUEUE_FUNCTIONS[queue])(message=func.QueueMessage(id=message_id, body=body))


async def tick(timer: str) -> None:
    """Runs a timer's function."""
    await user_function(TIMERS[timer])(timer=TimerRequest())


class TimerRequest(func.TimerRequest):
    """A timer that is on time."""

    @property
    def past_due(self) -> bool:
        """Returns False."""
        return False
