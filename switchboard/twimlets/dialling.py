"""What the dialling Twimlets share: the result of a dial, and the step after it."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Number, VoiceResponse

from switchboard.addresses import dial_caller_id
from switchboard.twimlets.answer import Answer, document, hangup
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker


def has_ended(parameters: Parameters) -> bool:
    """Returns whether this request is the action of a Dial."""
    return parameters.flag("Dial")


def was_connected(parameters: Parameters) -> bool:
    """Returns whether the two were connected. A callee who refuses the whisper answered without being connected."""
    answered = parameters.text("DialCallStatus") == "completed" or parameters.text("DialStatus") == "answered"
    return answered and parameters.text("DialBridged") != "false"


def after(parameters: Parameters) -> Answer:
    """Returns the end of the call after a connected dial, else the redirect to FailUrl."""
    return hangup() if was_connected(parameters) else fail(parameters)


def fail(parameters: Parameters) -> Answer:
    """Returns the redirect to FailUrl; without one, the end of the call."""
    location = parameters.web_address("FailUrl")
    return Answer(location=location) if location else hangup()


def caller_id(parameters: Parameters) -> str | None:
    """Returns the `callerId` for a caller without a dialable number, None for others: Twilio needs none then."""
    return dial_caller_id(parameters.caller, parameters.called)


def whisper(parameters: Parameters, speaker: Speaker, message: str, *more: tuple[str, str]) -> str:
    """Returns the URL of what a callee hears first: `message`, or for "" the announcement of the caller.

    A callee's leg has the callerId as its caller. Where that is not the caller's own, the announcement travels in the
    URL, by name and without a number.
    """
    if not message.strip() and caller_id(parameters):
        message = speaker.announcement_by_name(parameters)
    return speaker.step("whisper", ("Message", message), *more)


def ring(parameters: Parameters, numbers: tuple[str, ...], whisper_url: str, *, action: str, timeout: int) -> Answer:
    """Dials all numbers at once; the first callee who answers hears the whisper before being connected."""
    response = VoiceResponse()
    dial = Dial(action=action, timeout=timeout, caller_id=caller_id(parameters))
    for number in numbers:
        dial.append(Number(number, url=whisper_url))
    response.append(dial)
    return document(response)
