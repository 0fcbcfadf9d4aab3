"""A demo of the app: an incoming call and text, an outgoing text and call."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from local.addresses import Ports
from local.errors import LocalError
from local.queues import push
from local.twilio.account import StandInAccount
from local.twilio.client import post
from local.twilio.records import ENDED_CALL, ENDED_TEXT, Call, Message
from local.twilio.users.page_handsets import PageHandsets
from local.twilio.wire import Entry, Wire

PHONE = "+15005550006"
ARRIVAL_SECONDS = 15
SETTLE_SECONDS = 5
QUIET_SECONDS = 0.3
LONGEST_TWIML = 90
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class DemoError(LocalError):
    """A step of the demo failed; the message says which."""


class RunningStandIn(Protocol):
    """The parts of a stand-in that the demo uses."""

    @property
    def url(self) -> str:
        """The stand-in's URL."""

    @property
    def key(self) -> str:
        """The key of its own API."""

    @property
    def account(self) -> StandInAccount:
        """Its texts and calls."""

    @property
    def page_handsets(self) -> PageHandsets:
        """The handsets of its page."""

    @property
    def wire(self) -> Wire:
        """The requests between it and the app."""


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """The result of one step: a line for the user, and the time it took."""

    line: str
    milliseconds: float


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One demo, with a running stand-in and app. `storage` is the connection string of the queues.

    `mark` is part of every command that this demo sends, which distinguishes them from earlier messages.
    """

    standin: RunningStandIn
    storage: str
    mark: str

    @classmethod
    def new(cls, standin: RunningStandIn, storage: str) -> Demo:
        """Make a demo with a new mark."""
        return cls(standin=standin, storage=storage, mark=f"demo-{uuid.uuid4().hex[:8]}")

    async def show(self, say: Callable[[str], None]) -> bool:
        """Run the steps, and log a line with a time for each: False after a failure, which is logged.

        Scripts answer its calls: a page that is open from an earlier run does not ring.
        """
        steps = (self.call_comes_in, self.text_comes_in, self.call_goes_out, self.text_goes_out)
        try:
            with self.standin.page_handsets.answered_by_scripts():
                for step in steps:
                    result = await step()
                    say(f"{result.milliseconds:6,.0f} ms  {result.line}")
        except LocalError as error:
            say(f"! {error}")
            return False
        return True

    async def call_comes_in(self) -> DemoResult:
        """A caller presses 1."""
        answer = await self._post("/standin/calls", {"from": PHONE, "press": ["1"]})
        return _answered(f"{PHONE} calls", answer["steps"])

    async def text_comes_in(self) -> DemoResult:
        """A phone texts a keyword."""
        answer = await self._post("/standin/texts", {"from": PHONE, "body": "hours"})
        return _answered(f'{PHONE} texts "hours"', answer["steps"])

    async def text_goes_out(self) -> DemoResult:
        """A message on `sms-outbox` becomes a text, which is delivered."""
        command = {"id": f"{self.mark}-text", "to": PHONE, "body": f"Hello world. ({self.mark})"}
        result, sid = await self._sent("sms-outbox", command, "/Messages.json")
        text = self.standin.account.messages[sid]
        await self._settle(lambda: text.status in ENDED_TEXT)
        return _ended(result, text)

    async def call_goes_out(self) -> DemoResult:
        """A message on `call-outbox` becomes a call, which is completed."""
        command = {"id": f"{self.mark}-call", "to": PHONE, "say": f"Hello world. ({self.mark})"}
        result, sid = await self._sent("call-outbox", command, "/Calls.json")
        call = self.standin.account.calls[sid]
        await self._settle(lambda: call.status in ENDED_CALL)
        return _ended(result, call)

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        return await post(self.standin.url, path, body, key=self.standin.key)

    async def _sent(self, queue: str, command: dict[str, str], path: str) -> tuple[DemoResult, str]:
        """Push a command, and wait for its request at the stand-in: returns the result and the SID."""
        since, begun = len(self.standin.wire.since(0)), time.monotonic()
        await push(self.storage, queue, json.dumps(command))
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                entry = await self._arrival(since, path)
        except TimeoutError as error:
            raise DemoError(f"what was put on {queue} did not arrive within {ARRIVAL_SECONDS} s") from error
        if entry.failed:
            raise DemoError(f"what was put on {queue} was refused: {entry.summary}")
        line = f"{queue} {json.dumps(command)} → {entry.summary}"
        return DemoResult(line=line, milliseconds=(time.monotonic() - begun) * 1000), json.loads(entry.response)["sid"]

    async def _arrival(self, since: int, path: str) -> Entry:
        """Return the first new request that contains this demo's mark."""
        while True:
            for entry in await self.standin.wire.wait(since, ARRIVAL_SECONDS):
                since = entry.n
                marked = self.mark in json.dumps(dict(entry.parameters))
                if entry.direction == "rest" and entry.method == "POST" and entry.path.endswith(path) and marked:
                    return entry

    async def _settle(self, ended: Callable[[], bool]) -> None:
        """Wait until a text or call has ended and its last callbacks are on the wire; SETTLE_SECONDS at most."""
        seen = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while True:
                    entries = await self.standin.wire.wait(seen, QUIET_SECONDS)
                    if ended() and not entries:
                        return
                    seen = entries[-1].n if entries else seen


def to_try(ports: Ports) -> list[str]:
    """Return commands for another terminal. They need no port: local/run.json has the ports of this run."""
    return [
        f"./sb local call --from {PHONE} --press 1",
        f'./sb local text --from {PHONE} "hours"',
        f"""./sb local push sms-outbox '{{"to": "{PHONE}", "body": "Hello world."}}'""",
        f"{ports.standin_url} in a browser, for the phone page; Ctrl-C here stops the stack",
    ]


def _ended(result: DemoResult, resource: Message | Call) -> DemoResult:
    """Add the state at the end, or after SETTLE_SECONDS."""
    return replace(result, line=f"{result.line} → {resource.status}")


def _answered(what: str, steps: list[dict[str, Any]]) -> DemoResult:
    """Return the app's first answer. Raises DemoError when it is no TwiML."""
    first = steps[0]
    if not first["twiml"]:
        outcome = "; ".join(first["problems"]) or f"{first['method']} {first['path']}: {first['status']}"
        raise DemoError(f"{what}: not answered: {outcome}")
    return DemoResult(line=f"{what} → {_shortened(first['twiml'])}", milliseconds=first["milliseconds"])


def _shortened(twiml: str) -> str:
    """Return a document on one line, shortened to LONGEST_TWIML."""
    line = re.sub(r">\s+<", "><", twiml.strip().removeprefix(XML_DECLARATION).strip())
    return line if len(line) <= LONGEST_TWIML else line[: LONGEST_TWIML - 1] + "…"
