"""Twilio's REST API as a delivery uses it. adapters/twilio_api.py implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery.states import Kind


class CreatedResource(msgspec.Struct, frozen=True):
    """Twilio's answer to a create: the resource's SID and its first status."""

    sid: str
    status: str


class TwilioResource(msgspec.Struct, frozen=True, kw_only=True):
    """A Message or Call as Twilio lists it. `body` is "" for a call, `duration` a call's seconds.

    `updated` is when Twilio last changed it.
    """

    sid: str
    status: str
    direction: str
    created: datetime | None
    body: str = ""
    sender: str = ""
    recipient: str = ""
    error_code: int = 0
    duration: int | None = None
    updated: datetime | None = None


class TwilioClient(Protocol):
    """Each method raises a TwilioError; a create ends within `seconds`."""

    async def send_text(self, command: SendSms, sender: str, status_callback: str, seconds: float) -> CreatedResource:
        """Creates a Message. `sender` is a number, a name or a messaging service."""

    async def place_call(
        self, command: PlaceCall, sender: str, status_callback: str, seconds: float
    ) -> CreatedResource:
        """Creates a Call."""

    async def list_sent(self, kind: Kind, to: str, since: datetime) -> list[TwilioResource]:
        """Returns what was sent to a number, newest first, nothing created before `since`."""

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """Returns one Message or Call."""

    async def cancel_text(self, sid: str) -> TwilioResource:
        """Cancels a scheduled Message. Raises Rejected when it is too late."""
