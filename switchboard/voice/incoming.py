"""A call comes in: agents, blocked callers, opening hours, and then what the number does."""

from __future__ import annotations

import logging

from twilio.twiml.voice_response import VoiceResponse

from switchboard.numbers import Action, HangUp, Opening, TakeVoicemail, opening
from switchboard.prompts import spoken
from switchboard.voice import agents, menus
from switchboard.voice.speech import say
from switchboard.voice.voice_request import ANSWER, CLOSED, VoiceRequest

logger = logging.getLogger(__name__)


def incoming(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Route `incoming`. A blocked caller is rejected before the call is answered, so that it costs nothing.

    Opening hours are looked at here only: a call that began while the number was open goes on.
    """
    number = request.number
    is_agent = agents.are_calling(request)
    is_known = is_agent or request.state.public or agents.is_browser(request)
    if not is_known and number.blocks(request.caller):
        response.reject(reason="rejected")
        return None
    # The first second of a call is often cut off while audio is set up.
    response.pause(length=1)
    if is_agent:
        agents.welcome(response, request)
        return None
    if not number.known:
        logger.warning("event=unknown_number call=%s", request.call.sid)
        say(response, request, request.sentences.unknown_number)
        return request.at(action=ANSWER)
    state = opening(number.hours, request.now)
    if state.open:
        return menus.start(response, request, greeting=number.greeting)
    if _is_plain(number.closed):
        _say_closed(response, request, state)
    return request.at(action=CLOSED, closed=True)


def _is_plain(closed: Action | None) -> bool:
    """Whether the file leaves it to us to say that the number is closed."""
    if closed is None:
        return True
    is_silent = isinstance(closed, HangUp) or (isinstance(closed, TakeVoicemail) and not closed.prompt)
    return is_silent and not closed.greeting


def _say_closed(response: VoiceResponse, request: VoiceRequest, state: Opening) -> None:
    sentences = request.sentences
    say(response, request, sentences.closed)
    if state.until:
        say(response, request, sentences.opens_again.format(when=spoken.when(sentences, request.now, state.until)))
