"""Voicemail: records a message. The recording's own callback reports it, to `status/recording`."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.numbers import TakeVoicemail
from switchboard.voice.call_state import CallState
from switchboard.voice.speech import say
from switchboard.voice.voice_request import VoiceRequest

MOST_MESSAGE_SECONDS = 180


def take(response: VoiceResponse, request: VoiceRequest, action: TakeVoicemail) -> VoiceRequest | None:
    """Asks for a message and records it. A caller who leaves none hears so, and the call ends."""
    say(response, request, action.prompt or request.sentences.leave_a_message)
    state = CallState(name=request.number.name, language=request.state.language)
    response.record(
        action=state.url("recorded"),
        method="POST",
        max_length=MOST_MESSAGE_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=request.recording_callback(),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    say(response, request, request.sentences.no_message)
    response.hangup()
    return None


def recorded(response: VoiceResponse, request: VoiceRequest) -> None:
    """Route `recorded`: says thanks for the message."""
    say(response, request, request.sentences.message_received)
    response.hangup()
