"""`voicemail`: records a message. Its recording's callback publishes it as a `switchboard.voicemail.received` event."""

from __future__ import annotations

from twilio.twiml.voice_response import Record, VoiceResponse

from switchboard.twimlets.answer import Answer, document
from switchboard.twimlets.parameters import Parameters
from switchboard.twimlets.speaker import Speaker
from switchboard.twimlets.twimlet import FLAG, LANGUAGE, PROSE, TEXT, VOICE, Field, Twimlet
from switchboard.urls import voicemail_callback


def answer(parameters: Parameters) -> Answer:
    """Asks for a message, or says thanks for it. Twilio reports recording and transcription to `status/recording`.

    A `<Record>` elsewhere may have this Twimlet for its transcribeCallback: that POST is redirected there as a POST.
    """
    if parameters.text("TranscriptionStatus"):
        return Answer(location=_callback(parameters), keeps_method=True)
    return _thank(parameters) if parameters.text("RecordingUrl") else _ask(parameters)


def _ask(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    speaker.present(response, parameters.sentence("Message") or speaker.sentences.twimlet_leave_a_message)
    callback = _callback(parameters)
    is_transcribed = parameters.flag("Transcribe", default=True)
    response.append(
        Record(
            recording_status_callback=callback,
            transcribe=is_transcribed or None,
            transcribe_callback=callback if is_transcribed else None,
        )
    )
    return document(response)


def _thank(parameters: Parameters) -> Answer:
    response = VoiceResponse()
    speaker = Speaker.of(parameters)
    speaker.say(response, speaker.sentences.twimlet_thanks)
    response.hangup()
    return document(response)


def _callback(parameters: Parameters) -> str:
    email = parameters.text("Email")
    return voicemail_callback(*([("Email", email)] if email else []))


TWIMLET = Twimlet(
    name="voicemail",
    about="Records a message, which becomes a switchboard.voicemail.received event on the queue events.",
    fields=(
        Field("Email", TEXT, "The recipient; the event contains it."),
        Field("Message", PROSE, "The greeting, or the web address of a sound.", "a sentence that asks for a message"),
        Field("Transcribe", FLAG, "Let Twilio transcribe the message, in English.", "yes"),
        LANGUAGE,
        VOICE,
    ),
    answer=answer,
)
