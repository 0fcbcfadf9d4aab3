"""A Twimlet: a name, its parameters, and a pure function from parameters to an answer."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from switchboard.twimlets.answer import Answer, FromBucket
from switchboard.twimlets.parameters import Parameters

# The input of a parameter on the page: a word or two, sentences, several values, keys with URLs, a flag, seconds.
TEXT, PROSE, LIST, OPTIONS, FLAG, NUMBER = "text", "prose", "list", "options", "flag", "number"


class Field(msgspec.Struct, frozen=True):
    """A parameter, as the page and the documentation name it. `kind` is one of those above.

    `otherwise` describes the default, "" without one.
    """

    name: str
    kind: str
    about: str
    otherwise: str = ""


LANGUAGE = Field("Language", TEXT, "The spoken language, as en-GB or pt-PT.", "Twilio's default")
VOICE = Field("Voice", TEXT, "The voice, as Polly.Amy.", "Twilio's default")


class Twimlet(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eleven. `about` describes it in a sentence."""

    name: str
    about: str
    fields: tuple[Field, ...]
    answer: Callable[[Parameters], Answer | FromBucket]
