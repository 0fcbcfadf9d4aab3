"""The language and voice of a Twimlet's sentences: the original's, unless `Language` or `Voice` is given."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import msgspec
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Play, Say

from switchboard import prompts
from switchboard.addresses import Address
from switchboard.prompts import Prompts
from switchboard.twimlets.parameters import Parameters


class Speaker(msgspec.Struct, frozen=True):
    """A language (BCP 47) and a voice of Twilio's; each is "" for Twilio's default."""

    language: str
    voice: str

    @classmethod
    def of(cls, parameters: Parameters) -> Speaker:
        """Returns the speaker of a Twimlet's URL."""
        return cls(parameters.text("Language"), parameters.text("Voice"))

    @property
    def sentences(self) -> Prompts:
        """The sentences of the language, in English when the language has none."""
        return prompts.find(self.language) or prompts.ENGLISH

    def say(self, parent: TwiML, text: str) -> None:
        """Adds a spoken sentence."""
        parent.append(Say(text, language=self.language or None, voice=self.voice or None))

    def caller_spelled(self, parameters: Parameters) -> str:
        """Returns the caller, to be spoken: a number by its digits, which a voice reads as one large number otherwise.

        A client or SIP user by name; of a caller who shows neither, the words that say so.
        """
        caller = Address.parse(parameters.caller)
        spelled = "".join(f"{character}. " for character in caller.number if not character.isspace())
        return spelled or caller.name or self.sentences.twimlet_unknown_caller

    def caller_written(self, parameters: Parameters) -> str:
        """Returns the caller for a text that begins with it: the number, the name, or that neither is shown."""
        caller, unknown = Address.parse(parameters.caller), self.sentences.twimlet_unknown_caller
        return caller.number or caller.name or unknown[0].upper() + unknown[1:]

    def present(self, parent: TwiML, message: str) -> None:
        """Adds a spoken text, or the sound of a URL; nothing for an empty text."""
        if message.strip().lower().startswith("http"):
            parent.append(Play(message))
        elif message.strip():
            self.say(parent, message)

    def step(self, twimlet: str, *parameters: tuple[str, str]) -> str:
        """Returns the relative URL of a Twimlet with these parameters and the speaker's."""
        own = [("Language", self.language), ("Voice", self.voice)]
        pairs = [*parameters, *((name, value) for name, value in own if value)]
        return f"{twimlet}?{urlencode(pairs, quote_via=quote, safe='')}"
