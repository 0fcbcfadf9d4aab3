"""The main job done once before the user's eyes: a call and a text come in, a text and a call go out."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.addresses import Ports
from local.errors import LocalError
from local.queues import push
from local.settings import ROOT
from local.twilio.client import ask
from local.twilio.records import ENDED_CALL, ENDED_TEXT
from local.twilio.server import StandIn
from local.twilio.wire import Entry

PHONE = "+15005550006"
ARRIVAL_SECONDS = 15
SETTLE_SECONDS = 5
QUIET_SECONDS = 0.3
LONGEST_TWIML = 90
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class DemoError(LocalError):
    """A part of the demo did not go as it should; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was seen, and how long it took."""

    words: str
    milliseconds: float


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What it needs: a stand-in whose app is up, and where the queues are.

    `mark` stands in what this demo sends, so that a message left from before is not taken for its own.
    """

    standin: StandIn
    storage: str
    mark: str

    @classmethod
    def new(cls, standin: StandIn, storage: str) -> Demo:
        """A demo with a mark of its own."""
        return cls(standin=standin, storage=storage, mark=f"demo-{uuid.uuid4().hex[:8]}")

    async def show(self, say: Callable[[str], None]) -> bool:
        """Do it, with a line and a time each; False when something did not go well, which is told."""
        steps = (self.call_comes_in, self.text_comes_in, self.text_goes_out, self.call_goes_out)
        try:
            for step in steps:
                shown = await step()
                say(f"{shown.milliseconds:6,.0f} ms  {shown.words}")
        except LocalError as error:
            say(f"! {error}")
            return False
        return True

    async def call_comes_in(self) -> Shown:
        """Somebody calls, and presses 1."""
        answer = await ask(self.standin.url, "/standin/calls", {"from": PHONE, "press": ["1"]})
        return _answered(f"{PHONE} calls", answer["steps"])

    async def text_comes_in(self) -> Shown:
        """Somebody texts a keyword."""
        answer = await ask(self.standin.url, "/standin/texts", {"from": PHONE, "body": "hours"})
        return _answered(f'{PHONE} texts "hours"', answer["steps"])

    async def text_goes_out(self) -> Shown:
        """A message on `sms-outbox` becomes a text."""
        command = {"id": f"{self.mark}-text", "to": PHONE, "body": f"Hello world. ({self.mark})"}
        shown, sid = await self._sent("sms-outbox", command, "/Messages.json")
        await self._settle(lambda: self.standin.account.messages[sid].status in ENDED_TEXT)
        return shown

    async def call_goes_out(self) -> Shown:
        """A message on `call-outbox` becomes a call."""
        command = {"id": f"{self.mark}-call", "to": PHONE, "say": f"Hello world. ({self.mark})"}
        shown, sid = await self._sent("call-outbox", command, "/Calls.json")
        await self._settle(lambda: self.standin.account.calls[sid].status in ENDED_CALL)
        return shown

    async def _sent(self, queue: str, command: dict[str, str], path: str) -> tuple[Shown, str]:
        """Push a command and wait for it at the stand-in: what was seen, and the SID it got."""
        since, begun = len(self.standin.wire.since(0)), time.monotonic()
        await push(self.storage, queue, json.dumps(command))
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                entry = await self._arrival(since, path)
        except TimeoutError as error:
            raise DemoError(f"what was put on {queue} did not arrive within {ARRIVAL_SECONDS} s") from error
        if entry.went_wrong:
            raise DemoError(f"what was put on {queue} was refused: {entry.summary}")
        words = f"{queue} {json.dumps(command)} → {entry.summary}"
        return Shown(words=words, milliseconds=(time.monotonic() - begun) * 1000), json.loads(entry.response)["sid"]

    async def _arrival(self, since: int, path: str) -> Entry:
        """The request that carries this demo's mark."""
        while True:
            for entry in await self.standin.wire.wait(since, ARRIVAL_SECONDS):
                since = entry.n
                marked = self.mark in json.dumps(dict(entry.parameters))
                if entry.direction == "rest" and entry.method == "POST" and entry.path.endswith(path) and marked:
                    return entry

    async def _settle(self, ended: Callable[[], bool]) -> None:
        """Let a text or call come to its end, and the wire to rest: its last callbacks belong to what was shown."""
        seen = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while True:
                    entries = await self.standin.wire.wait(seen, QUIET_SECONDS)
                    if ended() and not entries:
                        return
                    seen = entries[-1].n if entries else seen


def to_try(ports: Ports, usual: Ports) -> list[str]:
    """Commands for another terminal, where a command knows of the `usual` ports alone unless it is told."""
    python = Path(sys.executable)
    program = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    local = f"{program} -m local"
    at_twilio = f" --twilio-port {ports.twilio}" if ports.twilio != usual.twilio else ""
    at_queues = f" --queue-port {ports.queue}" if ports.queue != usual.queue else ""
    return [
        f"{local} call --from {PHONE} --press 1{at_twilio}",
        f'{local} text --from {PHONE} "hours"{at_twilio}',
        f"""{local} push sms-outbox '{{"to": "{PHONE}", "body": "Hello world."}}'{at_queues}""",
        f"{ports.standin_url} in a browser, for more; Ctrl-C here ends all of it",
    ]


def _answered(what: str, steps: list[dict[str, Any]]) -> Shown:
    """What the app answered first. Raises DemoError when that was no TwiML."""
    first = steps[0]
    if not first["twiml"]:
        outcome = "; ".join(first["problems"]) or f"{first['method']} {first['path']}: {first['status']}"
        raise DemoError(f"{what}: not answered: {outcome}")
    return Shown(words=f"{what} → {_shortened(first['twiml'])}", milliseconds=first["milliseconds"])


def _shortened(twiml: str) -> str:
    """A document on one line, cut where it is long."""
    line = re.sub(r">\s+<", "><", twiml.strip().removeprefix(XML_DECLARATION).strip())
    return line if len(line) <= LONGEST_TWIML else line[: LONGEST_TWIML - 1] + "…"
