"""The handsets on the page, and the call of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.call_screen import CallScreen

Publish = Callable[[str, object], None]


@dataclass
class PageHandset:
    """One handset. `user` is None between calls; `screen` shows the last call until the next one."""

    number: str
    user: BrowserUser | None = None
    screen: CallScreen | None = None

    def to_json(self) -> dict[str, object]:
        """Return the JSON for the page."""
        return {"number": self.number, "call": self.screen.to_json() if self.screen else None}


class PageHandsets:
    """The handsets by number. `pages` is how many browser pages are open: without one, scripts answer the calls."""

    def __init__(self, numbers: Iterable[str], pace: Pace, clock: Callable[[], datetime], publish: Publish) -> None:
        self.pages = 0
        self._scripts_answer = False
        self._handsets = {number: PageHandset(number) for number in numbers}
        self._pace = pace
        self._clock = clock
        self._publish = publish

    def add(self, number: str) -> PageHandset:
        """Add a handset, or return the one that has this number."""
        handset = self._handsets.setdefault(number, PageHandset(number))
        self._publish("phone", handset.to_json())
        return handset

    def remove(self, number: str) -> None:
        """Remove a handset, and hang up its call."""
        handset = self._handsets.pop(number, None)
        if handset and handset.user:
            handset.user.hang_up()
        self._publish("unplugged", {"number": number})

    def find(self, number: str) -> PageHandset | None:
        """Return the handset with that number."""
        return self._handsets.get(number)

    def find_interactive(self, number: str) -> PageHandset | None:
        """Return the handset that a person at an open page answers; None where a script answers."""
        return self._handsets.get(number) if self.pages and not self._scripts_answer else None

    @contextmanager
    def answered_by_scripts(self) -> Iterator[None]:
        """Let scripts answer the calls of all numbers until the end of the `with`, also while a page is open."""
        self._scripts_answer = True
        try:
            yield
        finally:
            self._scripts_answer = False

    def begin_call(self, handset: PageHandset, call: Call, other: str, state: str) -> BrowserUser:
        """Show a call on a handset as `calling` or `ringing`, and return its user."""
        screen = CallScreen(call.sid, other, state, self._clock, lambda: self._publish("phone", handset.to_json()))
        handset.screen, handset.user = screen, BrowserUser(call, screen, self._pace, end=handset.number)
        screen.changed()
        return handset.user

    def answered(self, call: Call) -> None:
        """Show a handset's call as answered."""
        for handset in self._handsets.values():
            if handset.user and handset.user.call is call and handset.screen:
                handset.screen.answer()

    def ended(self, call: Call) -> None:
        """Show a handset's call as ended, and free the handset."""
        for handset in self._handsets.values():
            if handset.user and handset.user.call is call:
                handset.user = None
                if handset.screen:
                    handset.screen.end(call.status)

    def hang_up_all(self) -> None:
        """Hang up every call: no page is open any more."""
        for handset in self._handsets.values():
            if handset.user:
                handset.user.hang_up()

    def to_json(self) -> list[dict[str, object]]:
        """Return the JSON for the page."""
        return [handset.to_json() for handset in self._handsets.values()]
