"""`echo`: answers with the TwiML in its URL."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twiml import NotTwiml, as_utf8, check_twiml
from switchboard.twimlets.answer import NOTHING, Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, PROSE, VOICE, Field, Twimlet


def answer(parameters: Parameters) -> Answer:
    """Returns the TwiML byte for byte, but for the declaration of an encoding that the answer does not have.

    An apology when it is not valid TwiML.
    """
    twiml = parameters.as_given("Twiml")
    if not twiml:
        return NOTHING
    try:
        check_twiml(twiml)
    except NotTwiml as error:
        parameters.refuse("Twiml", str(error))
        return _apologise(Speaker.of(parameters))
    return Answer(document=as_utf8(twiml))


def _apologise(speaker: Speaker) -> Answer:
    response = VoiceResponse()
    speaker.say(response, speaker.sentences.failure)
    response.hangup()
    return document(response)


TWIMLET = Twimlet(
    name="echo",
    about="Answers with the TwiML in its URL.",
    fields=(Field("Twiml", PROSE, "The document: well-formed, with a Response around it."), LANGUAGE, VOICE),
    answer=answer,
)
