"""The events of a caller in a queue. Nobody else reports them: Enqueue has no status callback.

The ids are made from the CallSid and the count of queues that this call has joined, so that a repeated webhook gives
the same id.
"""

from __future__ import annotations

from switchboard.clock import timestamp
from switchboard.events import Event
from switchboard.voice.voice_request import VoiceRequest


def of(route: str, request: VoiceRequest) -> Event | None:
    """Returns what a webhook says of a queue: the caller waits, or has left; None for any other webhook."""
    if route == "hold" and not request.state.again:
        return _event("queue.waiting", request)
    if route == "dialed" and request.call.queue_result:
        return _event("queue.left", request)
    return None


def _event(kind: str, request: VoiceRequest) -> Event:
    """`state` is Twilio's QueueResult, `duration` the seconds waited so far."""
    call = request.call
    return Event(
        id=f"{kind}:{call.sid}:{request.state.waits}",
        kind=kind,
        time=timestamp(request.now),
        call_sid=call.sid,
        sender=request.caller,
        recipient=request.own_address,
        number=request.number.name,
        queue=request.state.queue,
        state=call.queue_result,
        duration=call.queue_seconds,
    )
