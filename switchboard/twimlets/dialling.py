"""What the Twimlets that dial have in common: how a dial went, and what comes after it."""

from __future__ import annotations

from twilio.twiml.voice_response import Dial, Number, VoiceResponse

from switchboard.twimlets.answer import Answer, document, hangup
from switchboard.twimlets.parameters import Parameters


def has_ended(asked: Parameters) -> bool:
    """Whether this is the request of a Dial's own action."""
    return asked.flag("Dial")


def went_well(asked: Parameters) -> bool:
    """Whether the two were connected. A callee who refuses the whisper has answered, and was not."""
    answered = asked.text("DialCallStatus") == "completed" or asked.text("DialStatus") == "answered"
    return answered and asked.text("DialBridged") != "false"


def after(asked: Parameters) -> Answer:
    """The end when the dial went well, else what FailUrl says."""
    return hangup() if went_well(asked) else fail(asked)


def fail(asked: Parameters) -> Answer:
    """Go on at FailUrl; without one, hang up."""
    location = asked.web_address("FailUrl")
    return Answer(location=location) if location else hangup()


def ring(numbers: tuple[str, ...], whisper: str, *, action: str, timeout: int) -> Answer:
    """Dial all numbers at once; who answers first hears the whisper before they are connected."""
    response = VoiceResponse()
    dial = Dial(action=action, timeout=timeout)
    for number in numbers:
        dial.append(Number(number, url=whisper))
    response.append(dial)
    return document(response)
