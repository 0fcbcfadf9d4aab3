"""`callme`: connects callers to a number; the callee first hears who is calling."""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20


def answer(parameters: Parameters) -> Answer:
    """Dials with a whisper; after the dial hangs up, or redirects to FailUrl."""
    if dialling.has_ended(parameters):
        return dialling.after(parameters)
    number = parameters.number("PhoneNumber")
    if not number:
        return dialling.fail(parameters)
    fail_url = parameters.web_address("FailUrl")
    state = [("Dial", "true"), *([("FailUrl", fail_url)] if fail_url else [])]
    speaker = Speaker.of(parameters)
    return dialling.ring(
        parameters,
        (number,),
        dialling.whisper(parameters, speaker, parameters.text("Message")),
        action=speaker.step("callme", *state),
        timeout=parameters.seconds("Timeout", RING_SECONDS),
    )


TWIMLET = Twimlet(
    name="callme",
    about="Connects callers to a number; the callee first hears who is calling.",
    fields=(
        Field("PhoneNumber", TEXT, "The number to dial."),
        Field("Message", PROSE, "What the callee hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds the phone rings.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "The URL to continue at when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
