"""numbers.toml on the local stack: people at handsets, the app in its own process, real queues."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from local.addresses import origin
from local.numbers_board import NumbersBoard
from local.parts import HostProcess
from local.restarts import Restarts, show_numbers
from local.twilio.options import StandInOptions
from local.twilio.server import StandIn
from tests import published
from tests.fakes import ENVIRONMENT
from tests.flows_files import RESERVATIONS, voice
from tests.functional.page import QUICK, Page, opened
from tests.integration.queues import FREQUENT_POLLING, Queues, open_queues
from tests.ports import free_port

NUMBER, CALLER = "+15005550001", "+15005550006"
ALICE, BOB = "+15005550007", "+15005550008"
SECONDS = 20
FILE = f"""\
time_zone = "Europe/Lisbon"
[hours.office]
days = {{ mon-sun = ["00:00-24:00"] }}
[agents]
alice = {{ number = "{ALICE}" }}
bob = {{ number = "{BOB}" }}
[queues.support]
agents = ["alice"]
[[numbers]]
number = "*"
name = "Front desk"
hours = "office"
greeting = "Welcome."
menu.1 = {{ label = "sales", ring = ["alice", "bob"], seconds = 5 }}
menu.2 = {{ label = "support", queue = "support" }}
menu.3 = {{ label = "a message", voicemail = true }}
"""


@dataclass
class Stand:
    """The parts, and a page with four handsets."""

    file: Path
    standin: StandIn
    page: Page
    queues: Queues
    host: HostProcess
    lines: list[str] = field(default_factory=list)

    async def post(self, path: str, **body: object) -> tuple[int, dict[str, Any]]:
        """A request of the page."""
        async with (
            aiohttp.ClientSession(headers={"x-functions-key": self.standin.key}) as session,
            session.post(self.standin.url + path, json=body) as response,
        ):
            return response.status, await response.json()

    async def call(self, *press: str) -> str:
        """A scripted call; everything that it heard."""
        _, answer = await self.post("/standin/calls", **{"from": CALLER, "press": list(press), "callee": "no-answer"})
        return "\n".join(sentence for step in answer["steps"] for sentence in step["sentences"])

    async def until_line(self, words: str, count: int = 1) -> None:
        """Wait until the terminal has so many lines with these words."""
        async with asyncio.timeout(SECONDS):
            while sum(words in line for line in self.lines) < count:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.05)

    async def save(self, text: str) -> None:
        """Save the file, and wait for the restart."""
        before = sum("saved: restarted in" in line for line in self.lines)
        self.file.write_text(text)
        await self.until_line("saved: restarted in", before + 1)

    async def until_said(self, number: str, sentence: str) -> None:
        """Wait until a handset has heard a sentence."""
        async with asyncio.timeout(SECONDS):
            while sentence not in (self.page.screen(number) and self.page.notes(number, "say")):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)

    async def at_the_menu(self, key: str) -> None:
        """The caller calls, and presses a key."""
        await self.page.do(CALLER, "call")
        async with asyncio.timeout(SECONDS):
            while "keys" not in self.page.screen(CALLER).get("asks", ""):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
        await self.page.do(CALLER, "press", key=key)


@asynccontextmanager
async def standing(folder: Path, connection: str, text: str = FILE) -> AsyncIterator[Stand]:
    """The stack without its terminal, on free ports; it restarts on save."""
    file = folder / "numbers.toml"
    file.write_text(text)
    host_port, port = free_port(), free_port()
    environ = {
        **os.environ,
        **ENVIRONMENT,
        **FREQUENT_POLLING,
        "AzureWebJobsStorage": connection,
        "TWILIO_API_BASE_URL": origin(port),
        # REST by the auth token, whatever local.settings.json says: this stand-in has no API key.
        "TWILIO_API_KEY_SID": "",
    }
    options = StandInOptions(
        account_sid=ENVIRONMENT["TWILIO_ACCOUNT_SID"],
        auth_token=ENVIRONMENT["TWILIO_AUTH_TOKEN"],
        port=port,
        app_url=origin(host_port),
        public_url=ENVIRONMENT["PUBLIC_BASE_URL"],
        number=NUMBER,
        phones=(CALLER, ALICE, BOB),
        pace=QUICK,
    )
    lines: list[str] = []
    board = NumbersBoard(file, environ)
    host = HostProcess(host_port, 600, file, environ, lines.append)
    async with (
        open_queues(connection) as queues,
        StandIn(options, say=lines.append) as standin,
        host,
        opened(standin) as page,
    ):
        await queues.empty("events")
        restarts = Restarts(board, host, standin, lines.append)
        tasks = [asyncio.create_task(each) for each in (restarts.follow(), show_numbers(board, host, standin))]
        try:
            yield Stand(file, standin, page, queues, host, lines)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_second_of_two_agents_answers_accepts_and_talks(tmp_path: Path, connection: str) -> None:
    """Both ring; the first stops at the moment of the answer; a key connects."""
    async with standing(tmp_path, connection) as stand:
        page = stand.page
        await stand.at_the_menu("1")
        await page.until(ALICE, state="ringing")
        await page.until(BOB, state="ringing")
        await page.do(BOB, "answer")
        await page.until(ALICE, state="ended", ending="canceled")
        await page.until(BOB, asks="keys")
        assert page.screen(CALLER)["connected"] is False
        await page.do(BOB, "press", key="5")
        await page.until(BOB, connected=True)
        await page.until(CALLER, connected=True)
        await page.do(BOB, "hangup")
        await page.until(CALLER, state="ended", ending="completed")
        assert not [note for note in page.notes(CALLER, "say") if "Nobody" in note]


async def test_an_answer_without_a_key_tries_the_agents_in_turn_and_takes_voicemail(
    tmp_path: Path, connection: str
) -> None:
    """As a phone's voicemail would answer. The caller hears nothing until the voicemail."""
    async with standing(tmp_path, connection) as stand:
        page = stand.page
        await stand.at_the_menu("1")
        await page.until(BOB, state="ringing")
        await page.do(BOB, "answer")
        await page.until(BOB, state="ended")
        await page.until(ALICE, state="ringing")
        assert page.screen(BOB)["state"] == "ended"
        await page.do(ALICE, "decline")
        await page.until(BOB, state="ringing")
        before = len(page.notes(CALLER, "say"))
        await page.do(BOB, "decline")
        await page.until(CALLER, asks="message")
        assert page.notes(CALLER, "say")[before:][0] == "Nobody could take your call."


