"""`menu`: asks for keys, and goes on at the URL that belongs to them."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters, as_web_address
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, OPTIONS, PROSE, VOICE, Field, Twimlet


def answer(asked: Parameters) -> Answer:
    """Go on at the option of the keys pressed; without one ask, and after a wrong one say so first."""
    options = asked.entries("Options")
    chosen = options.get(asked.text("Digits"), "")
    location = as_web_address(chosen)
    if location:
        return Answer(location=location)
    if chosen:
        asked.refuse("Options", "one that was chosen is not an http or https URL")
    return _ask(asked, max((len(keys) for keys in options), default=1))


def _ask(asked: Parameters, most_keys: int) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    if asked.text("Digits"):
        speaker.say(response, speaker.sentences.twimlet_invalid_option)
    gather = Gather(num_digits=most_keys)
    speaker.present(gather, asked.text("Message"))
    response.append(gather)
    response.redirect("")
    return document(response)


TWIMLET = Twimlet(
    name="menu",
    about="Asks for keys, and goes on at the URL that belongs to them.",
    fields=(
        Field("Message", PROSE, "The question, or the web address of a sound that asks it."),
        Field("Options", OPTIONS, "Which keys lead to which URL: Options[1]=https://…"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
