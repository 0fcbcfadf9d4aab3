"""`forward`: connects callers to a number, everybody or only those that are listed."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, VoiceResponse

from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.numbers import same_number
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20


def answer(asked: Parameters) -> Answer:
    """Dial for a caller who may be connected; afterwards hang up, or go on at FailUrl."""
    if dialling.has_ended(asked):
        return dialling.after(asked)
    if not _is_allowed(asked):
        return _turn_away(asked)
    if not asked.text("PhoneNumber"):
        return dialling.fail(asked)
    return _dial(asked)


def _is_allowed(asked: Parameters) -> bool:
    caller = asked.text("From") or asked.text("Caller")
    allowed = asked.items("AllowedCallers")
    return not allowed or any(same_number(caller, each) for each in allowed)


def _turn_away(asked: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    speaker.say(response, speaker.sentences.twimlet_restricted)
    return document(response)


def _dial(asked: Parameters) -> Answer:
    fail_url = asked.web_address("FailUrl")
    state = [("Dial", "true"), *([("FailUrl", fail_url)] if fail_url else [])]
    response = VoiceResponse()
    response.append(
        Dial(
            asked.text("PhoneNumber"),
            action=Speaker.of(asked).step("forward", *state),
            timeout=asked.seconds("Timeout", RING_SECONDS),
            caller_id=asked.text("CallerId") or None,
        )
    )
    return document(response)


TWIMLET = Twimlet(
    name="forward",
    about="Connects callers to a number, everybody or only those that are listed.",
    fields=(
        Field("PhoneNumber", TEXT, "Whom to dial."),
        Field("CallerId", TEXT, "The number that the dialled phone shows.", "the caller's"),
        Field("AllowedCallers", LIST, "Who may be connected.", "everybody"),
        Field("Timeout", NUMBER, "How many seconds the phone may ring.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "Where to go on when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
