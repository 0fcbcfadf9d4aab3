"""The handsets on the page, and the call that each is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from local.twilio.line import Line
from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.screen import Screen

Publish = Callable[[str, object], None]


@dataclass
class Phone:
    """One handset. The screen stays when its call is over, until the next."""

    number: str
    line: Line | None = None
    screen: Screen | None = None

    def to_json(self) -> dict[str, object]:
        """As the page is told."""
        return {"number": self.number, "call": self.screen.to_json() if self.screen else None}


class Desk:
    """All handsets. They are answered by hand only while somebody has the page open: `pages` counts those."""

    def __init__(self, numbers: Iterable[str], pace: Pace, clock: Callable[[], datetime], publish: Publish) -> None:
        self.pages = 0
        self._phones = {number: Phone(number) for number in numbers}
        self._pace = pace
        self._clock = clock
        self._publish = publish

    def plug_in(self, number: str) -> Phone:
        """Have a handset with that number."""
        phone = self._phones.setdefault(number, Phone(number))
        self._publish("phone", phone.to_json())
        return phone

    def unplug(self, number: str) -> None:
        """Have it no more; its call is hung up."""
        phone = self._phones.pop(number, None)
        if phone and phone.line:
            phone.line.hang_up()
        self._publish("unplugged", {"number": number})

    def find(self, number: str) -> Phone | None:
        """The handset with that number."""
        return self._phones.get(number)

    def by_hand(self, number: str) -> Phone | None:
        """The handset that somebody in front of the page will answer, None where a script does."""
        return self._phones.get(number) if self.pages else None

    def begin(self, phone: Phone, call: Call, other: str, state: str) -> Line:
        """Put a call on a handset: it is `calling`, or `ringing`."""
        screen = Screen(call.sid, other, state, self._clock, lambda: self._publish("phone", phone.to_json()))
        phone.screen, phone.line = screen, Line(call, screen, self._pace)
        screen.changed()
        return phone.line

    def answered(self, call: Call) -> None:
        """The app takes a call that a handset placed."""
        for phone in self._phones.values():
            if phone.line and phone.line.call is call and phone.screen:
                phone.screen.begin()

    def end(self, call: Call) -> None:
        """A call is over; so it is on the handset that has it."""
        for phone in self._phones.values():
            if phone.line and phone.line.call is call:
                phone.line = None
                if phone.screen:
                    phone.screen.end(call.status)

    def abandon(self) -> None:
        """Nobody has the page open any more: hang up."""
        for phone in self._phones.values():
            if phone.line:
                phone.line.hang_up()

    def to_json(self) -> list[dict[str, object]]:
        """All handsets, as the page is told."""
        return [phone.to_json() for phone in self._phones.values()]
