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
from local.twilio.deliveries import Deliveries, Delivery, Kept
from local.twilio.desk import Desk
from local.twilio.exchange import Exchange, Work
from local.twilio.faults import Faults
from local.twilio.feed import Feed
from local.twilio.handsets import Handsets
from local.twilio.messages_left import LARGEST_SOUND
from local.twilio.options import StandInOptions
from local.twilio.phone_api import PhoneApi, publish_message
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
        self._feed = Feed()
        self._deliveries = Deliveries()
        wire = Wire(options.clock, lambda entry: self._see(entry, told))
        faults = Faults(lambda: self._feed.publish("faults", faults.to_json()))
        self._exchange = Exchange(
            options=options,
            account=Account(options.account_sid, options.clock),
            handsets=Handsets(),
            wire=wire,
            webhooks=Webhooks(options, wire, faults),
            work=Work(told),
            desk=Desk(options.phones, options.pace, options.clock, self._feed.publish),
            faults=faults,
            say=told,
        )
        publish_message(self._exchange, self._feed)
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

    @property
    def desk(self) -> Desk:
        """The handsets on the page."""
        return self._exchange.desk

    @property
    def faults(self) -> Faults:
        """What goes wrong at Twilio's side."""
        return self._exchange.faults

    @property
    def is_watched(self) -> bool:
        """Is its page open anywhere?"""
        return self._feed.is_heard

    def keep(self, kept: Kept) -> None:
        """Show on the page what the app itself says of a command, beside what the wire tells."""
        self._publish(self._deliveries.keep(kept))

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
        self._feed.close()
        await self._exchange.work.stop()
        if self._runner:
            await self._runner.cleanup()
        # What the last pages began when they were let go.
        await self._exchange.work.stop()
        await self._exchange.webhooks.close()

    def _application(self) -> web.Application:
        middlewares = [_loopback_only, rest.middleware(self._exchange)]
        application = web.Application(middlewares=middlewares, client_max_size=LARGEST_SOUND)
        application.add_routes(rest.RestApi(self._exchange, self._carrier).routes())
        application.add_routes(ConfigurationApi(self._exchange).routes())
        application.add_routes(Control(self._exchange).routes())
        application.add_routes(PhoneApi(self._exchange, self._feed, self._deliveries).routes())
        application.add_routes(page.routes())
        return application

    def _see(self, entry: Entry, tell: Say) -> None:
        """What is on the wire is on every page, with what it says of a delivery."""
        _tell_of_fault(entry, tell)
        self._feed.publish("wire", entry.to_json())
        self._publish(self._deliveries.see(entry))

    def _publish(self, delivery: Delivery | None) -> None:
        if delivery:
            self._feed.publish("delivery", delivery.to_json())


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
