"""The event of a message that a caller left, made from its recording's callback."""

from __future__ import annotations

from datetime import UTC, datetime

from switchboard.clock import timestamp
from switchboard.events import Event
from switchboard.webhooks import RecordingUpdate


def received(update: RecordingUpdate, *, number: str, sender: str, recipient: str) -> Event:
    """Returns `voicemail.received`. `number` is the number's name in numbers.toml, "" for one that it does not have."""
    return Event(
        id=f"voicemail.received:{update.sid}",
        kind="voicemail.received",
        time=timestamp(datetime.now(UTC)),
        sid=update.sid,
        call_sid=update.call_sid,
        sender=sender,
        recipient=recipient,
        number=number,
        url=update.url,
        duration=update.duration,
    )
