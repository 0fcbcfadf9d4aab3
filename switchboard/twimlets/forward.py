"""`forward`: connects callers to a number, all of them or only those listed."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, VoiceResponse

from switchboard.addresses import is_listed
from switchboard.twimlets import dialling
from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import LANGUAGE, LIST, NUMBER, TEXT, VOICE, Field, Twimlet

RING_SECONDS = 20


def answer(parameters: Parameters) -> Answer:
    """Dials for an allowed caller; after the dial hangs up, or redirects to FailUrl."""
    if dialling.has_ended(parameters):
        return dialling.after(parameters)
    if not _is_allowed(parameters):
        return _reject(parameters)
    if not parameters.number("PhoneNumber"):
        return dialling.fail(parameters)
    return _dial(parameters)


def _is_allowed(parameters: Parameters) -> bool:
    allowed = parameters.items("AllowedCallers")
    return not allowed or is_listed(parameters.caller, allowed)


def _reject(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    speaker.say(response, speaker.sentences.twimlet_restricted)
    return document(response)


def _dial(parameters: Parameters) -> Answer:
    fail_url = parameters.web_address("FailUrl")
    state = [("Dial", "true"), *([("FailUrl", fail_url)] if fail_url else [])]
    response = VoiceResponse()
    response.append(
        Dial(
            parameters.number("PhoneNumber"),
            action=Speaker.of(parameters).step("forward", *state),
            timeout=parameters.seconds("Timeout", RING_SECONDS),
            caller_id=parameters.text("CallerId") or dialling.caller_id(parameters),
        )
    )
    return document(response)


TWIMLET = Twimlet(
    name="forward",
    about="Connects callers to a number, all of them or only those listed.",
    fields=(
        Field("PhoneNumber", TEXT, "The number to dial."),
        Field(
            "CallerId",
            TEXT,
            "The number that the dialled phone shows.",
            "the caller's, or the called one where the caller has none",
        ),
        Field("AllowedCallers", LIST, "The callers that are connected.", "all callers"),
        Field("Timeout", NUMBER, "How many seconds the phone rings.", str(RING_SECONDS)),
        Field("FailUrl", TEXT, "The URL to continue at when nobody answers.", "the call ends"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
