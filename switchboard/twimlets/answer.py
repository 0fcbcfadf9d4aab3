"""The answer of a Twimlet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from twilio.twiml.voice_response import VoiceResponse

from switchboard.events import VoicemailReceived
from switchboard.twiml import NOT_XML


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A TwiML document, or the URL of a redirect; the answer is empty without both.

    `event` is published before the answer is sent.
    """

    document: str = ""
    location: str = ""
    event: VoicemailReceived | None = None


class FromBucket(msgspec.Struct, frozen=True):
    """An answer that needs the keys of a bucket: `then` returns it, given the keys."""

    bucket: str
    then: Callable[[Sequence[str]], Answer]


NOTHING = Answer()


def document(response: VoiceResponse, event: VoicemailReceived | None = None) -> Answer:
    """Returns an answer with TwiML. Characters that XML cannot hold are removed."""
    return Answer(document=NOT_XML.sub("", str(response)), event=event)


def hangup() -> Answer:
    """Returns an answer that ends the call."""
    response = VoiceResponse()
    response.hangup()
    return document(response)
