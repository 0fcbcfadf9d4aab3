"""Queues: callers who wait in them, and those who dial them."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from local.twilio.exchange import Waiting
from local.twilio.holding import hear_while_waiting
from local.twilio.people import HungUp
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import Enqueue, Left, Queued, Target

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall


async def enqueue(live: LiveCall, step: Enqueue) -> Queued:
    """Wait in a queue, hearing its wait document, until somebody dials the queue or the caller leaves it.

    Raises HungUp when the caller, or the wait document, hangs up.
    """
    live.tell(describe(step))
    queue = live.exchange.queues.setdefault(step.queue, deque())
    if len(queue) >= step.most:
        live.tell(f"the queue {step.queue} is full")
        return Queued("queue-full", queue_sid(step.queue), 0)
    waiting = Waiting(live)
    queue.append(waiting)
    stay = _Stay(live, step, waiting, queue)
    try:
        result = await stay.until_over()
    except HungUp as gone:
        raise HungUp(stay.ended("hangup"), by_person=gone.by_person) from gone
    finally:
        if waiting in queue:
            queue.remove(waiting)
    live.tell(f"the wait of {stay.seconds} s ends: {result}")
    if live.person.gone:
        raise HungUp(stay.ended(result))
    return stay.ended(result)


async def take_first(live: LiveCall, target: Target, seconds: int) -> Waiting | None:
    """Take the first caller out of a queue, who first hears the Queue's own `url`; None when nobody comes in time."""
    queues, waited = live.exchange.queues, 0
    while not queues.get(target.address) and waited < seconds:
        # Somebody at a handset sees a caller come in the middle of the wait; a script's wait is over at once.
        nap = 1 if live.person.at_handset else seconds
        await live.person.spend(live.call, nap)
        waited += nap
    queue = queues.get(target.address)
    if not queue:
        return None
    waiting = queue.popleft()
    if target.whisper:
        waiting.announcement = replace(target.whisper, parameters={"DequeingCallSid": live.call.sid})
    waiting.connected.set()
    return waiting


def queue_sid(name: str) -> str:
    """A queue's SID: the same for the same name."""
    return "QU" + hashlib.sha256(name.encode()).hexdigest()[:32]


class _Stay:
    """One caller's time in a queue."""

    def __init__(self, live: LiveCall, step: Enqueue, waiting: Waiting, queue: deque[Waiting]) -> None:
        self._live = live
        self._step = step
        self._waiting = waiting
        self._queue = queue
        self._begun = live.call.elapsed

    @property
    def seconds(self) -> int:
        """How long the wait has been."""
        return int(self._live.call.elapsed - self._begun)

    def ended(self, result: str) -> Queued:
        """What the Enqueue comes to."""
        return Queued(result, queue_sid(self._step.queue), self.seconds)

    async def until_over(self) -> str:
        """Twilio's QueueResult."""
        listening = asyncio.create_task(self._listen())
        connected = asyncio.create_task(self._waiting.connected.wait())
        try:
            await asyncio.wait({listening, connected}, return_when=asyncio.FIRST_COMPLETED)
            if not connected.done():
                return await listening
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            return await self._speak()
        finally:
            listening.cancel()
            connected.cancel()
            await asyncio.gather(listening, connected, return_exceptions=True)

    async def _speak(self) -> str:
        """Hear the announcement of who dialled the queue, and speak with them."""
        announcement = self._waiting.announcement
        if announcement:
            told = {**announcement.parameters, **self._parameters()}
            await self._live.perform(replace(announcement, parameters=told))
        self._live.tell("is connected to who dialled the queue")
        await self._waiting.finished.wait()
        return "bridged"

    async def _listen(self) -> str:
        """Hear the wait document again and again: until it lets the caller go, or their patience ends."""
        wait = self._step.wait
        while self.seconds < self._live.person.patience:
            following = await hear_while_waiting(self._live, wait, self._parameters())
            if isinstance(following, Left):
                return "leave"
            wait = following or self._step.wait
            if self._live.person.agent_comes:
                self._live.tell("an agent takes the call")
                return "bridged"
        raise HungUp

    def _parameters(self) -> dict[str, str]:
        """https://www.twilio.com/docs/voice/twiml/enqueue#attributes-waiturl"""
        return {
            "QueueSid": queue_sid(self._step.queue),
            "QueuePosition": str(self._queue.index(self._waiting) + 1) if self._waiting in self._queue else "0",
            "QueueTime": str(self.seconds),
            "AvgQueueTime": str(self.seconds),
            "CurrentQueueSize": str(len(self._queue)),
            "MaxQueueSize": str(self._step.most),
        }
