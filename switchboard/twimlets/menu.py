"""`menu`: asks for keys, and continues at their URL."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters, as_web_address
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, OPTIONS, PROSE, VOICE, Field, Twimlet


def answer(parameters: Parameters) -> Answer:
    """Redirects to the option of the pressed keys; otherwise asks, after a wrong key with a sentence that says so."""
    options = parameters.entries("Options")
    chosen = options.get(parameters.text("Digits"), "")
    location = as_web_address(chosen)
    if location:
        return Answer(location=location)
    if chosen:
        parameters.refuse("Options", "the chosen one is not an http or https URL")
    return _ask(parameters, max((len(keys) for keys in options), default=1))


def _ask(parameters: Parameters, most_keys: int) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    if parameters.text("Digits"):
        speaker.say(response, speaker.sentences.twimlet_invalid_option)
    gather = Gather(num_digits=most_keys)
    speaker.present(gather, parameters.text("Message"))
    response.append(gather)
    response.redirect("")
    return document(response)


TWIMLET = Twimlet(
    name="menu",
    about="Asks for keys, and continues at their URL.",
    fields=(
        Field("Message", PROSE, "The question, or the URL of a sound."),
        Field("Options", OPTIONS, "Which keys lead to which URL: Options[1]=https://…"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
