"""The app itself, its functions behind a server as a host has them, with Twilio's stand-in before it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import azure.functions as func
from aiohttp import web

from local.twilio.options import Pace, StandInOptions
from local.twilio.server import StandIn
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.commands import COMMAND_TYPES
from switchboard.queues import EVENTS
from switchboard.settings import Settings
from tests import published
from tests.fakes import ENVIRONMENT, ORIGIN, TOKEN, FakeQueues, FakeSecrets, FakeServices
from tests.functions import WEBHOOKS, answer_to, deliver, serving

CALLER = "+15005550006"
OPERATOR = "+15005550009"
NUMBER = ENVIRONMENT["TWILIO_FROM"]
# Prompts take a fiftieth of their time; a Gather's five seconds take two.
BRISK = Pace(step=0.05, ring=0.05, longest_wait=0.05, hearing=0.02, waiting=0.4)


@dataclass(frozen=True)
class Stack:
    """The running app and stand-in. `put` puts a message on a queue; `outbox` has the app's own messages.

    `storage` is the connection string of a whole stack.
    """

    standin: StandIn
    put: Callable[[str, str], Awaitable[None]]
    outbox: FakeQueues = field(default_factory=FakeQueues)
    storage: str = ""

    async def push(self, queue: str, **command: object) -> None:
        """Give a queue a command."""
        await self.put(queue, json.dumps(command))

    async def come_later(self) -> None:
        """Let the time pass until what the app has put back onto its outboxes comes again."""
        waiting = [message for message in self.outbox.messages if message.queue in COMMAND_TYPES]
        for message in waiting:
            self.outbox.messages.remove(message)
            await self.put(message.queue, message.body)

    def ends(self) -> list[str]:
        """The ends of commands that Twilio did not accept."""
        events = [published.read(body) for body in self.outbox.bodies(EVENTS)]
        return [event["state"] for event in events if event["type"] == "switchboard.command.ended"]


async def answer(request: web.Request) -> web.Response:
    """Answer as the host does: by the function that the route names."""
    if request.path not in WEBHOOKS:
        return web.Response(status=404)
    called = func.HttpRequest(
        request.method, str(request.url), headers=dict(request.headers), body=await request.read()
    )
    answered = await answer_to(request.path, called)
    return web.Response(text=answered.text, status=answered.status, content_type=answered.mimetype)


@asynccontextmanager
async def running(pace: Pace = BRISK) -> AsyncIterator[Stack]:
    """Both on free ports; the app has a public origin, and receives requests at its local address."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with StandIn(standin_options(f"http://127.0.0.1:{runner.addresses[0][1]}", pace)) as standin:
            api = TwilioApi(Settings.from_environ(_environ(standin)), FakeSecrets(), whole_seconds=2)
            try:
                outbox = FakeQueues()
                with serving(FakeServices(_environ(standin), twilio=api, queues=outbox)):
                    yield Stack(standin, deliver, outbox)
            finally:
                await api.close()
    finally:
        await runner.cleanup()


def standin_options(app_url: str, pace: Pace, port: int = 0) -> StandInOptions:
    """A stand-in for the app at that address, with the tests' two handsets."""
    return StandInOptions(
        account_sid=ENVIRONMENT["TWILIO_ACCOUNT_SID"],
        auth_token=TOKEN,
        port=port,
        app_url=app_url,
        public_url=ORIGIN,
        number=NUMBER,
        pace=pace,
        phones=(CALLER, OPERATOR),
    )


def _environ(standin: StandIn) -> dict[str, str]:
    return {**ENVIRONMENT, "TWILIO_API_BASE_URL": standin.url}
