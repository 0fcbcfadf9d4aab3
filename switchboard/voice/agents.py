"""Agents who call in: the menu of their queues, and the caller who has waited longest.

A caller ID can be forged, so an agent's phone number alone opens the queues only where the file gives no PIN. A browser
is known by its token.
"""

from __future__ import annotations

import hmac

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from switchboard.numbers import Agent, Queue
from switchboard.prompts import spoken
from switchboard.voice.speech import say
from switchboard.voice.voice_request import VoiceRequest

MOST_TRIES = 3
CHOICE_SECONDS = 5
PIN_SECONDS = 10
LONGEST_PIN = 12
# How long an agent waits for a caller to come, in an empty queue.
WAIT_SECONDS = 20
PUBLIC_MENU = "*"
_CLIENT = "client:"


def are_calling(request: VoiceRequest) -> bool:
    """Whether the call is of an agent who serves a queue, and this number offers agents their queues."""
    return request.number.agent_menu and not request.state.public and bool(_queues(request))


def is_browser(request: VoiceRequest) -> bool:
    """Whether an agent's browser calls, also of an agent without a queue."""
    return request.caller.startswith(_CLIENT) and bool(request.numbers.agents_at(request.caller))


def welcome(response: VoiceResponse, request: VoiceRequest) -> None:
    """Asks for the PIN where there is one, and offers the agent's queues."""
    if _open_queues(request):
        _offer_queues(response, request.at(tries=1))
    else:
        _ask_pin(response, request.at(tries=1))


def agent(response: VoiceResponse, request: VoiceRequest) -> None:
    """Route `agent`: checks the PIN, connects the agent to a caller, and offers the queues again afterwards.

    Everybody else is rejected.
    """
    call = request.call
    if not _queues(request):
        response.reject(reason="rejected")
    elif call.dial_status:
        connected = call.bridged or call.dial_status == "completed"
        sentences = request.sentences
        say(response, request, sentences.agent_done if connected else sentences.agent_nobody_waiting)
        _offer_queues(response, request.at(queue="", tries=1))
    elif _open_queues(request):
        _choose(response, request)
    else:
        _check_pin(response, request)


def _agents(request: VoiceRequest) -> tuple[Agent, ...]:
    return tuple(each for each in request.numbers.agents_at(request.caller) if each.may_call_in)


def _queues(request: VoiceRequest) -> tuple[Queue, ...]:
    """The queues of whoever calls from this address, before any PIN."""
    return request.numbers.queues_of(_agents(request))


def _open_queues(request: VoiceRequest) -> tuple[Queue, ...]:
    """The queues that need no PIN, or whose agent entered the right one in this call.

    Agents may share a phone: the PIN of one is not replaced by another who has none.
    """
    agents = _agents(request)
    if not request.caller.startswith(_CLIENT):
        agents = tuple(each for each in agents if not each.pin or each.name == request.state.agent)
    return request.numbers.queues_of(agents)


def _ask_pin(response: VoiceResponse, request: VoiceRequest) -> None:
    url = request.state.url("agent")
    gather = Gather(
        input="dtmf", action=url, method="POST", num_digits=LONGEST_PIN, finish_on_key="#", timeout=PIN_SECONDS
    )
    say(gather, request, request.sentences.agent_pin)
    response.append(gather)
    response.redirect(request.at(asked=True).state.url("agent"), method="POST")


def _check_pin(response: VoiceResponse, request: VoiceRequest) -> None:
    entered = request.call.digits
    if not (entered or request.state.asked):
        _ask_pin(response, request)
        return
    for each in _agents(request):
        if each.pin and hmac.compare_digest(each.pin.encode(), entered.encode()):
            _offer_queues(response, request.at(agent=each.name, asked=False, tries=1))
            return
    say(response, request, request.sentences.agent_wrong_pin)
    if request.state.tries >= MOST_TRIES:
        response.hangup()
    else:
        _ask_pin(response, request.at(asked=False, tries=request.state.tries + 1))


def _choose(response: VoiceResponse, request: VoiceRequest) -> None:
    key = request.call.digits
    if not (key or request.state.asked):
        _offer_queues(response, request)
        return
    if key == PUBLIC_MENU:
        response.redirect(request.at(public=True, agent="", asked=False, tries=1).state.url("incoming"), method="POST")
        return
    queue = _by_key(request).get(key)
    if queue:
        _connect(response, request.at(queue=queue.name, asked=False), queue)
    elif request.state.tries >= MOST_TRIES:
        say(response, request, request.sentences.goodbye)
        response.hangup()
    else:
        say(response, request, request.sentences.not_understood)
        _offer_queues(response, request.at(tries=request.state.tries + 1))


def _offer_queues(response: VoiceResponse, request: VoiceRequest) -> None:
    gather = Gather(
        input="dtmf",
        action=request.at(asked=False).state.url("agent"),
        method="POST",
        num_digits=1,
        timeout=CHOICE_SECONDS,
    )
    sentences, by_key = request.sentences, _by_key(request)
    for key, queue in by_key.items():
        one = sentences.agent_next_caller
        several = sentences.agent_queue.format(queue=queue.name, key=spoken.key(sentences, key))
        say(gather, request, one if len(by_key) == 1 else several)
    say(gather, request, sentences.agent_public_menu)
    response.append(gather)
    response.redirect(request.at(asked=True).state.url("agent"), method="POST")


def _by_key(request: VoiceRequest) -> dict[str, Queue]:
    """The queues by the keys 1 to 9."""
    return {str(key): queue for key, queue in zip(range(1, 10), _open_queues(request), strict=False)}


def _connect(response: VoiceResponse, request: VoiceRequest, queue: Queue) -> None:
    say(response, request, request.sentences.agent_connecting)
    dial = Dial(action=request.state.url("agent"), method="POST", timeout=WAIT_SECONDS)
    dial.queue(queue.name)
    response.append(dial)
