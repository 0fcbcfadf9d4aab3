"""A text that a text flow answers."""

from __future__ import annotations

import msgspec

from switchboard.events import Media
from switchboard.webhooks import IncomingMessage


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An incoming text: `sender` and `recipient` are E.164 or a channel address (`whatsapp:+…`).

    `sid` is the same when Twilio repeats the webhook: a flow that changes something uses it as its key.
    """

    sid: str
    sender: str
    recipient: str
    body: str
    media: tuple[Media, ...] = ()
    messaging_service_sid: str = ""

    @classmethod
    def of(cls, message: IncomingMessage) -> Message:
        """Returns what a flow sees of a text."""
        return cls(
            sid=message.sid,
            sender=message.sender,
            recipient=message.recipient,
            body=message.body,
            media=message.media,
            messaging_service_sid=message.messaging_service_sid,
        )
