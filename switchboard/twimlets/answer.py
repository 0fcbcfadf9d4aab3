"""What a Twimlet answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from twilio.twiml.voice_response import VoiceResponse

from switchboard.documents import NOT_XML
from switchboard.events import Event


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A TwiML document, or a URL to go on at, or neither: then the answer is empty.

    `event` is to be told on `events` before the answer is given.
    """

    document: str = ""
    location: str = ""
    event: Event | None = None


class FromBucket(msgspec.Struct, frozen=True):
    """An answer that depends on which sounds a bucket holds: their keys are given to `then`."""

    bucket: str
    then: Callable[[Sequence[str]], Answer]


NOTHING = Answer()


def document(response: VoiceResponse, event: Event | None = None) -> Answer:
    """Answer with TwiML. Characters that XML has no place for are left out."""
    return Answer(document=NOT_XML.sub("", str(response)), event=event)


def hangup() -> Answer:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return document(response)
