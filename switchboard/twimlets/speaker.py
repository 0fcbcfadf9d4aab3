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
        return prompts.find(self.language) or prompts.english()

    def say(self, parent: TwiML, text: str) -> None:
        """Adds a spoken sentence."""
        parent.append(Say(text, language=self.language or None, voice=self.voice or None))

    def announcement(self, parameters: Parameters) -> str:
        """Returns what a callee hears about the caller: a number by its digits, else as `announcement_by_name`.

        A voice reads a number without spaces as one large number.
        """
        number = Address.parse(parameters.caller).number
        spelled = "".join(f"{character}. " for character in number if not character.isspace())
        return self._announce(spelled) if spelled else self.announcement_by_name(parameters)

    def announcement_by_name(self, parameters: Parameters) -> str:
        """Returns the announcement of a client or SIP user by name; of another caller, that no number is shown."""
        return self._announce(Address.parse(parameters.caller).name or self.sentences.twimlet_unknown_caller)

    def _announce(self, caller: str) -> str:
        return self.sentences.twimlet_announcement.format(number=caller)

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
