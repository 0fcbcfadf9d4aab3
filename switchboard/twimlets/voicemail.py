"""`voicemail`: records a message, and publishes it as a `switchboard.voicemail.received` event."""

from __future__ import annotations

from datetime import UTC, datetime

from twilio.twiml.voice_response import Record, VoiceResponse

from switchboard.events import VoicemailReceived, VoicemailReceivedData
from switchboard.form import LONGEST_WORD, Form, FormReader
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
    speaker.present(response, parameters.text("Message") or speaker.sentences.twimlet_leave_a_message)
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


def _event(parameters: Parameters) -> VoicemailReceived:
    """Returns `switchboard.voicemail.received`. `state` is the transcription's: completed, failed, "" without one.

    Its time is now: Twilio does not say when the message was recorded.
    """
    reader = FormReader(_sent_by_twilio(parameters))
    sid, url = reader.text("RecordingSid"), reader.text("RecordingUrl")
    data = VoicemailReceivedData(
        sid=sid,
        call_sid=reader.text("CallSid"),
        sender=reader.text("From", "Caller"),
        recipient=reader.text("To", "Called"),
        url=url,
        duration=reader.number("RecordingDuration"),
        email=parameters.text("Email"),
        state=reader.text("TranscriptionStatus"),
        transcription=reader.text("TranscriptionText"),
        parameters=reader.rest(),
    )
    identity = sid if 0 < len(sid) <= LONGEST_WORD else short_digest(sid or url)
    return VoicemailReceived(id=f"voicemail.received:{identity}", time=datetime.now(UTC), subject=identity, data=data)


def _sent_by_twilio(parameters: Parameters) -> Form:
    """Returns the parameters of the request without those of the Twimlet's URL. A GET has all in its query."""
    if parameters.form:
        return parameters.form
    own = {field.name for field in TWIMLET.fields}
    # Of several values the last is Twilio's own.
    return Form({name: values[-1:] for name, values in parameters.query.items() if name not in own})


TWIMLET = Twimlet(
    name="voicemail",
    about="Records a message, and publishes it as a switchboard.voicemail.received event on the queue events.",
    fields=(
        Field("Email", TEXT, "The recipient; the event contains it."),
        Field("Message", PROSE, "The greeting, or the web address of a sound.", "a sentence that asks for a message"),
        Field("Transcribe", FLAG, "Let Twilio transcribe the message, in English.", "yes"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
