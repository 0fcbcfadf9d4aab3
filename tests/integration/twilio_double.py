"""A double of Twilio that a test controls. It runs in the test's process, so it outlives the app that is killed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from local.twilio import parameters, resources
from local.twilio.account import StandInAccount, newest_first
from local.twilio.faults import Faults
from local.twilio.options import Pace, StandInOptions
from local.twilio.records import Call, Message
from local.twilio.rest import lists
from local.twilio.rest.errors import RestError, not_found
from local.twilio.rest.form import Form
from local.twilio.webhooks import Webhook, Webhooks
from local.twilio.wire import Wire
from local.twilio.work import Work
from tests.integration.fate import ANSWERED, CALL_STATES, CREATED, NEVER, SILENCE, TEXT_STATES, Create, Fate
from tests.ports import free_port

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "token-of-the-crash-tests"
NUMBER = "+15005550001"
API = "/2010-04-01/Accounts/{account}"
BETWEEN_RETRIES = 0.4

Resource = Message | Call
R = TypeVar("R", Message, Call)


class TwilioDouble:
    """`async with TwilioDouble(app_url) as twilio`: callbacks go to `app_url` while `sends_callbacks` is set.

    `fates` has, by command id, the fate of its first create, its second and so on; other creates are accepted and
    answered. `creates` are all create requests in order, `accepted` those with a text or call. `pace` is the time
    between two callbacks, `arrange` the order of lists, `lists` the number of list requests.
    """

    def __init__(self, app_url: str, *, pace: float = 0.2) -> None:
        self.fates: dict[str, list[Fate]] = {}
        self.creates: list[Create] = []
        self.accepted: list[Create] = []
        self.lists = 0
        self.pace = pace
        self.sends_callbacks = asyncio.Event()
        self.sends_callbacks.set()
        self.account = StandInAccount(ACCOUNT_SID, lambda: datetime.now(UTC))
        self.arrange: Callable[[Sequence[Resource]], list[Resource]] = newest_first
        self.port = free_port()
        self._held: list[tuple[Create, web.Request]] = []
        self._fate_of: dict[str, tuple[Fate, float]] = {}
        self._released = asyncio.Event()
        self._callbacks_left = 0
        self._failures: list[str] = []
        options = StandInOptions(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, app_url=app_url, pace=Pace(step=BETWEEN_RETRIES)
        )
        self._webhooks = Webhooks(options, Wire(self.account.clock), Faults(lambda: None))
        self._work = Work(self._failures.append)

    @property
    def url(self) -> str:
        """The value of `TWILIO_API_BASE_URL`."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> TwilioDouble:
        """Starts the server."""
        api = web.Application()
        texts, calls = f"{API}/Messages", f"{API}/Calls"
        api.add_routes(
            [
                web.post(f"{texts}.json", self._create_text),
                web.post(f"{calls}.json", self._create_call),
                web.get(f"{texts}.json", self._list_texts),
                web.get(f"{calls}.json", self._list_calls),
                web.get(f"{texts}/{{sid}}.json", self._fetch_text),
                web.get(f"{calls}/{{sid}}.json", self._fetch_call),
            ]
        )
        self._runner = web.AppRunner(api, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes everything. Fails when a callback failed."""
        self.release()
        await self._work.stop()
        await self._webhooks.close()
        await self._runner.cleanup()
        assert not self._failures, self._failures

    @property
    def held(self) -> list[Create]:
        """The held creates whose senders still wait."""
        return [create for create, request in self._held if not _has_gone(request)]

    @property
    def is_done(self) -> bool:
        """Whether every callback was sent."""
        return self._callbacks_left == 0

    def release(self) -> None:
        """Continues the held creates."""
        self._released.set()
        self._released = asyncio.Event()
        self._held.clear()

    def of(self, command_id: str) -> list[Create]:
        """The accepted creates of a command."""
        return [create for create in self.accepted if create.command_id == command_id]

    def add_text(self, to: str, body: str, *, direction: str = "outbound-api", created: datetime | None = None) -> None:
        """Adds a text of another program, or an incoming one."""
        text = self.account.add_message(to=to, sender=NUMBER, body=body, status="queued", direction=direction)
        text.created = created or text.created

    async def _create_text(self, request: web.Request) -> web.Response:
        form = Form(await request.text())

        def make() -> Message:
            return self.account.add_message(
                to=form.text("To"),
                sender=form.text("From"),
                body=form.text("Body"),
                status="queued",
                direction="outbound-api",
                status_callback=form.text("StatusCallback"),
            )

        return await self._create(request, form, make)

    async def _create_call(self, request: web.Request) -> web.Response:
        form = Form(await request.text())

        def make() -> Call:
            call = self.account.add_call(to=form.text("To"), sender=form.text("From"), direction="outbound-api")
            call.status_callback = form.text("StatusCallback")
            return call

        return await self._create(request, form, make)

    async def _create(self, request: web.Request, form: Form, make: Callable[[], Resource]) -> web.Response:
        """Accepts it or not, and answers or not, by its fate."""
        create = Create(to=form.text("To"), body=form.text("Body"), reference=_reference(form.text("StatusCallback")))
        self.creates.append(create)
        coming = self.fates.get(create.command_id)
        fate = coming.pop(0) if coming else ANSWERED
        if fate.hold in ("request", "accepting"):
            await self._hold(create, request)
        if not fate.accepted or (fate.hold == "request" and _has_gone(request)):
            return _answer(request, fate, {"code": 20500, "message": "not accepted", "status": fate.answer})
        resource = self._accept(create, fate, make)
        if fate.hold == "answer":
            await self._hold(create, request)
        return _answer(request, fate, self._show(resource))

    def _accept(self, create: Create, fate: Fate, make: Callable[[], Resource]) -> Resource:
        resource = make()
        self.accepted.append(create)
        self._fate_of[resource.sid] = (fate, time.monotonic() + fate.listed_after)
        if fate.has_callbacks:
            self._callbacks_left += 1
            self._work.start(self._send_callbacks(resource, fate))
        return resource

    async def _hold(self, create: Create, request: web.Request) -> None:
        self._held.append((create, request))
        await self._released.wait()

    async def _send_callbacks(self, resource: Resource, fate: Fate) -> None:
        """Sends the status callbacks one after another, each repeated as its URL asks."""
        usual = TEXT_STATES if isinstance(resource, Message) else CALL_STATES
        for state in usual if fate.callbacks is None else fate.callbacks:
            await asyncio.sleep(self.pace)
            await self.sends_callbacks.wait()
            now = self.account.clock()
            resource.move(state, now)
            form = (
                parameters.of_message_status(resource, ACCOUNT_SID)
                if isinstance(resource, Message)
                else parameters.of_call_progress(resource, ACCOUNT_SID, state, now)
            )
            await self._webhooks.send(Webhook(url=resource.status_callback, parameters=form, summary=resource.sid))
        self._callbacks_left -= 1

    async def _list_texts(self, request: web.Request) -> web.Response:
        return self._list(request, "messages", list(self.account.messages.values()))

    async def _list_calls(self, request: web.Request) -> web.Response:
        return self._list(request, "calls", list(self.account.calls.values()))

    def _list(self, request: web.Request, key: str, records: list[R]) -> web.Response:
        self.lists += 1
        to = request.query.get("To")
        found = [each for each in records if to in (None, each.to) and self._is_listed(each)]
        return web.json_response(lists.page(self.arrange(found), request.query, request.path, key, self._show))

    async def _fetch_text(self, request: web.Request) -> web.Response:
        return self._fetch(request, self.account.messages.get(request.match_info["sid"]))

    async def _fetch_call(self, request: web.Request) -> web.Response:
        return self._fetch(request, self.account.calls.get(request.match_info["sid"]))

    def _fetch(self, request: web.Request, found: Resource | None) -> web.Response:
        if found is None:
            return _refusal(not_found(request.path))
        return web.json_response(self._show(found))

    def _is_listed(self, resource: Resource) -> bool:
        _, since = self._fate_of.get(resource.sid, (ANSWERED, 0.0))
        return since != NEVER and time.monotonic() >= since

    def _show(self, resource: Resource) -> dict[str, object]:
        if isinstance(resource, Call):
            return resources.call_json(resource, ACCOUNT_SID)
        fate, _ = self._fate_of.get(resource.sid, (ANSWERED, 0.0))
        return resources.message_json(replace(resource, body=fate.shown_as.format(resource.body)), ACCOUNT_SID)


def _reference(status_callback: str) -> str:
    """The opaque id of a status callback's URL."""
    return parse_qs(urlsplit(status_callback).query)["id"][0]


def _has_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _answer(request: web.Request, fate: Fate, resource: dict[str, object]) -> web.Response:
    if fate.answer == SILENCE and request.transport:
        request.transport.abort()
    headers = {} if fate.retry_after is None else {"Retry-After": str(fate.retry_after)}
    status = fate.answer if fate.answer != SILENCE else CREATED
    return web.json_response(resource, status=status, headers=headers)


def _refusal(error: RestError) -> web.Response:
    return web.json_response(error.to_json(), status=error.status)
