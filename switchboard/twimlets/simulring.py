"""`simulring`: rings several phones at once, and connects the first that answers."""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20
# More in one Dial is an error of Twilio's, and the caller would reach nobody at all.
MOST_NUMBERS = 10


def answer(asked: Parameters) -> Answer:
    """Dial all with a whisper; afterwards hang up, or go on at FailUrl."""
    if dialling.has_ended(asked):
        return dialling.after(asked)
    numbers = asked.items("PhoneNumbers")
    if not numbers:
        return dialling.fail(asked)
    if len(numbers) > MOST_NUMBERS:
        asked.refuse("PhoneNumbers", f"only the first {MOST_NUMBERS} ring, which is Twilio's limit")
    speaker = Speaker.of(asked)
    return dialling.ring(
        tuple(sorted(numbers[:MOST_NUMBERS])),
        speaker.step("whisper", ("Message", asked.text("Message"))),
        action=speaker.step("simulring", ("Dial", "true"), ("FailUrl", asked.web_address("FailUrl"))),
        timeout=asked.seconds("Timeout", RING_SECONDS),
    )


TWIMLET = Twimlet(
    name="simulring",
    about="Rings several phones at once, and connects the first that answers.",
    fields=(
        Field("PhoneNumbers", LIST, "Whom to dial, ten at most."),
        Field("Message", PROSE, "What the one who answers hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds the phones may ring.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "Where to go on when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
