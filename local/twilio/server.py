"""The stand-in as a server on loopback: `serve` for a developer's machine, `StandIn` for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from aiohttp import web

from local.ports import ensure_free
from local.request_guard import JSON_ONLY, Guard, own_origins, routes_of
from local.run_file import Run, published
from local.run_key import key_line
from local.twilio.account import StandInAccount
from local.twilio.carrier import Carrier
from local.twilio.configuration import Configuration
from local.twilio.control_api import ControlApi
from local.twilio.deliveries import AppRecord, Deliveries, Delivery, Requeue
from local.twilio.exchange import Displays, Exchange
from local.twilio.faults import Faults
from local.twilio.handsets import Handsets
from local.twilio.log import Say, log_failure, with_time
from local.twilio.options import StandInOptions
from local.twilio.page import files
from local.twilio.page.api import PageApi, publish_messages
from local.twilio.page.app_board import AppBoard
from local.twilio.page.feed import Feed
from local.twilio.page.numbers_api import NumbersApi
from local.twilio.page.spoken_message import LARGEST_SOUND, WAV
from local.twilio.rest.applications import ApplicationsApi
from local.twilio.rest.calls import CallsApi, create_call
from local.twilio.rest.configuration import ConfigurationApi
from local.twilio.rest.messages import MessagesApi, create_message
from local.twilio.rest.middleware import middleware
from local.twilio.rest.recordings import RecordingsApi
from local.twilio.rest.test_account import TestAccountApi
from local.twilio.softphones.audio import Audio
from local.twilio.softphones.outgoing import OutgoingCalls
from local.twilio.softphones.registry import Softphones
from local.twilio.softphones.signalling import PATH, Signalling
from local.twilio.twiml.verbs import Dial, Enqueue, Gather, Record, Text
from local.twilio.users.callees import callee_finder
from local.twilio.users.handset_user import FindCallee
from local.twilio.users.page_handsets import PageHandsets
from local.twilio.voice.call_leg import LiveCalls
from local.twilio.voice.call_queue import CallQueues
from local.twilio.voice.conference import Conferences
from local.twilio.voice.dial import Dialler
from local.twilio.voice.gather import gather
from local.twilio.voice.performer import Performer
from local.twilio.voice.record import record_message
from local.twilio.voice.sms import send_text
from local.twilio.webhooks import Webhooks
from local.twilio.wire import Entry, Wire
from local.twilio.work import Work

HOST = "127.0.0.1"
OWN_API = "/standin/"
SHUTDOWN_SECONDS = 0.5


class StandIn:
    """Twilio for one account, until the `async with` ends.

    Tests read and prepare its state by `account`, `handsets`, `page_handsets`, `configuration`, `faults` and `wire`.
    """

    def __init__(self, options: StandInOptions, *, say: Say = lambda _: None) -> None:
        say = with_time(options.clock, say)
        self._feed = Feed()
        self._deliveries = Deliveries()
        self._numbers = NumbersApi(self._feed)
        self._app = AppBoard(self._feed.publish, options.clock)
        self.page_handsets = PageHandsets(options.phones, options.pace, options.clock, self._feed.publish)
        work = Work(say)
        self._audio = Audio(work.start)
        self._softphones = Softphones(self._audio)
        wire = Wire(options.clock, lambda entry: self._publish_entry(entry, say))
        faults = Faults(lambda: self._feed.publish("faults", faults.to_json()))
        self._exchange = Exchange(
            options=options,
            account=StandInAccount(options.account_sid, options.clock),
            handsets=Handsets(),
            wire=wire,
            webhooks=Webhooks(options, wire, faults),
            work=work,
            faults=faults,
            display=Displays((self.page_handsets, self._softphones)),
            say=say,
        )
        self._softphones.use(self._exchange)
        publish_messages(self._exchange, self._feed)
        find_callee = callee_finder(self.page_handsets, self._exchange.handsets, options.pace, self._softphones.find)
        self._live_calls = LiveCalls(self._exchange, _performer(find_callee).perform)
        self._carrier = Carrier(self._exchange, self._live_calls, find_callee)
        self._exchange.deliver = self._carrier.deliver
        outgoing = OutgoingCalls(self._exchange, self._live_calls, self._softphones)
        self._signalling = Signalling(self._exchange, self._softphones, outgoing.run)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The stand-in's URL, without a slash at the end."""
        return self._exchange.url

    @property
    def key(self) -> str:
        """The key of its own API."""
        return self._exchange.options.key

    @property
    def account(self) -> StandInAccount:
        """The account's texts, calls, recordings and opt-outs."""
        return self._exchange.account

    @property
    def configuration(self) -> Configuration:
        """The configuration of its number and messaging services."""
        return self._exchange.configuration

    @property
    def handsets(self) -> Handsets:
        """How handsets react to calls and texts."""
        return self._exchange.handsets

    @property
    def wire(self) -> Wire:
        """The requests between Twilio and the app."""
        return self._exchange.wire

    @property
    def faults(self) -> Faults:
        """The faults that are switched on."""
        return self._exchange.faults

    @property
    def is_page_open(self) -> bool:
        """Is its page open in any browser?"""
        return self._feed.has_subscribers

    def interrupt_signalling(self) -> None:
        """Close the softphones' connections; the SDK opens new ones."""
        self._signalling.close()

    def routes(self) -> list[tuple[str, str]]:
        """Return method and path template of each route."""
        return routes_of(self._runner.app) if self._runner else []

    def show_numbers(self, shown: Mapping[str, object], own: Iterable[str] = ()) -> None:
        """Show numbers.toml and the clock on the page: `local/numbers_board.py` has the fields.

        `own` become the account's numbers, beside that of the options.
        """
        self.configuration.own(own)
        self._numbers.show(shown)

    def on_clock(self, set_clock: Callable[[str], None]) -> None:
        """Call this with the time that somebody sets on the page. It raises LocalError for one that is none."""
        self._numbers.set_clock = set_clock

    def pause_webhooks(self) -> None:
        """Send no webhooks until `resume_webhooks`: the app restarts."""
        self._exchange.webhooks.gate.close()
        self._app.restarting()

    async def webhooks_answered(self) -> None:
        """Wait until the app has answered the webhooks that it has, or their time is over."""
        await self._exchange.webhooks.gate.passed()

    def resume_webhooks(self, failure: str = "") -> None:
        """Send the webhooks that wait. `failure` says why the app is not up again."""
        self._exchange.webhooks.gate.open()
        self._app.restarted(failure)

    def show_timings(self, timings: Mapping[str, object]) -> None:
        """Show the app's settings of time, by `local/timings.py`, and its events."""
        self._app.show_timings(timings)

    def show_event(self, event: Mapping[str, object]) -> None:
        """Show an event that the app has published."""
        self._app.show_event(event)

    def show_requeue(self, requeue: Requeue) -> None:
        """Show when a command comes again."""
        self._publish_delivery(self._deliveries.add_requeue(requeue))

    def show_record(self, record: AppRecord) -> None:
        """Show the app's own record of a delivery on the page."""
        self._publish_delivery(self._deliveries.add_record(record))

    async def __aenter__(self) -> StandIn:
        """Start to listen. Raises local.ports.PortTakenError."""
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
        self._signalling.close()
        await self._audio.end()
        await self._exchange.work.stop()
        if self._runner:
            await self._runner.cleanup()
        # The end of a page's stream starts more work.
        await self._exchange.work.stop()
        await self._exchange.webhooks.close()

    def _application(self) -> web.Application:
        exchange, live_calls = self._exchange, self._live_calls
        app_pages = {PATH: own_origins(exchange.options.app_url)}
        guard = Guard(key=self.key, protected=OWN_API, content_types=JSON_ONLY | {WAV}, pages=app_pages)
        test_account = TestAccountApi(exchange, create_message, create_call)
        middlewares = [guard.middleware(), files.explain_absent, middleware(exchange, test_account.answer)]
        application = web.Application(middlewares=middlewares, client_max_size=LARGEST_SOUND)
        apis = (
            MessagesApi(exchange),
            CallsApi(exchange, self._carrier),
            RecordingsApi(exchange),
            ConfigurationApi(exchange),
            ApplicationsApi(exchange),
            ControlApi(exchange, live_calls),
            PageApi(exchange, live_calls, self.page_handsets, self._feed, self._deliveries, self._numbers, self._app),
            self._numbers,
            self._audio,
            self._signalling,
        )
        for api in apis:
            application.add_routes(api.routes())
        application.add_routes(files.routes(self.key, exchange.options.app_url))
        return application

    def _publish_entry(self, entry: Entry, say: Say) -> None:
        """Publish a request on the wire, and the delivery that it changes, to the pages."""
        log_failure(entry, say)
        self._feed.publish("wire", entry.to_json())
        self._publish_delivery(self._deliveries.add_entry(entry))

    def _publish_delivery(self, delivery: Delivery | None) -> None:
        if delivery:
            self._feed.publish("delivery", delivery.to_json())


async def serve(options: StandInOptions, *, ready: asyncio.Event | None = None, say: Say = print) -> None:
    """Run the stand-in until cancelled. `ready` is set once it listens; `say` logs a short line for each event.

    Raises local.ports.PortTakenError.
    """
    async with StandIn(options, say=say) as standin:
        with published(Run(key=standin.key, twilio=standin.url)):
            say(key_line(standin.key))
            say(f"Twilio's stand-in is up: {standin.url}, for the app at {options.app_url}")
            if ready:
                ready.set()
            await asyncio.Event().wait()


def _performer(find_callee: FindCallee) -> Performer:
    queues, conferences = CallQueues(), Conferences()
    dialler = Dialler(find_callee, {"Queue": queues.dial, "Conference": conferences.join})
    return Performer(
        {
            Gather: gather,
            Record: record_message,
            Dial: dialler.dial,
            Enqueue: queues.enqueue,
            Text: send_text,
        }
    )
