"""`echo`: answers with the TwiML that stands in its URL."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.documents import NotTwiml, check_twiml
from switchboard.twimlets.answer import NOTHING, Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, PROSE, VOICE, Field, Twimlet


def answer(asked: Parameters) -> Answer:
    """The TwiML byte for byte, when it is TwiML; a caller hears that something is wrong when it is not."""
    twiml = asked.text("Twiml")
    if not twiml:
        return NOTHING
    try:
        check_twiml(twiml)
    except NotTwiml as error:
        asked.refuse("Twiml", str(error))
        return _apologise(Speaker.of(asked))
    return Answer(document=twiml)


def _apologise(speaker: Speaker) -> Answer:
    response = VoiceResponse()
    speaker.say(response, speaker.sentences.failure)
    response.hangup()
    return document(response)


TWIMLET = Twimlet(
    name="echo",
    about="Answers with the TwiML that stands in its URL.",
    fields=(Field("Twiml", PROSE, "The document: well-formed, with a Response around it."), LANGUAGE, VOICE),
    answer=answer,
)
