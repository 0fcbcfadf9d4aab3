"""`callme`: connects callers to a number, whose owner first hears who is calling."""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20


def answer(asked: Parameters) -> Answer:
    """Dial with a whisper; afterwards hang up, or go on at FailUrl."""
    if dialling.has_ended(asked):
        return dialling.after(asked)
    number = asked.text("PhoneNumber")
    if not number:
        return dialling.fail(asked)
    fail_url = asked.web_address("FailUrl")
    state = [("Dial", "true"), *([("FailUrl", fail_url)] if fail_url else [])]
    speaker = Speaker.of(asked)
    return dialling.ring(
        (number,),
        speaker.step("whisper", ("Message", asked.text("Message"))),
        action=speaker.step("callme", *state),
        timeout=asked.seconds("Timeout", RING_SECONDS),
    )


TWIMLET = Twimlet(
    name="callme",
    about="Connects callers to a number, whose owner first hears who is calling.",
    fields=(
        Field("PhoneNumber", TEXT, "Whom to dial."),
        Field("Message", PROSE, "What the one who answers hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds the phone may ring.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "Where to go on when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
