"""An app with a bare page around the SDK, the stand-in, the phone page, and softphones in pages of their own."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

from aiohttp import web
from playwright.async_api import Page

from local.addresses import origin
from local.softphone_page import amendments
from local.twilio.options import Pace, StandInOptions
from local.twilio.server import StandIn
from tests.browser.chromium import Browser, Shared
from tests.browser.chromium import opening as opening_phone
from tests.browser.served import BRISK, CALLER, NUMBER, OPERATOR, Stack
from tests.fakes import TOKEN
from tests.functional.softphones import APPLICATION, KEY_SID, SECRET, token
from tests.functional.twilio_standin_app import ACCOUNT, twiml
from tests.ports import free_port

FOLDER = Path(__file__).parent
SDK = FOLDER.parents[1] / "switchboard" / "client" / "sdk" / "twilio.min.js"
POLICY = (
    "default-src 'none'; script-src 'self'; img-src data:; connect-src 'self' wss://voice-js.roaming.twilio.com; "
    "media-src 'self' mediastream:"
)
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Softphone</title><link rel="icon" href="data:,">'
    '<script src="client/twilio.min.js"></script><script src="client/page.js"></script></html>'
)
# The tone of each microphone. A prompt is 440 Hz.
PHONE_HERTZ, HERTZ = 1500, {"alice": 600, "bob": 900}
PROMPT_HERTZ = 440
NEAR_HERTZ = 15
WAIT_SECONDS = 15


@dataclass
class App:
    """Answers webhooks with the verbs that a test sets for their path, and keeps their parameters."""

    answers: dict[str, str] = field(default_factory=dict)
    requests: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a webhook."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.requests.setdefault(request.path, []).append(form)
        return web.Response(text=twiml(self.answers.get(request.path, "")), content_type="text/xml")


@dataclass(frozen=True)
class SoftphoneStack(Stack):
    """The stand-in and its app. `page` is the URL of the softphones' page."""

    app: App = field(default_factory=App)
    page: str = ""


