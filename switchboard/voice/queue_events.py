"""The events of a caller in a queue. Nobody else reports them: Enqueue has no status callback.

The ids are made from the CallSid and the count of queues that this call has joined, so that a repeated webhook gives
the same id.
"""

from __future__ import annotations

from switchboard import events
from switchboard.form import Form, FormReader
from switchboard.voice.voice_request import VoiceRequest


def of(route: str, request: VoiceRequest, form: Form) -> events.QueueWaiting | events.QueueLeft | None:
    """Returns what a webhook says of a queue: the caller waits, or has left; None for any other webhook."""
    if route == "hold" and not request.state.again:
        return _waiting(request, FormReader(form))
    if route == "dialed" and request.call.queue_result:
        return _left(request, FormReader(form))
    return None


def _waiting(request: VoiceRequest, reader: FormReader) -> events.QueueWaiting:
    data = events.QueueWaitingData(
        call_sid=reader.text("CallSid"),
        queue=request.state.queue,
        sender=reader.text("From"),
        recipient=reader.text("To"),
        number=request.number.name,
        position=reader.number("QueuePosition") or 0,
        size=reader.number("CurrentQueueSize") or 0,
        parameters=reader.rest(),
    )
    return events.QueueWaiting(
        id=_id("queue.waiting", request), time=request.now, subject=request.call.sid or "unknown", data=data
    )


def _left(request: VoiceRequest, reader: FormReader) -> events.QueueLeft:
    data = events.QueueLeftData(
        call_sid=reader.text("CallSid"),
        queue=request.state.queue,
        result=reader.text("QueueResult"),
        sender=reader.text("From"),
        recipient=reader.text("To"),
        number=request.number.name,
        duration=reader.number("QueueTime"),
        parameters=reader.rest(),
    )
    return events.QueueLeft(
        id=_id("queue.left", request), time=request.now, subject=request.call.sid or "unknown", data=data
    )


def _id(kind: str, request: VoiceRequest) -> str:
    return f"{kind}:{request.call.sid}:{request.state.waits}"
