"""Callers who wait: joining a queue, what is heard meanwhile, and what follows."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from switchboard.addresses import is_dialable
from switchboard.numbers import JoinQueue, Queue
from switchboard.voice import otherwise
from switchboard.voice.call_state import CallState
from switchboard.voice.speech import say
from switchboard.voice.voice_request import VoiceRequest

MUSIC = "http://com.twilio.music.soft-rock.s3.amazonaws.com/_ghost_-_promo_2_sample_pack.mp3"
TALKED = ("bridged", "hangup", "redirected")


def join(response: VoiceResponse, request: VoiceRequest, action: JoinQueue) -> VoiceRequest | None:
    """Sends the queue's alerts, once in a call to each agent, and lets the caller wait."""
    queue = request.numbers.queues.get(action.queue)
    if queue is None:
        return otherwise.after_nobody(response, request, request.sentences.nobody_free)
    say(response, request, request.sentences.joining_queue)
    request = _alert(response, request.at(queue=queue.name, waits=request.state.waits + 1), queue)
    state = request.state
    waiting = CallState(name=state.name, language=state.language, queue=queue.name, waits=state.waits)
    response.enqueue(
        queue.name,
        action=request.state.url("dialed"),
        method="POST",
        wait_url=waiting.url("hold"),
        wait_url_method="POST",
    )
    return None


def hold(response: VoiceResponse, request: VoiceRequest) -> None:
    """Route `hold`: plays position and music. Takes the caller out of a queue that is full, or after its minutes."""
    queue = request.queue
    if queue is None or not takes(request):
        response.leave()
        return
    say(response, request, _position(request))
    response.play(queue.music or MUSIC)
    response.redirect(request.at(again=True).state.url("hold"), method="POST")


def takes(request: VoiceRequest) -> bool:
    """Whether the queue keeps this caller: it is in the file, the caller's minutes are not over, and it is not full."""
    queue = request.queue
    return queue is not None and not _waited_enough(request, queue) and not _is_full(request, queue)


def after_wait(response: VoiceResponse, request: VoiceRequest) -> VoiceRequest | None:
    """Route `dialed`, after a wait: ends the call if the caller talked to an agent, else follows `otherwise`."""
    result = request.call.queue_result
    if result in TALKED:
        response.hangup()
        return None
    sentences, queue = request.sentences, request.queue
    waited = result == "leave" and (queue is None or _waited_enough(request, queue))
    return otherwise.after_queue(response, request, sentences.nobody_free if waited else sentences.queue_full)


def _alert(response: VoiceResponse, request: VoiceRequest, queue: Queue) -> VoiceRequest:
    """Adds a text to each agent who has had none for this caller; returns the request with their names."""
    agents = [request.numbers.agents.get(name) for name in queue.alert if name not in request.state.alerted]
    sender = request.own_address if is_dialable(request.own_address) else None
    sentences = request.numbers.sentences(request.number.language)
    alerted = []
    for agent in agents:
        if agent and agent.number and agent.number != request.caller:
            text = sentences.alert_text.format(name=request.number.name, queue=queue.name)
            response.sms(text, to=agent.number, from_=sender)
            alerted.append(agent.name)
    return request.at(alerted=(*request.state.alerted, *alerted))


def _waited_enough(request: VoiceRequest, queue: Queue) -> bool:
    return request.call.queue_seconds >= queue.most_minutes * 60


def _is_full(request: VoiceRequest, queue: Queue) -> bool:
    """Whether the caller, just arrived, is one too many: Twilio counts this caller too."""
    return not request.state.again and bool(queue.most_waiting) and request.call.queue_size > queue.most_waiting


def _position(request: VoiceRequest) -> str:
    position = request.call.queue_position
    if position == 1:
        return request.sentences.queue_next
    return request.sentences.queue_position.format(position=position) if position else ""
