"""The wire: every request between Twilio and the app, both ways, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

Parameters = Mapping[str, str | list[str]]
LONGEST_LOG = 5000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One request and its answer.

    `direction` is `rest` (the app asks Twilio) or `webhook` (Twilio asks the app); `status` 0 means that no answer
    came. `problems` are Twilio's codes with a sentence, as its debugger shows them. Never credentials; `signature` is
    a webhook's X-Twilio-Signature. The wire gives `n`, counted from 1, and `time`.
    """

    direction: str
    method: str
    path: str
    status: int
    milliseconds: int
    summary: str
    parameters: Parameters
    response: str
    signature: str = ""
    problems: tuple[str, ...] = ()
    n: int = 0
    time: str = ""

    @property
    def went_wrong(self) -> bool:
        """Was it refused, not answered, or answered with what Twilio cannot use?"""
        return bool(self.problems) or self.status == 0 or self.status >= 400

    def to_json(self) -> dict[str, object]:
        """As `GET /standin/wire` shows it."""
        return asdict(self)


class Wire:
    """The latest entries, and a way to wait for the next."""

    def __init__(self, clock: Callable[[], datetime], listener: Callable[[Entry], None] = lambda _: None) -> None:
        self._clock = clock
        self._listener = listener
        self._entries: deque[Entry] = deque(maxlen=LONGEST_LOG)
        self._last = 0
        self._news = asyncio.Event()

    def add(self, entry: Entry) -> None:
        """Keep one request, with its number and time."""
        self._last += 1
        numbered = replace(entry, n=self._last, time=self._clock().isoformat(timespec="milliseconds"))
        self._entries.append(numbered)
        self._news.set()
        self._news = asyncio.Event()
        self._listener(numbered)

    def since(self, number: int) -> list[Entry]:
        """The entries after that number, newest last."""
        return [entry for entry in self._entries if entry.n > number]

    async def wait(self, number: int, seconds: float) -> list[Entry]:
        """The entries after that number; when there are none yet, the first to come within so many seconds."""
        entries = self.since(number)
        if entries or seconds <= 0:
            return entries
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return []
        return self.since(number)
