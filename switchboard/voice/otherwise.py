"""What follows when nothing was chosen or nobody answered."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.numbers import Action
from switchboard.voice.speech import say
from switchboard.voice.voice_request import (
    MENU_OTHERWISE,
    NUMBER_OTHERWISE,
    OTHERWISES,
    QUEUE_OTHERWISE,
    VOICEMAIL,
    VoiceRequest,
)


def after_nobody(response: VoiceResponse, request: VoiceRequest, sentence: str) -> VoiceRequest:
    """Says why nobody talks to the caller, and returns the request of what follows: voicemail in the end."""
    say(response, request, sentence)
    return _written(request) or request.at(action=VOICEMAIL)


def after_queue(response: VoiceResponse, request: VoiceRequest, sentence: str) -> VoiceRequest:
    """Does the same for a caller who waited in a queue: the queue's own `otherwise` is first."""
    if request.queue is None or request.queue.otherwise is None:
        return after_nobody(response, request, sentence)
    say(response, request, sentence)
    return request.at(action=QUEUE_OTHERWISE)


def after_no_choice(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Returns the request of what follows when nothing was chosen; without any the call ends with a good bye."""
    following = _written(request)
    if following is None:
        say(response, request, request.sentences.goodbye)
        response.hangup()
    return following


def _written(request: VoiceRequest) -> VoiceRequest | None:
    """The `otherwise` that the file has for this place: the menu's own, then, once in a call, the number's.

    One `otherwise` of a menu or queue is not followed by another of them, so that each call ends.
    """
    menu: Action | None = request.menu.otherwise if request.menu else None
    if menu and request.state.action not in OTHERWISES:
        return request.at(action=MENU_OTHERWISE)
    if request.number.otherwise and not request.state.last:
        return request.at(action=NUMBER_OTHERWISE, last=True)
    return None