async def test_a_waiting_caller_is_taken_by_an_agent_who_calls_in(tmp_path: Path, connection: str) -> None:
    """The event was there before the agent called."""
    async with standing(tmp_path, connection) as stand:
        page = stand.page
        await stand.at_the_menu("2")
        await stand.queues.until_count(1, "events")
        (event,) = [published.read(body) for body in await stand.queues.bodies("events")]
        assert (event["type"], event["queue"], event["from"]) == ("switchboard.queue.waiting", "support", CALLER)
        await page.do(ALICE, "call")
        await stand.until_said(ALICE, "For the next caller, press 1.")
        await page.do(ALICE, "press", key="1")
        await page.until(ALICE, connected=True)
        await page.until(CALLER, connected=True)
        await page.do(CALLER, "hangup")
        await page.until(CALLER, state="ended")


async def test_a_voicemail_is_one_event_with_both_parties(tmp_path: Path, connection: str) -> None:
    """The recording's callback has neither: the app fetches the call from Twilio."""
    async with standing(tmp_path, connection) as stand:
        assert "Please leave a message" in await stand.call("3")
        await stand.queues.until_count(2, "events")
        events = [published.read(body) for body in await stand.queues.bodies("events")]
        (event,) = [event for event in events if event["type"] == "switchboard.voicemail.received"]
        assert (event["from"], event["to"], event["number"]) == (CALLER, NUMBER, "Front desk")
        assert event["url"].startswith("https://api.twilio.com") or event["url"].startswith("http://127.0.0.1")


async def test_an_edited_greeting_is_that_of_the_next_call(tmp_path: Path, connection: str) -> None:
    """A call that is in the menu meanwhile goes on: it lives in the stand-in."""
    async with standing(tmp_path, connection) as stand:
        assert "Welcome." in await stand.call()
        await stand.page.do(CALLER, "call")
        await stand.page.until(CALLER, state="talking")
        await stand.save(FILE.replace("Welcome.", "Good morning."))
        assert "Good morning." in await stand.call()
        await stand.page.until(CALLER, state="ended", ending="completed")
        assert not [entry for entry in stand.standin.wire.since(0) if entry.failed]


