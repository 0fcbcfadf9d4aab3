"""Runs an action of numbers.toml: the one place that knows them all."""

from __future__ import annotations

from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse

from switchboard.addresses import is_dialable
from switchboard.numbers import (
    Action,
    ForwardCall,
    GoBack,
    HangUp,
    JoinQueue,
    OpenMenu,
    RingAgents,
    RunFlow,
    SaySentence,
    SendText,
    TakeVoicemail,
)
from switchboard.voice import menus, otherwise, queue, ringing, voicemail
from switchboard.voice.speech import say
from switchboard.voice.voice_request import KEY, VoiceRequest


def act(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Adds the verbs of the action that the request's state names. Returns the request of the action that follows."""
    action = request.action
    if action is None:
        return otherwise.after_nobody(response, request, "")
    say(response, request, action.greeting)
    return _run(response, request, action)


def _run(response: VoiceResponse, request: VoiceRequest, action: Action) -> VoiceRequest | None:
    match action:
        case RingAgents():
            return ringing.ring(response, request, action)
        case ForwardCall():
            return ringing.forward(response, request, action)
        case JoinQueue():
            return queue.join(response, request, action)
        case OpenMenu():
            return menus.open_menu(response, request, action.menu)
        case GoBack():
            return menus.go_back(response, request)
        case TakeVoicemail():
            return voicemail.take(response, request, action)
        case _:
            return _say_or_end(response, request, action)


def _say_or_end(
    response: VoiceResponse, request: VoiceRequest, action: SaySentence | SendText | RunFlow | HangUp
) -> VoiceRequest | None:
    match action:
        case SaySentence(sentence=sentence):
            say(response, request, sentence)
            if request.state.action.startswith(KEY):
                return menus.offer_again(response, request)
        case SendText(text=text):
            _send_text(response, request, text)
        case RunFlow(flow=flow):
            changed = {"language": request.state.language} if request.state.language else {}
            query = urlencode({"name": request.number.name} | changed)
            response.redirect(f"../flows/{flow}?{query}", method="POST")
            return None
        case HangUp():
            pass
    response.hangup()
    return None


def _send_text(response: VoiceResponse, request: VoiceRequest, text: str) -> None:
    """Texts the caller, and says whether it did: to a withheld number or a browser there is no way."""
    sentences = request.sentences
    if not is_dialable(request.caller):
        say(response, request, sentences.text_not_sent)
        return
    sender = request.own_address if is_dialable(request.own_address) else None
    response.sms(text, to=request.caller, from_=sender)
    say(response, request, sentences.text_sent)
