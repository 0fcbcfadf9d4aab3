"""`message`: says texts and plays sounds, one after the other."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, VOICE, Field, Twimlet


def answer(asked: Parameters) -> Answer:
    """Each message in its order; none leaves nothing to hear."""
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    for message in asked.items("Message"):
        speaker.present(response, message)
    return document(response)


TWIMLET = Twimlet(
    name="message",
    about="Says texts and plays sounds, one after the other.",
    fields=(Field("Message", LIST, "What to say, or the web address of a sound to play."), LANGUAGE, VOICE),
    answer=answer,
)
