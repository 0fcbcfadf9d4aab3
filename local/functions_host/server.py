"""The host: runs one function app."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType

from aiohttp import web

from local.functions_host import functions
from local.functions_host.functions import Function
from local.functions_host.host_json import HostJson
from local.functions_host.http import ADMIN, Admin, Http, application
from local.functions_host.invocation import Invoker, Trigger
from local.functions_host.log import Log, forwarding
from local.functions_host.message_processor import POISON, MessageProcessor, manual_message
from local.functions_host.options import HostOptions
from local.functions_host.queue_listener import QueueListener
from local.functions_host.routes import Route, Routes
from local.functions_host.storage import Storage, StorageMonitor
from local.functions_host.timers import Timer, timer_request
from local.ports import ensure_free, free_port
from local.request_guard import Guard, routes_of

HOST = "127.0.0.1"
PUBLIC_URL = "PUBLIC_BASE_URL"
PHONE_URL = "TWILIO_API_BASE_URL"
# The time for running functions to end.
SHUTDOWN_SECONDS = 5
ALL_METHODS = "any method"

Say = Callable[[str], None]


class Host:
    """Runs a function app until the `async with` ends. `url` is the address of its HTTP functions."""

    def __init__(self, options: HostOptions, environ: Mapping[str, str], *, say: Say = lambda _: None) -> None:
        """Load and index the app. Raises HostError."""
        self._options = options
        self._public_url = environ.get(PUBLIC_URL, "")
        self._phone_url = environ.get(PHONE_URL, "").rstrip("/")
        self._log = Log(say)
        self._json = HostJson.read(options.folder, environ)
        self._functions = functions.load(options.folder, environ)
        self._routes = Routes(self._functions, self._json.route_prefix)
        self._storage = Storage(environ, self._json.queues.message_encoding)
        self._invoker = Invoker(self._storage.put)
        self._listeners = self._build_listeners()
        self._timers = [Timer(each, self._begin) for each in self._of("timerTrigger")]
        self._running: set[asyncio.Task[None]] = set()
        self._open = AsyncExitStack()
        self._application: web.Application | None = None
        self.url = ""

    async def __aenter__(self) -> Host:
        """Start to listen and poll. Raises local.ports.PortTakenError."""
        ensure_free(self._options.port, "the Functions host")
        async with AsyncExitStack() as opening:
            opening.enter_context(forwarding(self._log))
            opening.push_async_callback(_close_services)
            opening.push_async_callback(self._storage.close)
            opening.callback(self._invoker.close)
            runner = await self._listen(opening)
            timers = [asyncio.create_task(each.run()) for each in self._timers]
            listening = [asyncio.create_task(each.listen()) for each in self._listeners]
            opening.push_async_callback(self._stop, runner, timers, listening)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Accept no more work, wait for running functions, and close everything."""
        await self._open.aclose()

    def lines(self) -> list[str]:
        """Return a line for each function, with its trigger."""
        width = max(len(function.name) for function in self._functions)
        return [f"  {function.name:<{width}}  {self._describe_trigger(function)}" for function in self._functions]

    def routes(self) -> list[tuple[str, str]]:
        """Return method (`*` for any) and path template of each route: the server's own, and those of the functions."""
        functions = (Route.of(each, self._json.route_prefix) for each in self._of("httpTrigger"))
        own = routes_of(self._application) if self._application else []
        return own + [(method, each.template) for each in functions for method in each.methods or ("*",)]

    def _describe_trigger(self, function: Function) -> str:
        trigger = function.trigger
        if trigger.kind == "queueTrigger":
            return f"queue {trigger.text('queueName')}"
        if trigger.kind == "timerTrigger":
            return f"timer {trigger.text('schedule')}"
        route = Route.of(function, self._json.route_prefix)
        return f"{','.join(route.methods) or ALL_METHODS} {self.url}{route.template}"

    def _build_listeners(self) -> list[QueueListener]:
        monitor = StorageMonitor(self._log)
        rules = self._json.queues
        return [QueueListener(self._processor(each), rules, monitor) for each in self._of("queueTrigger")]

    def _processor(self, function: Function) -> MessageProcessor:
        is_poison = function.trigger.text("queueName").endswith(POISON)
        return MessageProcessor(
            function,
            self._storage.queue(function.trigger),
            None if is_poison else self._storage.queue(function.trigger, POISON),
            rules=self._json.queues,
            lease=self._options.lease,
            invoker=self._invoker,
            log=self._log,
        )

    def _of(self, kind: str) -> list[Function]:
        return [function for function in self._functions if function.trigger.kind == kind]

    def _begin_manually(self, function: Function, given: str) -> None:
        is_timer = function.trigger.kind == "timerTrigger"
        self._begin(function, timer_request() if is_timer else manual_message(given))

    def _begin(self, function: Function, trigger: Trigger) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(function, trigger))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, function: Function, trigger: Trigger) -> None:
        """Run a function without an answer, and log its failure."""
        try:
            await self._invoker.run(function, trigger)
        except Exception as error:
            self._log.failed(function.name, error)

    async def _listen(self, opening: AsyncExitStack) -> web.AppRunner:
        key = self._options.function_key
        http = Http(self._routes, self._invoker, key, self._log, self._phone_url)
        by_name = {function.name: function for function in self._functions}
        guard = Guard(key=key, protected=ADMIN, public_url=self._public_url)
        admin = Admin(by_name, self._begin_manually)
        self._application = application(http, admin, guard, self._options.amendments, self._log)
        runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        opening.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._options.port).start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        return runner

    async def _stop(
        self, runner: web.AppRunner, timers: list[asyncio.Task[None]], listening: list[asyncio.Task[None]]
    ) -> None:
        for listener in self._listeners:
            listener.stop()
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
        # Requests and other runs end at the same time, within SHUTDOWN_SECONDS.
        await asyncio.gather(self._finish_functions(listening), runner.cleanup())

    async def _finish_functions(self, listening: list[asyncio.Task[None]]) -> None:
        await _end(listening)
        await _end([*self._running, *(task for listener in self._listeners for task in listener.running)])


async def serve(options: HostOptions, *, ready: asyncio.Event | None = None, say: Say = print) -> None:
    """Run until cancelled; `ready` is set once HTTP functions answer and queues are polled.

    Reads settings from os.environ, and sets there what `func start` sets. Raises HostError, PortTakenError.
    """
    port = options.port or free_port()
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    os.environ.setdefault("WEBSITE_HOSTNAME", f"localhost:{port}")
    async with Host(replace(options, port=port), os.environ, say=say) as host:
        for line in host.lines():
            say(line)
        say(f"functions host is up: {host.url}")
        if ready:
            ready.set()
        await asyncio.Event().wait()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Wait for tasks for SHUTDOWN_SECONDS, then cancel the rest."""
    late = (await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS))[1] if tasks else set()
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def _close_services() -> None:
    """Close Switchboard's services, if the app is Switchboard and has opened any."""
    services = sys.modules.get("switchboard.services")
    if services is not None:
        await services.close()