async def test_a_restart_loses_no_message_and_no_call(tmp_path: Path, connection: str) -> None:
    """Those that come while the host is away wait for it. The terminal has one line."""
    async with standing(tmp_path, connection) as stand:
        sent = [f"kept-{number}" for number in range(20)]
        stand.file.write_text(FILE.replace("Welcome.", "Good morning."))
        calls = []
        for command_id in sent:
            command = json.dumps({"id": command_id, "to": CALLER, "body": command_id})
            await stand.queues.put(command, queue="sms-outbox")
            calls.append(asyncio.create_task(stand.call()))
            await asyncio.sleep(0.1)
        await stand.until_line("saved: restarted in")
        async with asyncio.timeout(SECONDS):
            while len(stand.standin.account.messages) < len(sent):  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.1)
        assert sorted(message.body for message in stand.standin.account.messages.values()) == sorted(sent)
        assert all("Welcome." in heard or "Good morning." in heard for heard in await asyncio.gather(*calls))
        assert not [entry for entry in stand.standin.wire.since(0) if entry.failed]
        assert len([line for line in stand.lines if "restart" in line]) == 1


async def test_an_app_that_does_not_load_is_not_restarted(tmp_path: Path, connection: str) -> None:
    """The one before goes on answering, and the terminal says why."""
    async with standing(tmp_path, connection) as stand:
        stand.host._environ["AzureFunctionsJobHost__extensions__queues__batchSize"] = "many"
        stand.file.write_text(FILE.replace("Welcome.", "Good morning."))
        await stand.until_line("! numbers.toml saved, not restarted: host.json: extensions.queues.batchSize must be")
        assert "Welcome." in await stand.call()


async def test_the_clock_of_the_page_is_that_of_the_opening_hours(tmp_path: Path, connection: str) -> None:
    """By the file's time zone; it outlives a restart, and is set back."""
    closed_at_night = FILE.replace('mon-sun = ["00:00-24:00"]', 'mon-fri = ["09:00-18:00"]')
    async with standing(tmp_path, connection, closed_at_night) as stand:
        status, shown = await stand.post("/standin/clock", at="2026-12-27T22:00")
        assert (status, shown["clock"]["now"]) == (200, "2026-12-27T22:00+00:00")
        assert shown["trees"][0]["text"] == "Front desk (any other) is closed"
        assert "We open again tomorrow at 9 AM." in await stand.call()
        await stand.save(closed_at_night + "# saved\n")
        assert "We open again tomorrow at 9 AM." in await stand.call()
        await stand.post("/standin/clock", at="2026-12-28T10:00")
        assert "Welcome." in await stand.call()
        assert (await stand.post("/standin/clock", at=""))[1]["clock"]["shifted"] is False
        status, answer = await stand.post("/standin/clock", at="Christmas")
        assert (status, answer) == (400, {"error": "at: 'Christmas' is not a time as 2026-12-27T22:00"})


async def test_a_file_with_mistakes_is_shown_and_treated_as_in_azure(tmp_path: Path, connection: str) -> None:
    """On the page and in the terminal, with line and remedy; the number still answers."""
    async with standing(tmp_path, connection) as stand:
        await stand.save(FILE.replace('queue = "support" }', 'queue = "suport" }'))
        published = stand.page.of_kind("numbers")[-1]
        problems = [problem["text"] for problem in published["problems"] if not problem["warning"]]
        assert problems == ['line 15: numbers[0].menu.2.queue: there is no queue "suport". Write "support".']
        await stand.until_line(f"! numbers.toml: {problems[0]}")
        assert "Please leave a message" in await stand.call("2")


async def test_a_flow_is_called_and_its_failure_is_on_the_wire(tmp_path: Path, connection: str) -> None:
    """The reservation by keys; then the same raising: an apology, its traceback on the wire, and the menu goes on."""
    text = FILE + 'menu.5 = { label = "a table", flow = "reservations" }\nmenu.6 = { say = "Still here." }\n'
    flows = tmp_path / "flows.py"
    flows.write_text(RESERVATIONS)
    async with standing(tmp_path, connection, text) as stand:
        heard = await stand.call("5", "4", "2", "1")
        assert "A table for 4 at 20:00. To confirm, press 1." in heard
        assert "Thank you. We look forward to seeing you." in heard
        before = sum("saved: restarted in" in line for line in stand.lines)
        flows.write_text(voice('raise ValueError("no table")'))
        await stand.until_line("saved: restarted in", before + 1)
        assert "something went wrong on our side" in await stand.call("5")
        (entry,) = [entry for entry in stand.standin.wire.since(0) if entry.traceback]
        assert entry.traceback.rstrip().endswith("ValueError: no table")
        assert "Still here." in await stand.call("6")
        flows.write_text("def broken(:\n")
        await stand.until_line("saved: restarted in", before + 2)
        await stand.until_line("! flows.py: line 1: invalid syntax")
        await stand.until_line("the app is not healthy: flows: flows.py, line 1: SyntaxError")
        assert "something went wrong on our side" in await stand.call("5")
        assert "Still here." in await stand.call("6")
