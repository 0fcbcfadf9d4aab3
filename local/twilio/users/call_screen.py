"""The state of a call on a handset's screen, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

MOST_NOTES = 300
PUBLISHED = (
    "sid", "other", "state", "began", "ending", "asks", "hears", "music", "connected", "ending_keys", "most_seconds"
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """A line of the transcript. `kind` is `say`, `play` or `pause` for a prompt, else `you`, `other` or `event`."""

    n: int
    kind: str
    text: str
    language: str = ""


@dataclass
class CallScreen:
    """A call on a handset's screen. `changed` is called after each change.

    `state` is `calling` or `ringing`, then `talking`, at last `ended` with Twilio's CallStatus in `ending`. `asks` is
    the awaited input: `keys`, `speech`, `keys speech`, `message`, or "". `hears` is the number of the current prompt's
    note, 0 for none; `music` is true while that prompt is a sound. `connected` is true in a conversation with another
    handset. A message ends by one of `ending_keys`, or after `most_seconds`.
    """

    sid: str
    other: str
    state: str
    clock: Callable[[], datetime]
    changed: Callable[[], None]
    began: str = ""
    ending: str = ""
    asks: str = ""
    hears: int = 0
    music: bool = False
    connected: bool = False
    ending_keys: str = ""
    most_seconds: float = 0
    notes: list[Note] = field(default_factory=list)
    _last: int = 0

    def note(self, kind: str, text: str, language: str = "") -> int:
        """Add a line to the transcript, and return its number."""
        self._last += 1
        self.notes.append(Note(self._last, kind, text, language))
        del self.notes[:-MOST_NOTES]
        self.changed()
        return self._last

    def update(self, **values: object) -> None:
        """Set fields by name; `changed` is called once, and only when a value differs."""
        if any(getattr(self, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(self, name, value)
            self.changed()

    def answer(self) -> None:
        """Show the call as answered."""
        if self.state != "talking":
            self.update(state="talking", began=self.clock().isoformat(timespec="seconds"))

    def end(self, ending: str) -> None:
        """Show the call as ended."""
        if self.state != "ended":
            self.update(state="ended", ending=ending, asks="", hears=0, music=False, connected=False)

    def to_json(self) -> dict[str, object]:
        """Return the JSON for the page."""
        return {name: getattr(self, name) for name in PUBLISHED} | {"notes": [asdict(note) for note in self.notes]}
