"""Twilio's REST API, as far as a delivery uses it. adapters/twilio_api.py is the real one."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from switchboard.commands import PlaceCall, SendSms
from switchboard.status import Kind


class Taken(msgspec.Struct, frozen=True):
    """What Twilio answers to a create: the resource's SID and its first status."""

    sid: str
    status: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A text or call as Twilio shows it. `word` is its status; `body` "" for a call; `duration` a call's seconds."""

    sid: str
    word: str
    direction: str
    created: datetime | None
    body: str = ""
    sender: str = ""
    code: int = 0
    duration: int | None = None


class Twilio(Protocol):
    """Each method raises a TwilioError; a create ends within `seconds`."""

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> Taken:
        """Create a Message. `sender` is a number, a name or a messaging service."""

    async def place_call(self, command: PlaceCall, sender: str, status_callback: str, seconds: float) -> Taken:
        """Create a Call."""

    async def listed(self, kind: Kind, to: str, since: datetime) -> list[Listed]:
        """What was sent to a number, newest first, none older than `since`."""

    async def fetch(self, kind: Kind, sid: str) -> Listed:
        """One text or call."""

    async def cancel_text(self, sid: str) -> Listed:
        """Cancel a scheduled text. Raises Rejected when it is too late for that."""
