"""Whole calls through Twimlets: the stand-in executes the app's real answers to signed requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import azure.functions as func
from aiohttp import web

from local.twilio.handsets import Handset
from local.twilio.server import StandIn
from switchboard.adapters.twilio_api import TwilioApi
from switchboard.blueprints import status, twimlets
from switchboard.settings import Settings
from tests import published
from tests.fakes import ENVIRONMENT, FakeHoldMusic, FakeQueues, FakeSecrets, FakeServices
from tests.functional.twilio_standin_app import PHONE, TOKEN, App, eventually, options, place_call, twiml
from tests.functions import INTERNAL, TWIMLET_PATH, serving, user_function

ONE, TWO, THREE = "+15005550007", "+15005550008", "+15005550009"
ACCEPTS = Handset(press=("1",))
REFUSES = Handset(press=("hangup",))
DOES_NOTHING = Handset()
NO_ANSWER = Handset(called="no-answer")
RECORDING_PATH = "/api/status/recording"
Parameters = list[tuple[str, str]]


@dataclass
class Phone:
    """A number whose calls go to Twimlets: the stand-in, the app, and the app's queues."""

    standin: StandIn
    app: App
    queues: FakeQueues

    def url(self, name: str, parameters: Parameters) -> str:
        """A Twimlet's public URL."""
        return f"{self.app.url}{TWIMLET_PATH}{name}?{urlencode(parameters)}"

    async def call(self, url: str, phones: dict[str, Handset], **wishes: object) -> list[str]:
        """Calls the number, which leads to that URL. Returns the transcript; no request may have a problem."""
        self.standin.handsets.by_number.update(phones)
        self.app.answers["/api/voice/incoming"] = twiml(f"<Redirect>{escape(url)}</Redirect>")
        sentences = await place_call(self.standin, **wishes)
        assert [problem for entry in self.standin.wire.since(0) for problem in entry.problems] == []
        return sentences

    @property
    def requests(self) -> list[str]:
        """Each request for a Twimlet, in order, with its answer's status."""
        entries = [entry for entry in self.standin.wire.since(0) if entry.path.startswith(TWIMLET_PATH)]
        names = [entry.path.removeprefix(TWIMLET_PATH).partition("?")[0] for entry in entries]
        return [f"{entry.method} {name} {entry.status}" for name, entry in zip(names, entries, strict=True)]


async def answer(request: web.Request) -> web.Response:
    """Passes a request to the Twimlets' function as the Functions host does."""
    return await _run(twimlets.twimlet, request, name=request.match_info["name"])


async def report(request: web.Request) -> web.Response:
    """Passes a recording's callback to its function."""
    return await _run(status.status_recording, request)


