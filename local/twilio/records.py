"""Texts, calls and recordings as Twilio stores them, and instructions for calls."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

ENDED_TEXT = frozenset({"delivered", "undelivered", "failed", "canceled", "received", "read"})
ENDED_CALL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def new_sid(prefix: str) -> str:
    """Make a SID: two letters for the kind, and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True)
class Media:
    """A picture or file of a text."""

    url: str
    content_type: str = "image/png"


@dataclass(kw_only=True)
class Message:
    """A text, incoming or outgoing. `sent` is the DateSent, None until it is sent."""

    sid: str
    to: str
    sender: str
    body: str
    status: str
    direction: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    send_at: datetime | None = None
    media: tuple[Media, ...] = ()
    messaging_service_sid: str = ""
    status_callback: str = ""
    error_code: int | None = None

    def move(self, status: str, now: datetime) -> None:
        """Move to a new status."""
        self.status = status
        self.updated = now
        if status in ("sent", "received"):
            self.sent = now


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Instructions at a URL. `parameters` are added to the call's own."""

    url: str
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)

    def after(self, code: int, url: str) -> Fetch:
        """Return this as a fallback: with the error's code, and the failed URL, "" for inline TwiML."""
        return replace(self, parameters={"ErrorCode": str(code), "ErrorUrl": url})


@dataclass(frozen=True)
class Inline:
    """Instructions in the REST request itself."""

    twiml: str


Instructions = Fetch | Inline


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Whether a whole call is recorded, and the recording's status callback."""

    wanted: bool = False
    callback: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(kw_only=True)
class Call:
    """A call, or one leg of it. `elapsed` is its simulated duration in seconds since the answer.

    `client_parameters` go to the softphone that it rings, as the SDK's `customParameters`.
    """

    sid: str
    to: str
    sender: str
    status: str
    direction: str
    created: datetime
    updated: datetime
    started: datetime | None = None
    ended: datetime | None = None
    parent_call_sid: str = ""
    instructions: Instructions | None = None
    fallback: Fetch | None = None
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset({"completed"})
    sequence: int = 0
    timeout: int = 60
    answered_by: str = ""
    recorder: Recorder = field(default_factory=Recorder)
    elapsed: float = 0
    client_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def duration(self) -> int:
        """Whole seconds, as Twilio bills them: 0 without an answer."""
        return max(1, round(self.elapsed)) if self.started else 0

    def move(self, status: str, now: datetime) -> None:
        """Move to a new status."""
        self.status = status
        self.updated = now
        if status == "in-progress" and self.started is None:
            self.started = now
        if status in ENDED_CALL:
            self.ended = now


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording of a call. `source` is Twilio's RecordingSource.

    `text` is the transcription where there is one, `wav` the sound where there was a microphone.
    """

    sid: str
    call_sid: str
    seconds: int
    source: str
    created: datetime
    text: str = ""
    wav: bytes = field(default=b"", repr=False)
