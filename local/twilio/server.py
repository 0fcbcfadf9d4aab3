"""The stand-in as a server on loopback: for a developer's machine (`serve`), and inside tests (`StandIn`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType

from aiohttp import web

from local.ports import ensure_free
from local.twilio import page, rest
from local.twilio.account import Account
from local.twilio.carrier import Carrier
from local.twilio.configuration import Configuration
from local.twilio.control import Control
from local.twilio.exchange import Exchange, Work
from local.twilio.handsets import Handsets
from local.twilio.options import StandInOptions
from local.twilio.rest_configuration import ConfigurationApi
from local.twilio.webhooks import Webhooks
from local.twilio.wire import Entry, Wire

HOST = "127.0.0.1"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
LONGEST_LINE = 160
SHUTDOWN_SECONDS = 0.5

Say = Callable[[str], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StandIn:
    """Twilio, for one account, for as long as the `async with` lasts.

    `url` is where it is; `account`, `handsets` and `wire` are what it remembers, for tests to look at and to set up.
    """

    def __init__(self, options: StandInOptions, *, say: Say = lambda _: None) -> None:
        told = _with_time(options, say)
        wire = Wire(options.clock, lambda entry: _tell_of_fault(entry, told))
        self._exchange = Exchange(
            options=options,
            account=Account(options.account_sid, options.clock),
            handsets=Handsets(),
            wire=wire,
            webhooks=Webhooks(options, wire),
            work=Work(told),
            say=told,
        )
        self._carrier = Carrier(self._exchange)
        self._exchange.deliver = self._carrier.deliver
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self._exchange.url

    @property
    def account(self) -> Account:
        """What it remembers of texts, calls and recordings."""
        return self._exchange.account

    @property
    def configuration(self) -> Configuration:
        """What is configured on its number and services."""
        return self._exchange.configuration

    @property
    def handsets(self) -> Handsets:
        """What the phones of the outside world do."""
        return self._exchange.handsets

    @property
    def wire(self) -> Wire:
        """What went over the wire."""
        return self._exchange.wire

    async def __aenter__(self) -> StandIn:
        """Listen. Raises local.ports.PortTakenError."""
        options = self._exchange.options
        ensure_free(options.port, "Twilio's stand-in")
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, options.port).start()
        self._exchange.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exchange.work.stop()
        if self._runner:
            await self._runner.cleanup()
        await self._exchange.webhooks.close()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[_loopback_only, rest.middleware(self._exchange)])
        application.add_routes(rest.RestApi(self._exchange, self._carrier).routes())
        application.add_routes(ConfigurationApi(self._exchange).routes())
        application.add_routes(Control(self._exchange).routes())
        application.add_routes([web.get("/", self._page)])
        return application

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=page.render(self._exchange.options, self.url), content_type="text/html")


async def serve(options: StandInOptions, *, ready: asyncio.Event | None = None, say: Say = print) -> None:
    """Be Twilio until cancelled. `ready` is set once it listens; `say` is given a short line of all that happens.

    Raises local.ports.PortTakenError.
    """
    async with StandIn(options, say=say) as standin:
        say(f"Twilio's stand-in is up: {standin.url}, for the app at {options.app_url}")
        if ready:
            ready.set()
        await asyncio.Event().wait()


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request under any other host's name: a web page could have its name resolve to this machine."""
    if request.url.host not in LOOPBACK_NAMES:
        return web.Response(status=403, text="Only for this machine, at 127.0.0.1 or localhost.\n")
    return await handler(request)


def _tell_of_fault(entry: Entry, tell: Say) -> None:
    """Say what went wrong on the wire; what went well is told by what it led to."""
    if entry.went_wrong:
        tell("; ".join((f"! {entry.direction} {entry.method}: {entry.summary}", *entry.problems)))


def _with_time(options: StandInOptions, say: Say) -> Say:
    """Short lines, each with its time of day."""

    def tell(line: str) -> None:
        words = " ".join(line.split())
        short = words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 1] + "…"
        say(f"{options.clock().astimezone():%H:%M:%S} {short}")

    return tell