async def _run(function: object, request: web.Request, **parts: str) -> web.Response:
    handed = func.HttpRequest(
        request.method,
        INTERNAL + request.raw_path,
        headers=dict(request.headers),
        route_params=parts,
        body=await request.read(),
    )
    answered = await user_function(function)(req=handed)
    headers = {**answered.headers, "Content-Type": answered.mimetype}
    return web.Response(status=answered.status_code, body=answered.get_body(), headers=headers)


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[None]:
    """Serves the Twimlets by the real function, and the number's own webhooks by the test's app."""
    application = web.Application()
    application.router.add_route("*", TWIMLET_PATH + "{name}", answer)
    application.router.add_post(RECORDING_PATH, report)
    application.router.add_route("*", "/{tail:.*}", app.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def telephone() -> AsyncIterator[Phone]:
    """A number that can be called."""
    app, queues = App(), FakeQueues()
    async with listening(app), StandIn(options(app)) as standin:
        environ = {**ENVIRONMENT, "PUBLIC_BASE_URL": app.url, "TWILIO_API_BASE_URL": standin.url}
        music, secrets = FakeHoldMusic({"com.twilio.music.rock": ["a.mp3"]}), FakeSecrets((TOKEN,))
        api = TwilioApi(Settings.from_environ(environ), secrets)
        with serving(FakeServices(environ, queues=queues, secrets=secrets, hold_music=music, twilio=api)):
            yield Phone(standin, app, queues)
        await api.close()


def findme_url(phone: Phone, fail_url: str = "") -> str:
    """A findme of three numbers."""
    numbers = [("PhoneNumbers[]", number) for number in (ONE, TWO, THREE)]
    return phone.url("findme", [*numbers, ("Message", "A call & more."), ("FailUrl", fail_url)])


async def test_findme_connects_the_first_who_presses_a_key() -> None:
    """The first callee ignores the whisper, the second presses 1, the third never rings."""
    async with telephone() as phone:
        phones = {ONE: DOES_NOTHING, TWO: ACCEPTS, THREE: ACCEPTS}
        sentences = await phone.call(findme_url(phone), phones)
        assert phone.requests == [
            *("POST findme 200", "POST whisper 200"),
            *("POST findme 200", "POST whisper 200", "POST whisper 200"),
            "POST findme 200",
        ]
    assert f"{ONE}: says: A call & more." in sentences
    assert f"is connected to {TWO}, for 10 s" in sentences
    assert not any(ONE in each or THREE in each for each in sentences if each.startswith("is connected"))
    assert sentences[-1] == "hangs up"


async def test_findme_rings_on_when_a_phone_is_not_answered() -> None:
    """Busy, refused, then answered: the last of three."""
    async with telephone() as phone:
        phones = {ONE: NO_ANSWER, TWO: REFUSES, THREE: ACCEPTS}
        sentences = await phone.call(findme_url(phone), phones)
    assert f"is connected to {THREE}, for 10 s" in sentences


async def test_findme_ends_in_voicemail_when_nobody_presses_a_key() -> None:
    """By FailUrl, an HTTP redirect; the event has the recipient of the message."""
    async with telephone() as phone:
        fail_url = phone.url("voicemail", [("Email", "a+b@example.com"), ("Transcribe", "false")])
        phones = dict.fromkeys((ONE, TWO, THREE), DOES_NOTHING)
        sentences = await phone.call(findme_url(phone, fail_url), phones, message_seconds=12)
        rounds = ["POST findme 200", "POST whisper 200"] * 3
        assert phone.requests == [*rounds, "POST findme 302", "GET voicemail 200", "POST voicemail 200"]
        await eventually(lambda: bool(phone.queues.bodies("events")))
        (event,) = [published.read(body) for body in phone.queues.bodies("events")]
    assert sentences[-4:] == [
        "says: Please leave a message after the beep.",
        "beeps and records for up to 3600 s; a message of 12 s",
        "says: Thanks. Good bye.",
        "hangs up",
    ]
    assert (event["type"], event["email"], event["from"]) == (
        "switchboard.voicemail.received",
        "a+b@example.com",
        PHONE,
    )
    assert (event["id"], event["duration"]) == (f"voicemail.received:{event['sid']}", 12)


async def test_a_voicemail_and_its_transcription_are_published_by_their_callbacks() -> None:
    """As Twilio resolves their URLs: beside the call, with the caller of the call's resource."""
    async with telephone() as phone:
        await phone.call(phone.url("voicemail", [("Email", "a+b@example.com")]), {}, message_seconds=12)
        await eventually(lambda: len(phone.queues.bodies("events")) == 2)
        events = {event["type"]: event for event in map(published.read, phone.queues.bodies("events"))}
    assert set(events) == {"switchboard.voicemail.received", "switchboard.voicemail.transcribed"}
    assert {event["sid"] for event in events.values()} == {events["switchboard.voicemail.received"]["sid"]}
    assert {(event["from"], event["email"]) for event in events.values()} == {(PHONE, "a+b@example.com")}


async def test_a_transcription_posted_to_the_twimlet_reaches_the_callback() -> None:
    """A Record elsewhere that names the Twimlet: redirected as a POST, signed anew for the URL it leads to."""
    async with telephone() as phone:
        callback = escape(phone.url("voicemail", [("Email", "a@example.com")]), {'"': "&quot;"})
        phone.app.answers["/elsewhere"] = twiml(
            f'<Record action="/bye" transcribe="true" transcribeCallback="{callback}"/>'
        )
        phone.app.answers["/bye"] = twiml("<Hangup/>")
        await phone.call(f"{phone.app.url}/elsewhere", {}, message_seconds=12)
        await eventually(lambda: bool(phone.queues.bodies("events")))
        (event,) = [published.read(body) for body in phone.queues.bodies("events")]
    assert (event["type"], event["email"], event["from"]) == (
        "switchboard.voicemail.transcribed",
        "a@example.com",
        PHONE,
    )


async def test_a_menu_leads_into_a_conference_with_a_password() -> None:
    """A wrong key, then the right one; a wrong pass code, then the right one."""
    async with telephone() as phone:
        room = phone.url("conference", [("Name", "team"), ("Password", "1234"), ("Music", "rock")])
        menu = phone.url("menu", [("Message", "Press one."), ("Options[1]", room)])
        sentences = await phone.call(menu, {}, press=["7", "1", "9999", "1234"])
        # Its music is asked for beside the call, by a stand-in that plays it.
        assert [each for each in phone.requests if "holdmusic" not in each] == [
            *("POST menu 200", "POST menu 200", "POST menu 302"),
            *("GET conference 200", "POST conference 200", "POST conference 200"),
        ]
    assert "says: I'm sorry, that wasn't a valid option." in sentences
    assert sentences.count("says: Please enter your conference pass code") == 2
    assert "dials the conference team for up to 30 s" in sentences
    assert any(each.startswith("is in the conference team") for each in sentences)


async def test_callme_continues_at_fail_url_when_the_whisper_is_refused() -> None:
    """The callee hears who is calling and hangs up: the two are not connected."""
    async with telephone() as phone:
        fail_url = phone.url("message", [("Message", "Nobody is there.")])
        url = phone.url("callme", [("PhoneNumber", ONE), ("FailUrl", fail_url)])
        sentences = await phone.call(url, {ONE: REFUSES})
        assert phone.requests == ["POST callme 200", "POST whisper 200", "POST callme 302", "GET message 200"]
    spelled = "".join(f"{character}. " for character in PHONE)
    assert f"{ONE}: says: You are receiving a call from {spelled}. Press any key to accept." in sentences
    assert not any(each.startswith("is connected") for each in sentences)
    assert sentences[-1] == "says: Nobody is there."


async def test_callme_hangs_up_when_the_whisper_is_refused_and_there_is_no_fail_url() -> None:
    """The call ends."""
    async with telephone() as phone:
        sentences = await phone.call(phone.url("callme", [("PhoneNumber", ONE)]), {ONE: REFUSES})
        assert phone.requests == ["POST callme 200", "POST whisper 200", "POST callme 200"]
    assert sentences[-1] == "hangs up"


async def test_callme_connects_a_callee_who_presses_a_key() -> None:
    """The whisper's empty answer lets Twilio connect the two."""
    async with telephone() as phone:
        sentences = await phone.call(phone.url("callme", [("PhoneNumber", ONE)]), {ONE: ACCEPTS})
    assert f"is connected to {ONE}, for 10 s" in sentences


async def test_language_and_voice_are_the_same_in_the_whole_chain() -> None:
    """They travel in each of our URLs."""
    async with telephone() as phone:
        url = findme_url(phone) + "&Language=pt-PT&Voice=Polly.Ines"
        await phone.call(url, dict.fromkeys((ONE, TWO, THREE), NO_ANSWER))
        paths = [entry.path for entry in phone.standin.wire.since(0) if entry.path.startswith(TWIMLET_PATH)]
    assert len(paths) == 4
    assert all("Language=pt-PT&Voice=Polly.Ines" in path for path in paths)
