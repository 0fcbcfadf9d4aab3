"""What a Twimlet is: a name, its parameters, and a pure function from what it is asked to what it answers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from switchboard.twimlets.answer import Answer, FromBucket
from switchboard.twimlets.parameters import Parameters

# How a value is filled in on the page: a word or two, sentences, several values, keys with URLs, yes or no, seconds.
TEXT, PROSE, LIST, OPTIONS, FLAG, NUMBER = "text", "prose", "list", "options", "flag", "number"


class Field(msgspec.Struct, frozen=True):
    """A parameter, as the page and the documentation name it. `kind` is one of those above.

    `otherwise` is what holds when it is absent, "" for nothing.
    """

    name: str
    kind: str
    about: str
    otherwise: str = ""


LANGUAGE = Field("Language", TEXT, "The language that is spoken, as en-GB or pt-PT.", "Twilio's own")
VOICE = Field("Voice", TEXT, "The voice that speaks, as Polly.Amy.", "Twilio's own")


class Twimlet(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eleven. `about` says in a sentence what a caller meets."""

    name: str
    about: str
    fields: tuple[Field, ...]
    answer: Callable[[Parameters], Answer | FromBucket]
