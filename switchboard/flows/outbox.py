"""What a flow leaves behind for the webhook that runs it: events to publish and lines to log.

A flow runs in a thread of its own, from which neither reaches the log or the queue of its invocation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

EVENT_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
OURS = "switchboard."
# A queue message holds 64 KiB, with the envelope. What XML cannot hold (U+FFFF) takes twice as much there as in JSON.
LONGEST_DATA = 30_000
# Of one run, which a person waits for. A flow that loops must not fill the memory of the worker.
MOST_EVENTS = 50
MOST_LINES = 500


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a team's own, for the queue `events`.

    `type` is a name such as `reservation.made`; those that begin with `switchboard.` are the product's. `data` is what
    JSON can hold. `id` is the same whenever the same fact is published: absent, it is made of flow, call or text, step
    and position.
    """

    type: str
    data: Mapping[str, object] = {}
    id: str = ""


class Outbox:
    """Events and log lines of one run, in order. A run that was given up on adds no more."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lines: list[tuple[int, str]] = []
        self._closed = False

    def publish(self, event: Event) -> None:
        """Keeps an event. Raises TypeError for data that JSON cannot hold.

        Raises ValueError for a wrong type, for over 30,000 bytes, and after 50 events.
        """
        if not EVENT_TYPE.fullmatch(event.type) or event.type.startswith(OURS):
            raise ValueError(
                "type: expected letters, digits, dots and hyphens, and nothing that begins with switchboard."
            )
        encoded = msgspec.json.encode(event)
        if len(encoded) > LONGEST_DATA:
            raise ValueError(f"data: {len(encoded):,} bytes as JSON, and an event holds {LONGEST_DATA:,}")
        if len(self._events) >= MOST_EVENTS:
            raise ValueError(f"a flow publishes {MOST_EVENTS} events at most")
        copied = msgspec.json.decode(encoded, type=Event)
        if not self._closed:
            self._events.append(copied)

    def log(self, level: int, line: str) -> None:
        """Keeps a log line; those after MOST_LINES are dropped."""
        if not self._closed and len(self._lines) < MOST_LINES:
            self._lines.append((level, line))

    def close(self) -> tuple[list[Event], list[tuple[int, str]]]:
        """Returns the events and lines so far; whatever comes later is dropped."""
        self._closed = True
        return self._events, self._lines
