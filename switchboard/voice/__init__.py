"""A voice webhook -> TwiML: an interpreter of numbers.toml.

    incoming ─► menu ─► an action ─► dialed, hold, recorded … ─► otherwise

Each route and each action adds its verbs to the response, and returns the request whose action follows, or None when
the document is complete. No network, no storage, and the time is in the request: a caller on the line must hear TwiML
whatever else is down. URLs are relative, so they work behind any host and prefix; `call_state` is what they carry.
"""

from __future__ import annotations

from collections.abc import Callable

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twiml_writer import document
from switchboard.voice import menus, queue, ringing, voicemail
from switchboard.voice.actions import act
from switchboard.voice.agents import agent
from switchboard.voice.incoming import incoming
from switchboard.voice.speech import failure
from switchboard.voice.voice_request import VoiceRequest

__all__ = ["ROUTES", "VoiceRequest", "answer", "failure"]

Route = Callable[[VoiceResponse, VoiceRequest], VoiceRequest | None]


def dialed(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Route `dialed`: a Dial or a wait in a queue ended."""
    after = queue.after_wait if request.call.queue_result else ringing.after_dial
    return after(response, request)


ROUTES: dict[str, Route] = {
    "incoming": incoming,
    "menu": menus.choose,
    "dialed": dialed,
    "recorded": voicemail.recorded,
    "hold": queue.hold,
    "agent": agent,
    "screen": ringing.screen,
}


def answer(route: str, request: VoiceRequest) -> str:
    """Returns the TwiML document of a route of `/api/voice/`."""
    response = VoiceResponse()
    following = ROUTES[route](response, request)
    while following is not None:
        following = act(response, following)
    return document(response)
