"""The stand-in's own API, its page and its client."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from local.ports import PortTakenError, free_port
from local.twilio.client import StandInError, incoming_call, incoming_text
from local.twilio.server import StandIn, serve
from tests.functional.twilio_standin_app import (
    NUMBER,
    PHONE,
    App,
    Canned,
    eventually,
    options,
    post,
    rest,
    running,
    running_app,
    session_with_key,
    twiml,
)


async def got(url: str, **headers: str) -> tuple[int, str]:
    """Status and text of a GET."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def wire(standin: StandIn, query: str = "") -> list[dict[str, object]]:
    """The wire, as JSON."""
    async with session_with_key(standin) as session, session.get(f"{standin.url}/standin/wire{query}") as response:
        entries: list[dict[str, object]] = await response.json()
        return entries


async def test_the_wire_shows_both_directions_in_order() -> None:
    """A REST request, then its webhooks."""
    async with running() as (app, standin):
        await asyncio.to_thread(
            rest(standin).messages.create, to=PHONE, from_=NUMBER, body="Hi", status_callback=f"{app.url}/cb"
        )
        await eventually(lambda: len(app.requests) == 3)
        entries = await wire(standin)
        assert [entry["direction"] for entry in entries] == ["rest", "webhook", "webhook", "webhook"]
        assert [entry["n"] for entry in entries] == [1, 2, 3, 4]
        assert (entries[0]["method"], entries[0]["status"]) == ("POST", 201)
        assert str(entries[0]["summary"]).startswith(f"text to {PHONE} is queued SM")
        assert [entry["n"] for entry in await wire(standin, "?since=3")] == [4]


async def test_the_wire_can_be_waited_on() -> None:
    """A long poll is answered by the next request, not by its end."""
    async with running() as (_, standin):
        waiting = asyncio.create_task(wire(standin, "?since=0&wait=30"))
        await asyncio.sleep(0.05)
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        assert len(await asyncio.wait_for(waiting, 5)) == 1
        assert await wire(standin, "?since=99&wait=0.01") == []


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("calls", {}, "from: a phone number such as +15005550006 is wanted, not ''"),
        ("calls", {"from": "+0912"}, "from: a phone number such as +15005550006 is wanted, not '+0912'"),
        ("calls", {"from": PHONE, "press": [1]}, "press: a list of strings is wanted"),
        ("calls", {"from": PHONE, "patience": "long"}, "patience: a whole number is wanted"),
        ("calls", {"from": PHONE, "callee": "asleep"}, "callee: 'asleep' is none of answers, busy, failed, no-answer"),
        ("texts", {"from": PHONE, "body": 7}, "body: a string is wanted"),
        ("texts", {"from": PHONE, "media": [7]}, "media: a list of URLs, or of {url, content_type}, is wanted"),
        ("texts", [], "a JSON object is wanted"),
        (
            "handsets",
            {"number": PHONE, "texted": "eaten"},
            "texted: 'eaten' is none of delivered, failed, landline, undelivered",
        ),
    ],
)
async def test_a_wrong_wish_is_answered_with_what_is_wrong(path: str, body: object, reason: str) -> None:
    """400, naming the field; nothing is sent."""
    async with running() as (app, standin):
        assert await post(standin, f"/standin/{path}", body) == (400, {"error": reason})
        assert app.requests == []


async def test_texts_and_calls_can_be_looked_at() -> None:
    """Quick lists, newest first, with the key alone."""
    async with running() as (app, standin):
        app.answers["/api/voice/incoming"] = twiml("<Hangup/>")
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        await post(standin, "/standin/calls", {"from": PHONE})
        assert '"body": "hi"' in (await got(f"{standin.url}/standin/messages?code={standin.key}"))[1]
        assert '"status": "completed"' in (await got(f"{standin.url}/standin/calls?code={standin.key}"))[1]


async def test_events_are_logged_in_short_lines_with_the_time() -> None:
    """One for each happening, and never more than a line."""
    lines: list[str] = []
    async with running_app() as app, StandIn(options(app), say=lines.append) as standin:
        await post(standin, "/standin/texts", {"from": PHONE, "body": "a\nb" * 200})
    (line,) = lines
    assert line[2] == line[5] == ":"
    assert line[9:].startswith(f'text from {PHONE}: "a b')
    assert len(line) < 180
    assert "\n" not in line


async def test_failures_are_logged_with_twilios_code() -> None:
    """A webhook that fails, and a REST request that is refused."""
    lines: list[str] = []
    async with running_app() as app, StandIn(options(app), say=lines.append) as standin:
        app.answers["/api/sms/incoming"] = Canned(status=500)
        await post(standin, "/standin/texts", {"from": PHONE, "body": "hi"})
        await got(f"{standin.url}/2010-04-01/Accounts/AC1/Messages.json")
    assert any("! webhook POST: text" in line and "11200" in line for line in lines)
    assert any(line.endswith("! rest GET: refused: 20003 Authenticate") for line in lines)


