"""`simulring`: rings several phones at once, and connects the first callee who answers."""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20
# Twilio fails a Dial with more, and the caller would reach nobody.
MOST_NUMBERS = 10


def answer(parameters: Parameters) -> Answer:
    """Dials all numbers with a whisper; after the dial hangs up, or redirects to FailUrl."""
    if dialling.has_ended(parameters):
        return dialling.after(parameters)
    numbers = parameters.items("PhoneNumbers")
    if not numbers:
        return dialling.fail(parameters)
    if len(numbers) > MOST_NUMBERS:
        parameters.refuse("PhoneNumbers", f"only the first {MOST_NUMBERS} ring, which is Twilio's limit")
    speaker = Speaker.of(parameters)
    return dialling.ring(
        parameters,
        tuple(sorted(numbers[:MOST_NUMBERS])),
        dialling.whisper(parameters, speaker, parameters.text("Message")),
        action=speaker.step("simulring", ("Dial", "true"), ("FailUrl", parameters.web_address("FailUrl"))),
        timeout=parameters.seconds("Timeout", RING_SECONDS),
    )


TWIMLET = Twimlet(
    name="simulring",
    about="Rings several phones at once, and connects the first callee who answers.",
    fields=(
        Field("PhoneNumbers", LIST, "The numbers to dial, ten at most."),
        Field("Message", PROSE, "What the callee hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds the phones ring.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "The URL to continue at when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
