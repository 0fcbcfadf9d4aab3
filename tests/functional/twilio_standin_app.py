"""A fake app for the stand-in: gives the answers that a test sets, and keeps the requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from local.request_guard import KEY_HEADER
from local.twilio.options import Pace, Patience, StandInOptions
from local.twilio.server import StandIn

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-account"
NUMBER = "+15005550001"
PHONE = "+15005550006"
FAST = Pace(step=0.01, ring=0.01, longest_wait=0.005)


@dataclass(frozen=True)
class ReceivedRequest:
    """One webhook, and whether its signature is valid."""

    method: str
    path: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    signed: bool


@dataclass
class App:
    """`answers` by path: TwiML, or a whole response; paths without one are answered 204."""

    answers: dict[str, str | Canned] = field(default_factory=dict)
    requests: list[ReceivedRequest] = field(default_factory=list)
    # The delay of the answer, in seconds, by path.
    seconds: dict[str, float] = field(default_factory=dict)
    url: str = ""
    # The origin for the check of signatures, "" for the app's URL.
    public_url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Keep the request, and answer it."""
        fields = dict(parse_qsl(await request.text(), keep_blank_values=True))
        public = (self.public_url or self.url) + request.raw_path
        signature = request.headers["X-Twilio-Signature"]
        signed = bool(RequestValidator(TOKEN).validate(public, fields, signature))
        await asyncio.sleep(self.seconds.get(request.path, 0))
        self.requests.append(ReceivedRequest(request.method, request.raw_path, fields, dict(request.headers), signed))
        answer = self.answers.get(request.path)
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/xml")
        return answer.clone() if isinstance(answer, Canned) else web.Response(status=204)

    def to(self, path: str) -> list[ReceivedRequest]:
        """The requests to one path, with any query."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]


class Canned(web.Response):
    """A response that can be sent more than once."""

    def clone(self) -> web.Response:
        """A copy of this response."""
        return web.Response(status=self.status, body=self.body, headers=self.headers)


class Clock:
    """A clock that a test can set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


def twiml(verbs: str) -> str:
    """A document with these verbs."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>'


def options(app: App, **changes: object) -> StandInOptions:
    """The options of a fast stand-in for that app, on a free port."""
    settings: dict[str, object] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "port": 0,
        "app_url": app.url,
        "number": NUMBER,
        "pace": FAST,
        "patience": Patience(connect=1, answer=1),
    }
    return StandInOptions(**(settings | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def running_app() -> AsyncIterator[App]:
    """An app on a free port."""
    app = App()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", app.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield app
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(**changes: object) -> AsyncIterator[tuple[App, StandIn]]:
    """An app, and the stand-in for it."""
    async with running_app() as app, StandIn(options(app, **changes)) as standin:
        yield app, standin


def rest(standin: StandIn, user: str = ACCOUNT, password: str = TOKEN) -> Client:
    """Twilio's own library, pointed at the stand-in; its requests block: call it in a thread."""
    client = Client(user, password, ACCOUNT)
    client.api.base_url = standin.url
    return client


def session_with_key(standin: StandIn) -> aiohttp.ClientSession:
    """Requests with the stand-in's key."""
    return aiohttp.ClientSession(headers={KEY_HEADER: standin.key})


async def post(standin: StandIn, path: str, body: object) -> tuple[int, dict[str, object]]:
    """Post to the stand-in's own API."""
    async with session_with_key(standin) as session, session.post(standin.url + path, json=body) as response:
        return response.status, await response.json()


async def eventually(truth: Callable[[], bool]) -> None:
    """Wait until the condition is true, 5 s at most."""
    async with asyncio.timeout(5):
        while not truth():  # noqa: ASYNC110 - nothing signals a change
            await asyncio.sleep(0.005)


async def place_call(standin: StandIn, **wishes: object) -> list[str]:
    """Call the app: all sentences of the transcript."""
    status, answered = await post(standin, "/standin/calls", {"from": PHONE, **wishes})
    assert status == 200, answered
    steps: Any = answered["steps"]
    return [sentence for step in steps for sentence in step["sentences"]]


async def send_text(standin: StandIn, body: str, **wishes: object) -> list[str]:
    """Text the app: all sentences of the transcript."""
    status, answered = await post(standin, "/standin/texts", {"from": PHONE, "body": body, **wishes})
    assert status == 200, answered
    steps: Any = answered["steps"]
    return [sentence for step in steps for sentence in step["sentences"]]


def answer_steps(app: App, **documents: str) -> None:
    """Set the verbs that each step of the call flow answers with."""
    for name, verbs in documents.items():
        app.answers["/api/voice/" + name] = twiml(verbs)


def fields_of(app: App, step: str, *names: str) -> tuple[str, ...]:
    """These fields of the only request to a step."""
    (request,) = app.to("/api/voice/" + step)
    return tuple(request.fields.get(name, "") for name in names)
