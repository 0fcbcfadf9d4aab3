"""`voicemail`: records a message, and publishes it as a `voicemail.received` event."""

from __future__ import annotations

from datetime import UTC, datetime

from twilio.twiml.voice_response import Record, VoiceResponse

from switchboard.clock import timestamp
from switchboard.events import Event
from switchboard.text import short_digest, whole_number
from switchboard.twimlets.answer import NOTHING, Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, PROSE, TEXT, VOICE, Field, Twimlet

SHORTEST_TRANSCRIBED = 2
LONGEST_TRANSCRIBED = 120


def answer(parameters: Parameters) -> Answer:
    """Asks for a message, says thanks for it, or receives its transcription. The event has the text if there is one.

    A message that Twilio does not transcribe is published at once. If its transcription fails later all the same, that
    event has the same id.
    """
    status = parameters.text("TranscriptionStatus")
    if status:
        return Answer(event=_event(parameters)) if status in ("completed", "failed") else NOTHING
    if parameters.text("RecordingUrl"):
        return _thank(parameters)
    return _ask(parameters)


def _ask(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    speaker.present(response, parameters.sentence("Message") or speaker.sentences.twimlet_leave_a_message)
    if _is_transcribed(parameters):
        callback = speaker.step("voicemail", ("Email", parameters.text("Email")))
        response.append(Record(transcribe=True, transcribe_callback=callback))
    else:
        response.append(Record())
    return document(response)


def _thank(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    speaker.say(response, speaker.sentences.twimlet_thanks)
    response.hangup()
    return document(response, None if _is_transcribed(parameters) and _can_be(parameters) else _event(parameters))


def _is_transcribed(parameters: Parameters) -> bool:
    return parameters.flag("Transcribe", default=True)


def _can_be(parameters: Parameters) -> bool:
    """Returns whether Twilio transcribes a message of this length. https://www.twilio.com/docs/api/errors/13617"""
    duration = _duration(parameters)
    return duration is None or SHORTEST_TRANSCRIBED < duration < LONGEST_TRANSCRIBED


def _duration(parameters: Parameters) -> int | None:
    return whole_number(parameters.text("RecordingDuration"))


def _event(parameters: Parameters) -> Event:
    """Returns `voicemail.received`. `state` is the transcription's, completed or failed, "" without a transcription."""
    sid, url = parameters.text("RecordingSid"), parameters.text("RecordingUrl")
    return Event(
        id=f"voicemail.received:{sid or short_digest(url)}",
        kind="voicemail.received",
        time=timestamp(datetime.now(UTC)),
        sid=sid,
        call_sid=parameters.text("CallSid"),
        sender=parameters.text("From") or parameters.text("Caller"),
        recipient=parameters.text("To") or parameters.text("Called"),
        url=url,
        duration=_duration(parameters),
        email=parameters.text("Email"),
        state=parameters.text("TranscriptionStatus"),
        transcription=parameters.text("TranscriptionText"),
    )


TWIMLET = Twimlet(
    name="voicemail",
    about="Records a message, and publishes it as a voicemail.received event on the queue events.",
    fields=(
        Field("Email", TEXT, "The recipient; the event contains it."),
        Field("Message", PROSE, "The greeting, or the web address of a sound.", "a sentence that asks for a message"),
        Field("Transcribe", FLAG, "Let Twilio transcribe the message, in English.", "yes"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
