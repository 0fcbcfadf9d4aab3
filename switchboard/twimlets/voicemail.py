"""`voicemail`: records a message, and hands it on as a `voicemail.received` event."""

from __future__ import annotations

from twilio.twiml.voice_response import Record, VoiceResponse

from switchboard.events import Event, voicemail_received
from switchboard.twimlets.answer import NOTHING, Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, PROSE, TEXT, VOICE, Field, Twimlet

SHORTEST_TRANSCRIBED = 2
LONGEST_TRANSCRIBED = 120


def answer(asked: Parameters) -> Answer:
    """Ask for a message, thank for it, or take its transcription. It is handed on with its text, if it gets one.

    A message that Twilio will not transcribe is handed on at once; should a transcription of it fail all the same, the
    event has the same id.
    """
    status = asked.text("TranscriptionStatus")
    if status:
        return Answer(event=_event(asked)) if status in ("completed", "failed") else NOTHING
    if asked.text("RecordingUrl"):
        return _thank(asked)
    return _ask(asked)


def _ask(asked: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    speaker.present(response, asked.text("Message") or speaker.sentences.twimlet_leave_a_message)
    if _is_transcribed(asked):
        callback = speaker.step("voicemail", ("Email", asked.text("Email")))
        response.append(Record(transcribe=True, transcribe_callback=callback))
    else:
        response.append(Record())
    return document(response)


def _thank(asked: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(asked)
    speaker.say(response, speaker.sentences.twimlet_thanks)
    response.hangup()
    return document(response, None if _is_transcribed(asked) and _can_be(asked) else _event(asked))


def _is_transcribed(asked: Parameters) -> bool:
    return asked.flag("Transcribe", default=True)


def _can_be(asked: Parameters) -> bool:
    """Whether Twilio writes a message of this length down. https://www.twilio.com/docs/api/errors/13617"""
    duration = _duration(asked)
    return duration is None or SHORTEST_TRANSCRIBED < duration < LONGEST_TRANSCRIBED


def _duration(asked: Parameters) -> int | None:
    seconds = asked.text("RecordingDuration")
    return int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 10 else None


def _event(asked: Parameters) -> Event:
    return voicemail_received(
        recording_sid=asked.text("RecordingSid"),
        call_sid=asked.text("CallSid"),
        caller=asked.text("From") or asked.text("Caller"),
        called=asked.text("To") or asked.text("Called"),
        url=asked.text("RecordingUrl"),
        duration=_duration(asked),
        email=asked.text("Email"),
        state=asked.text("TranscriptionStatus"),
        transcription=asked.text("TranscriptionText"),
    )


TWIMLET = Twimlet(
    name="voicemail",
    about="Records a message, and hands it on as a voicemail.received event on the queue events.",
    fields=(
        Field("Email", TEXT, "Whom the message is for; the event carries it."),
        Field("Message", PROSE, "The greeting, or the web address of a sound.", "a sentence that asks for a message"),
        Field("Transcribe", FLAG, "Have Twilio write the message down, in English.", "yes"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
