"""`message`: speaks texts and plays sounds, one after another."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, VOICE, Field, Twimlet


def answer(parameters: Parameters) -> Answer:
    """Speaks or plays each message in order."""
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    for message in parameters.items("Message"):
        speaker.present(response, message)
    return document(response)


TWIMLET = Twimlet(
    name="message",
    about="Speaks texts and plays sounds, one after another.",
    fields=(Field("Message", LIST, "The text to speak, or the URL of a sound to play."), LANGUAGE, VOICE),
    answer=answer,
)
