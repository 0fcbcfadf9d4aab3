"""The events of a caller in a queue. Nobody else reports them: Enqueue has no status callback.

The ids are made from the CallSid and the count of queues that this call has joined, so that a repeated webhook gives
the same id.
"""

from __future__ import annotations

from switchboard.events import QueueLeft, QueueLeftData, QueueWaiting, QueueWaitingData
from switchboard.voice.voice_request import VoiceRequest


def of(route: str, request: VoiceRequest) -> QueueWaiting | QueueLeft | None:
    """Returns what a webhook says of a queue: the caller waits, or has left; None for any other webhook."""
    if route == "hold" and not request.state.again:
        return _waiting(request)
    if route == "dialed" and request.call.queue_result:
        return _left(request)
    return None


def _waiting(request: VoiceRequest) -> QueueWaiting:
    data = QueueWaitingData(
        call_sid=request.call.sid,
        queue=request.state.queue,
        sender=request.caller,
        recipient=request.own_address,
        number=request.number.name,
    )
    return QueueWaiting(
        id=f"queue.waiting:{data.call_sid}:{request.state.waits}", time=request.now, subject=data.call_sid, data=data
    )


def _left(request: VoiceRequest) -> QueueLeft:
    call = request.call
    data = QueueLeftData(
        call_sid=call.sid,
        queue=request.state.queue,
        sender=request.caller,
        recipient=request.own_address,
        number=request.number.name,
        state=call.queue_result,
        duration=call.queue_seconds,
    )
    return QueueLeft(id=f"queue.left:{call.sid}:{request.state.waits}", time=request.now, subject=call.sid, data=data)