async def test_an_unknown_resource_is_twilios_20404() -> None:
    """JSON in Twilio's shape, also where nothing is routed."""
    async with running() as (_, standin):
        status, body = await got(
            f"{standin.url}/2010-04-01/Accounts/AC{'0' * 32}/Nothing.json",
            Authorization=aiohttp.encode_basic_auth(f"AC{'0' * 32}", "token-of-the-account"),
        )
        assert status == 404
        assert '"code": 20404' in body


async def test_a_recording_is_downloaded_by_its_link() -> None:
    """A sound of its length; an unknown one is 404."""
    async with running() as (_, standin):
        recording = standin.account.add_recording(call_sid="CA1", seconds=2, source="RecordVerb")
        base = f"{standin.url}/2010-04-01/Accounts/{standin.account.sid}/Recordings"
        async with aiohttp.ClientSession() as session, session.get(f"{base}/{recording.sid}") as response:
            assert (response.status, response.content_type) == (200, "audio/x-wav")
            assert len(await response.read()) == 2 * 8000 * 2 + 44
        assert (await got(f"{base}/RE0.wav"))[0] == 404


async def test_the_client_prints_a_text_with_its_twiml_and_meaning() -> None:
    """The request, the document indented, and sentences."""
    async with running() as (app, standin):
        app.answers["/api/sms/incoming"] = twiml("<Message>Hi</Message>")
        printed = (await incoming_text(standin.url, sender=PHONE, body="hello", key=standin.key)).splitlines()
        assert printed[0].startswith("POST /api/sms/incoming  200, ")
        assert printed[1:] == ["    <Response>", "      <Message>Hi</Message>", "    </Response>", "  → texts: Hi"]


async def test_the_client_prints_a_call_to_its_end() -> None:
    """Every step, the warning of what Twilio does not know, and how long it was."""
    async with running() as (app, standin):
        app.answers["/api/voice/incoming"] = twiml('<Gather numDigits="1" action="menu"/>')
        app.answers["/api/voice/menu"] = twiml('<Pause length="6" colour="red"/>')
        printed = (await incoming_call(standin.url, caller=PHONE, press=["1"], key=standin.key)).splitlines()
        assert "  → waits 5 s for 1 digit; you press 1" in printed
        assert "  ! 12200 Schema validation warning: <Pause> has no attribute colour" in printed
        assert printed[-2].startswith("POST /api/status/call  204, ")
        assert printed[-1] == "the call is completed after 7 s"


async def test_the_client_says_how_to_start_what_is_not_there() -> None:
    """A sentence, not a traceback."""
    with pytest.raises(StandInError, match=r"is not running at .*: start it with `make run`"):
        await incoming_text(f"http://127.0.0.1:{free_port()}", sender=PHONE, body="hello")


async def test_the_client_passes_on_what_is_wrong() -> None:
    """The stand-in's own sentence."""
    async with running() as (_, standin):
        with pytest.raises(StandInError, match="from: a phone number"):
            await incoming_call(standin.url, caller="nobody@all", press=(), key=standin.key)


async def test_the_client_without_the_key_says_where_it_is() -> None:
    """The stand-in of another clone: its key is not in this one's local/run.json."""
    async with running() as (_, standin):
        with pytest.raises(StandInError, match=r"give the key of this run, .* local/run\.json has it"):
            await incoming_text(standin.url, sender=PHONE, body="hello")


async def test_the_client_is_not_fooled_by_another_server() -> None:
    """Whatever answers on that port without being the stand-in is named."""
    async with running_app() as app:
        with pytest.raises(StandInError, match="is not Twilio's stand-in"):
            await incoming_text(app.url, sender=PHONE, body="hello")


async def test_serve_is_up_until_it_is_cancelled() -> None:
    """It says when it is ready, and frees its port at the end."""
    port, ready = free_port(), asyncio.Event()
    serving = asyncio.create_task(serve(options(App(), port=port), ready=ready, say=lambda _: None))
    await asyncio.wait_for(ready.wait(), 5)
    assert (await got(f"http://127.0.0.1:{port}/"))[0] == 200
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    async with StandIn(options(App(), port=port)) as standin:
        assert standin.url == f"http://127.0.0.1:{port}"


async def test_a_taken_port_is_named() -> None:
    """With the part that needs it."""
    async with running() as (_, standin):
        port = int(standin.url.rpartition(":")[2])
        with pytest.raises(PortTakenError, match=f"port {port}, wanted for Twilio's stand-in"):
            await serve(options(App(), port=port))
