"""`findme`: rings phones one after another, until a callee presses a key.

The state travels in the action's URL: each step has everything that the next one needs.
"""

from __future__ import annotations

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer, hangup
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, PROSE, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 60


def answer(parameters: Parameters) -> Answer:
    """Dials the first remaining number; without one, redirects to FailUrl or hangs up."""
    if dialling.has_ended(parameters) and dialling.was_connected(parameters):
        return hangup()
    numbers = parameters.items("PhoneNumbers")
    return _ring(parameters, numbers[0], numbers[1:]) if numbers else dialling.fail(parameters)


def _ring(parameters: Parameters, first: str, others: tuple[str, ...]) -> Answer:
    speaker, message = Speaker.of(parameters), parameters.text("Message")
    timeout = parameters.seconds("Timeout", RING_SECONDS)
    state = [
        ("Dial", "true"),
        ("FailUrl", parameters.web_address("FailUrl")),
        ("Timeout", str(timeout)),
        ("Message", message),
        *(("PhoneNumbers[]", number) for number in others),
    ]
    return dialling.ring(
        parameters,
        (first,),
        dialling.whisper(parameters, speaker, message, ("HumanCheck", "1")),
        action=speaker.step("findme", *state),
        timeout=timeout,
    )


TWIMLET = Twimlet(
    name="findme",
    about="Rings phones one after another, until a callee presses a key.",
    fields=(
        Field("PhoneNumbers", LIST, "The numbers to dial, in this order."),
        Field("Message", PROSE, "What the callee hears first.", "the caller's number, spelled"),
        Field("Timeout", NUMBER, "How many seconds each phone rings.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "The URL to continue at when nobody presses a key.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
