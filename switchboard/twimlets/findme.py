"""`findme`: rings phones one after the other, until somebody presses a key.

The state travels in the action's URL: each hop carries all that the next one needs.
"""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer, hangup
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 60


def answer(asked: Parameters) -> Answer:
    """Dial the first number that is left; when none is, go on at FailUrl or hang up."""
    if dialling.has_ended(asked) and dialling.went_well(asked):
        return hangup()
    numbers = asked.items("PhoneNumbers")
    return _ring(asked, numbers[0], numbers[1:]) if numbers else dialling.fail(asked)


def _ring(asked: Parameters, first: str, others: tuple[str, ...]) -> Answer:
    speaker, message = Speaker.of(asked), asked.text("Message")
    timeout = asked.seconds("Timeout", RING_SECONDS)
    state = [
        ("Dial", "true"),
        ("FailUrl", asked.web_address("FailUrl")),
        ("Timeout", str(timeout)),
        ("Message", message),
        *(("PhoneNumbers[]", number) for number in others),
    ]
    return dialling.ring(
        (first,),
        speaker.step("whisper", ("Message", message), ("HumanCheck", "1")),
        action=speaker.step("findme", *state),
        timeout=timeout,
    )


TWIMLET = Twimlet(
    name="findme",
    about="Rings phones one after the other, until somebody presses a key.",
    fields=(
        Field("PhoneNumbers", LIST, "Whom to dial, in this order."),
        Field("Message", PROSE, "What the one who answers hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds each phone may ring.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "Where to go on when nobody presses a key.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
