"""A recorded session as a file: all requests on the wire, for a bug report or a replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from local.errors import LocalError
from local.twilio.wire import Entry

VERSION = 1


class SessionError(LocalError):
    """A file that is not a recorded session; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A recorded session. `public_url` is the origin that webhooks were signed for."""

    public_url: str
    number: str
    entries: Sequence[Mapping[str, object]]

    @classmethod
    def of(cls, public_url: str, number: str, entries: Iterable[Entry]) -> Session:
        """Record these entries without signatures, which would allow a search for the auth token."""
        recorded = [
            {name: value for name, value in entry.to_json().items() if name != "signature"} for entry in entries
        ]
        return cls(public_url=public_url, number=number, entries=recorded)

    @classmethod
    def from_json(cls, text: str) -> Session:
        """Read a file. Raises SessionError."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise SessionError(f"not JSON: {error}") from error
        if not isinstance(value, dict) or value.get("switchboard_session") != VERSION:
            raise SessionError('not a session that the phone\'s page saved: "switchboard_session": 1 is missing')
        entries = value.get("entries")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise SessionError("entries: a list of objects is wanted")
        return cls(public_url=str(value.get("public_url", "")), number=str(value.get("number", "")), entries=entries)

    def to_json(self) -> str:
        """Return the file's text."""
        value = {"switchboard_session": VERSION, "public_url": self.public_url, "number": self.number}
        return json.dumps(value | {"entries": list(self.entries)}, indent=2, ensure_ascii=False) + "\n"
