"""What the dialling Twimlets share: the result of a dial, and the step after it."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Number, VoiceResponse

from switchboard.twimlets.answer import Answer, document, hangup
from switchboard.twimlets.parameters import Parameters


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


def ring(numbers: tuple[str, ...], whisper: str, *, action: str, timeout: int) -> Answer:
    """Dials all numbers at once; the first callee who answers hears the whisper before being connected."""
    response = VoiceResponse()
    dial = Dial(action=action, timeout=timeout)
    for number in numbers:
        dial.append(Number(number, url=whisper))
    response.append(dial)
    return document(response)
