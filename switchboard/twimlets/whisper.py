"""`whisper`: what a callee hears before being connected."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.twimlets.answer import Answer, document, hangup
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, PROSE, VOICE, Field, Twimlet


def answer(parameters: Parameters) -> Answer:
    """Announces the caller and asks for a key. A key connects; without one, HumanCheck decides whether to hang up."""
    if parameters.given("Digits"):
        return document(VoiceResponse()) if parameters.text("Digits") else hangup()
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    gather = Gather(num_digits=1)
    speaker.present(gather, parameters.sentence("Message") or speaker.announcement(parameters))
    response.append(gather)
    if parameters.flag("HumanCheck"):
        response.hangup()
    return document(response)


TWIMLET = Twimlet(
    name="whisper",
    about="What a callee hears before being connected; the other Twimlets use it.",
    fields=(
        Field("Message", PROSE, "What the callee hears.", "the caller's number, spelled"),
        Field("HumanCheck", FLAG, "Connect only after a key is pressed.", "no"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
