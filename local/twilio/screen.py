"""What a handset of the page shows of its call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

MOST_NOTES = 300
SHOWN = (
    "sid", "other", "state", "began", "ending", "asks", "hears", "music", "connected", "ending_keys", "most_seconds"
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """A line of the transcript. `kind` is `say`, `play` or `pause` for what is heard, `you`, `other` or `event`."""

    n: int
    kind: str
    text: str
    language: str = ""


@dataclass
class Screen:
    """A call, as its handset shows it.

    `state` is `calling` or `ringing` before it is answered, then `talking`, at last `ended` with its `ending`. `asks`
    is what is waited for: `keys`, `speech`, `keys speech`, `message`, or "". `hears` is the number of the note that is
    being heard, 0 for none; `music` is whether that is a sound and no speech. `connected` is to another handset. A
    message is ended by one of `ending_keys`, and after `most_seconds`.
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
        """Add a line to the transcript: its number."""
        self._last += 1
        self.notes.append(Note(self._last, kind, text, language))
        del self.notes[:-MOST_NOTES]
        self.changed()
        return self._last

    def show(self, **what: object) -> None:
        """Show something else, and say so when that is news."""
        if any(getattr(self, name) != value for name, value in what.items()):
            for name, value in what.items():
                setattr(self, name, value)
            self.changed()

    def begin(self) -> None:
        """The call is answered."""
        if self.state != "talking":
            self.show(state="talking", began=self.clock().isoformat(timespec="seconds"))

    def end(self, ending: str) -> None:
        """The call is over."""
        if self.state != "ended":
            self.show(state="ended", ending=ending, asks="", hears=0, music=False, connected=False)

    def to_json(self) -> dict[str, object]:
        """As the page is told."""
        return {name: getattr(self, name) for name in SHOWN} | {"notes": [asdict(note) for note in self.notes]}
