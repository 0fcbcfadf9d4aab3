"""The wire: a log of all requests between Twilio and the app, in both directions."""

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

    `direction` is `rest` (app to Twilio) or `webhook` (Twilio to app); `status` 0 means no answer. `problems` are
    Twilio's error codes, each with a sentence, as in its debugger. There are no credentials in it; `signature` is a
    webhook's X-Twilio-Signature, `traceback` a failed flow's. The wire sets `n`, counted from 1, and `time`.
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
    traceback: str = ""
    n: int = 0
    time: str = ""

    @property
    def failed(self) -> bool:
        """Was it refused, not answered, or answered with something that Twilio cannot use?"""
        return bool(self.problems) or self.status == 0 or self.status >= 400

    def to_json(self) -> dict[str, object]:
        """Return the JSON of `GET /standin/wire`."""
        return asdict(self)


class Wire:
    """Keeps the latest entries, and calls `listener` with each new one."""

    def __init__(self, clock: Callable[[], datetime], listener: Callable[[Entry], None] = lambda _: None) -> None:
        self._clock = clock
        self._listener = listener
        self._entries: deque[Entry] = deque(maxlen=LONGEST_LOG)
        self._last = 0
        self._added = asyncio.Event()

    def add(self, entry: Entry) -> None:
        """Add one request, with its number and time."""
        self._last += 1
        numbered = replace(entry, n=self._last, time=self._clock().isoformat(timespec="milliseconds"))
        self._entries.append(numbered)
        self._added.set()
        self._added = asyncio.Event()
        self._listener(numbered)

    def since(self, number: int) -> list[Entry]:
        """Return the entries after that number, newest last."""
        return [entry for entry in self._entries if entry.n > number]

    async def wait(self, number: int, seconds: float) -> list[Entry]:
        """Return the entries after that number; when there are none, wait so many seconds for the next one."""
        entries = self.since(number)
        if entries or seconds <= 0:
            return entries
        try:
            async with asyncio.timeout(seconds):
                await self._added.wait()
        except TimeoutError:
            return []
        return self.since(number)