@dataclass
class Softphone:
    """One browser page with the SDK, registered under an identity."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    async def dial(self, to: str) -> None:
        """Call."""
        await self.page.evaluate("to => dial(to)", to)

    async def does(self, action: str) -> None:
        """Do something with the call: `accept()`, `disconnect()`, `sendDigits('1')`."""
        await self.page.evaluate(f"call.{action}")

    async def events(self) -> list[str]:
        """What the SDK reported."""
        events: list[str] = await self.page.evaluate("events")
        return events

    async def saw(self, event: str) -> str:
        """Wait for an event that begins like this, and return it whole."""
        found = await until(lambda: self._find(event), f"{event!r}")
        return str(found)

    async def hears(self, hertz: int) -> None:
        """Wait until the call hears that tone; 0 is silence."""
        await hears(lambda: self.page.evaluate("loudest()"), hertz)

    async def sends_and_receives(self) -> None:
        """Packets flow in both directions."""
        before = await self.page.evaluate("packets()")
        await asyncio.sleep(0.5)
        now = await self.page.evaluate("packets()")
        assert all(now[way] > before[way] + 10 for way in ("sent", "received")), (before, now)

    async def _find(self, event: str) -> str:
        return next((each for each in await self.events() if each.startswith(event)), "")


@dataclass
class Calls:
    """The phone page and the softphones."""

    phone: Browser
    open: Callable[[str], Any]

    @property
    def stack(self) -> SoftphoneStack:
        """The stand-in and its app."""
        assert isinstance(self.phone.stack, SoftphoneStack)
        return self.phone.stack

    async def softphone(self, identity: str, **claims: object) -> Softphone:
        """Open a softphone, and register it."""
        softphone: Softphone = await self.open(identity)
        await softphone.page.evaluate("token => start(token)", token(identity, **claims))
        return softphone

    def answers(self, path: str, verbs: str) -> None:
        """Set what the app answers at a path."""
        self.stack.app.answers[path] = verbs

    async def handset_hears(self, number: str, hertz: int) -> None:
        """Wait until a handset of the phone page hears that tone."""
        await handset_hears(self.phone.page, number, hertz)


async def handset_hears(phone: Page, number: str, hertz: int) -> None:
    """Wait until a handset of the phone page hears that tone."""
    heard = """async (number) => {
        const end = (await import("/exchange.js")).mixer.end(number);
        return end ? window.strongest(() => end.heard, end.heard.context) : 0;
    }"""
    await hears(lambda: phone.evaluate(heard, number), hertz)


class Opened(Protocol):
    """Opens the phone page with a new app and stand-in."""

    def __call__(self, pace: Pace = BRISK, *, script: str = "") -> AbstractAsyncContextManager[Calls]:
        """What a page logs as an error or warning fails the test at its end. `script` runs in the phone page."""


@asynccontextmanager
async def running(pace: Pace) -> AsyncIterator[SoftphoneStack]:
    """The app and the stand-in, each on a free port."""
    app, port = App(), free_port()
    amended = amendments(origin(port))
    application = web.Application(middlewares=[amended.middleware()])
    application.add_routes([*_page_routes(), web.post("/{path:.*}", app.answer)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = origin(runner.addresses[0][1])
    options = StandInOptions(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        port=port,
        api_key_sid=KEY_SID,
        api_key_secret=SECRET,
        twiml_app_sid=APPLICATION,
        app_url=url,
        number=NUMBER,
        status_callback="",
        pace=pace,
        phones=(CALLER, OPERATOR),
    )
    try:
        async with StandIn(options) as standin:
            yield SoftphoneStack(standin, _no_queue, app=app, page=f"{url}/api/client")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opening(shared: Shared, pace: Pace = BRISK, *, script: str = "") -> AsyncIterator[Calls]:
    """The phone page, open; see Opened."""
    ear = (FOLDER / "listening.js").read_text()
    async with (
        opening_phone(shared, pace, stack=running, script=ear.replace("HERTZ", str(PHONE_HERTZ)) + script) as phone,
        AsyncExitStack() as pages,
    ):
        opened: list[Softphone] = []

        async def open_softphone(identity: str) -> Softphone:
            page = await shared.chromium.new_page()
            pages.push_async_callback(page.close)
            softphone = Softphone(page)
            opened.append(softphone)
            page.on("console", lambda message: _complain(softphone, message.type, message.text))
            page.on("pageerror", lambda error: softphone.complaints.append(str(error)))
            await page.add_init_script(ear.replace("HERTZ", str(HERTZ[identity])))
            assert isinstance(phone.stack, SoftphoneStack)
            await page.goto(phone.stack.page)
            return softphone

        yield Calls(phone, open_softphone)
        complaints = [complaint for softphone in opened for complaint in softphone.complaints]
        assert complaints == [], complaints


def _complain(softphone: Softphone, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        softphone.complaints.append(text)


async def hears(loudest: Callable[[], Any], hertz: int) -> None:
    heard: list[int] = []

    async def is_heard() -> bool:
        heard.append(await loudest())
        return heard[-1] == 0 if hertz == 0 else abs(heard[-1] - hertz) <= NEAR_HERTZ

    await until(is_heard, lambda: f"{hertz} Hz, heard {heard[-3:]}")


async def until(found: Callable[[], Any], what: str | Callable[[], str]) -> object:
    """Ask until the answer is true, and return it. Fails the test after WAIT_SECONDS."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not (answer := await found()):  # noqa: ASYNC110 - a page signals nothing to the test
                await asyncio.sleep(0.05)
            return answer
    except TimeoutError as error:
        raise AssertionError(f"waited for {what if isinstance(what, str) else what()}") from error


async def _no_queue(queue: str, body: str) -> None:
    raise AssertionError(f"no queue {queue} here: {json.loads(body)}")


def _page_routes() -> list[web.RouteDef]:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def sound(_: web.Request) -> web.Response:
        return web.Response(body=_silence(), content_type="audio/wav")

    return [
        web.get("/api/client", page),
        web.get("/api/client/twilio.min.js", _file(SDK)),
        web.get("/api/client/page.js", _file(FOLDER / "page.js")),
        web.get("/api/client/sound.wav", sound),
    ]


def _file(path: Path) -> Callable[[web.Request], Any]:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return serve


def _silence() -> bytes:
    """A tenth of a second."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    return buffer.getvalue()
