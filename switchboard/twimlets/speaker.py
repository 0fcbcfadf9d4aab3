"""Who speaks a Twimlet's sentences: the original's own voice, unless `Language` or `Voice` ask for another."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import msgspec
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Play, Say

from switchboard import prompts
from switchboard.prompts import Prompts
from switchboard.twimlets.parameters import Parameters


class Speaker(msgspec.Struct, frozen=True):
    """A language (BCP 47) and a voice of Twilio's; each is "" for Twilio's own."""

    language: str
    voice: str

    @classmethod
    def of(cls, asked: Parameters) -> Speaker:
        """The speaker that a Twimlet's URL asks for."""
        return cls(asked.text("Language"), asked.text("Voice"))

    @property
    def sentences(self) -> Prompts:
        """Ready-made sentences in the language, English when there are none in it."""
        return prompts.find(self.language) or prompts.ENGLISH

    def say(self, parent: TwiML, text: str) -> None:
        """Speak a sentence."""
        parent.append(Say(text, language=self.language or None, voice=self.voice or None))

    def present(self, parent: TwiML, message: str) -> None:
        """Speak a text, or play the sound when the text is a web address; an empty one is neither."""
        if message.strip().lower().startswith("http"):
            parent.append(Play(message))
        elif message:
            self.say(parent, message)

    def step(self, twimlet: str, *parameters: tuple[str, str]) -> str:
        """A URL of ours, relative to any Twimlet's, that carries these parameters and who speaks."""
        own = [("Language", self.language), ("Voice", self.voice)]
        pairs = [*parameters, *((name, value) for name, value in own if value)]
        return f"{twimlet}?{urlencode(pairs, quote_via=quote, safe='')}"
