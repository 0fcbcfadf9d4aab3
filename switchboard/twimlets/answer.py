"""The answer of a Twimlet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from twilio.twiml.voice_response import VoiceResponse

from switchboard import twiml_writer
from switchboard.text import xml_text


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A TwiML document, or the URL of a redirect; the answer is empty without both.

    `keeps_method` makes a POST of the redirected POST, with its parameters, instead of a GET.
    """

    document: str = ""
    location: str = ""
    keeps_method: bool = False


class FromBucket(msgspec.Struct, frozen=True):
    """An answer that needs the keys of a bucket: `then` returns it, given the keys."""

    bucket: str
    then: Callable[[Sequence[str]], Answer]


NOTHING = Answer()


def document(response: VoiceResponse) -> Answer:
    """Returns an answer with TwiML. Characters that XML cannot hold are removed."""
    return Answer(document=xml_text(twiml_writer.document(response)))


def hangup() -> Answer:
    """Returns an answer that ends the call."""
    response = VoiceResponse()
    response.hangup()
    return document(response)
