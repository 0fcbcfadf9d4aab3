"""Warm webhooks: a signed form in, TwiML or 204 out, through the converters that the worker uses."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.etree import ElementTree

import azure.functions as func

from benchmarks.figures import Figures, Measured, Runs, ratio, spreads
from benchmarks.fresh_process import TOKEN, signed_form
from benchmarks.plain_library import Node, PlainWebhook
from benchmarks.plan import Plan
from benchmarks.programs.fresh_worker import http_datum
from switchboard import services
from tests import payloads
from tests.fakes import ENVIRONMENT, ORIGIN, FakeSecrets, FakeServices
from tests.functions import TWIMLET_PATH, WEBHOOKS, serving, user_function

NAME = "warm-webhook"
TITLE = "warm webhook"
ROUNDS = 10
REQUESTS = 60
# One payload for each route.
PAYLOADS = (
    "incoming_call",
    "gather_digits",
    "dial_no_answer",
    "record_ended",
    "hold",
    "agent_calls",
    "screen_asks",
    "incoming_keyword",
    "text_delivered",
    "call_completed",
    "recording_completed",
)
TWIMLETS = ("message?Message=Hello", "forward?PhoneNumber=%2B15005550009", "voicemail?Email=a%40b.example")

Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


class NoQueues:
    """Takes every message and keeps none, so that memory and time are the app's."""

    def __init__(self) -> None:
        self.messages = 0

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Counts a message."""
        self.messages += 1

    async def check(self) -> None:
        """Is always reachable."""


@dataclass(frozen=True)
class Webhook:
    """A route with its request, as the host encodes it."""

    name: str
    function: Handler
    request: dict[str, Any]

    async def answered_by(self, handler: Handler) -> func.HttpResponse:
        """Decodes the request, runs a handler, and encodes its answer."""
        registry = func.get_binding_registry()
        request = registry.get("httpTrigger").decode(http_datum(self.request), trigger_metadata={})
        response = await handler(request)
        registry.get("http").encode(response, expected_type=None)
        return response

    async def run(self, handler: Handler, times: int) -> Figures:
        """Measures many requests, one after another."""
        began, used = time.perf_counter(), time.process_time()
        for _ in range(times):
            await self.answered_by(handler)
        return Figures(seconds=time.perf_counter() - began, cpu=time.process_time() - used, units=times)


def webhooks() -> list[Webhook]:
    """Returns every route, with Twilio's own parameters."""
    found = []
    for name in PAYLOADS:
        payload = payloads.read(name)
        route = payload.path.partition("?")[0]
        function = user_function(WEBHOOKS[route])
        found.append(Webhook(route.removeprefix("/api/"), function, signed_form(payload.path, payload.form)))
    call = payloads.read("incoming_call").form
    for query in TWIMLETS:
        name = query.partition("?")[0]
        request = signed_form(TWIMLET_PATH + query, call) | {"params": {"name": name}}
        found.append(Webhook(f"twimlets/{name}", user_function(WEBHOOKS[TWIMLET_PATH + name]), request))
    return found


async def plain(webhook: Webhook, queues: NoQueues) -> Handler:
    """Returns the plain way to the same answer. Raises when the app does not answer."""
    before = queues.messages
    response = await webhook.answered_by(webhook.function)
    if response.status_code not in (200, 204):
        raise RuntimeError(f"{webhook.name} answered {response.status_code}")
    body = response.get_body()
    is_message = webhook.name.startswith("sms/")
    document = Node.of(ElementTree.fromstring(body), is_message=is_message) if body else None  # noqa: S314  # our own
    url = ORIGIN + webhook.request["url"].removeprefix("http://10.0.0.4:8080")
    handler = PlainWebhook(TOKEN, url, document, has_event=queues.messages > before).answer
    again = await webhook.answered_by(handler)
    if (again.status_code, again.get_body()) != (response.status_code, body):
        raise RuntimeError(f"{webhook.name}: the library's answer differs: {again.get_body()!r} for {body!r}")
    return handler


async def measure(plan: Plan) -> Measured:
    """Measures each route against the plain way to the same answer."""
    rounds, times = plan.rounds(ROUNDS), plan.size(REQUESTS)
    queues = NoQueues()
    runs: Runs = {}
    names = []
    current = FakeServices({**ENVIRONMENT, "TWILIO_AUTH_TOKEN": TOKEN}, queues=queues, secrets=FakeSecrets((TOKEN,)))
    with serving(current):
        services.current()
        for webhook in webhooks():
            handler = await plain(webhook, queues)
            cases = {
                webhook.name: partial(webhook.run, webhook.function, times),
                f"plain {webhook.name}": partial(webhook.run, handler, times),
            }
            runs |= await plan.interleave(NAME, cases, rounds)
            names.append(webhook.name)
    findings = [ratio(runs, "cpu", name, f"plain {name}", limit=0.8) for name in names]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))
