"""What the page shows of the app as a whole: is it up, its events, and its settings of time. The stack knows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

MOST_EVENTS = 200


class AppBoard:
    """The app's state `up`, `restarting` or `failed`, its latest events, and its timings ({} without a stack)."""

    def __init__(self, publish: Callable[[str, object], None], clock: Callable[[], datetime]) -> None:
        self._publish = publish
        self._clock = clock
        self._began = self._now()
        self._state = {"state": "up", "since": "", "reason": ""}
        self._events: deque[Mapping[str, Any]] = deque(maxlen=MOST_EVENTS)
        self._timings: Mapping[str, object] = {}

    def restarting(self) -> None:
        """Show that the app restarts."""
        self._set("restarting", "")

    def restarted(self, failure: str) -> None:
        """Show that the app is up again or, with a `failure`, that it is not."""
        self._set("failed" if failure else "up", failure)

    def show_event(self, event: Mapping[str, Any]) -> None:
        """Show an event that the app has published."""
        self._events.append(event)
        self._publish("event", event)

    def show_timings(self, timings: Mapping[str, object]) -> None:
        """Show these settings, and the panel of events, on every page from now on."""
        self._timings = timings

    def to_json(self) -> dict[str, object]:
        """Return the JSON for a new page. `began` differs after a restart of the stand-in."""
        return {"began": self._began, "app": self._state, "timings": self._timings, "events": list(self._events)}

    def _set(self, state: str, reason: str) -> None:
        self._state = {"state": state, "since": self._now(), "reason": reason}
        self._publish("app", self._state)

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")
