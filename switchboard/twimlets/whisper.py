"""`whisper`: what somebody who was dialled hears before they are connected."""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.twimlets.answer import Answer, document, hangup
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, PROSE, VOICE, Field, Twimlet


def answer(asked: Parameters) -> Answer:
    """Say who calls and ask for a key: one connects, none at all hangs up when a human is to be made sure of."""
    if asked.given("Digits"):
        return document(VoiceResponse()) if asked.text("Digits") else hangup()
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    gather = Gather(num_digits=1)
    speaker.present(gather, asked.text("Message") or _announcement(asked, speaker))
    response.append(gather)
    if asked.flag("HumanCheck"):
        response.hangup()
    return document(response)


def _announcement(asked: Parameters, speaker: Speaker) -> str:
    """Who calls, spelled: a number that is spoken as one would be a million."""
    caller = asked.text("Caller") or asked.text("From")
    spelled = "".join(f"{character}. " for character in caller)
    return speaker.sentences.twimlet_announcement.format(number=spelled)


TWIMLET = Twimlet(
    name="whisper",
    about="What somebody who was dialled hears before they are connected; the others use it.",
    fields=(
        Field("Message", PROSE, "What they hear.", "the caller's number, spelled"),
        Field("HumanCheck", FLAG, "Connect only after a key was pressed.", "no"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
