"""<Enqueue> and <Queue>: callers wait in a queue until another call dials it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass, field, replace

from local.twilio.records import Fetch
from local.twilio.twiml.sentences import describe, party
from local.twilio.twiml.verbs import Dial, Dialed, Enqueue, Left, Queued, Target
from local.twilio.users.handset_user import HungUp
from local.twilio.voice.call_leg import CallLeg
from local.twilio.voice.conversation import CONVERSATION_SECONDS, record_conversation, talk
from local.twilio.voice.hold_music import play_hold_music


@dataclass
class WaitingCaller:
    """A caller in a queue: `dequeued` is set when a call dials the queue, `finished` after their conversation.

    `announcement` is the `url` document of the <Queue> that was dialled, which the caller hears first.
    """

    leg: CallLeg
    dequeued: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    announcement: Fetch | None = None


class CallQueues:
    """The queues by name, each with its callers in order."""

    def __init__(self) -> None:
        self._by_name: dict[str, deque[WaitingCaller]] = {}

    async def enqueue(self, leg: CallLeg, verb: Enqueue) -> Queued:
        """Wait in a queue with its wait document, until a call dials the queue or the caller leaves it.

        Raises HungUp when the caller, or the wait document, hangs up.
        """
        leg.report(describe(verb))
        queue = self._by_name.setdefault(verb.queue, deque())
        if len(queue) >= verb.most:
            leg.report(f"the queue {verb.queue} is full")
            return Queued("queue-full", queue_sid(verb.queue), 0)
        caller = WaitingCaller(leg)
        queue.append(caller)
        stay = _Stay(leg, verb, caller, queue)
        try:
            result = await stay.until_over()
        except HungUp as hangup:
            raise HungUp(stay.outcome("hangup"), by_user=hangup.by_user) from hangup
        finally:
            if caller in queue:
                queue.remove(caller)
        leg.report(f"the wait of {stay.seconds} s ends: {result}")
        if leg.user.has_hung_up:
            raise HungUp(stay.outcome(result))
        return stay.outcome(result)

    async def dial(self, leg: CallLeg, verb: Dial, target: Target) -> Dialed:
        """Connect the leg to the first caller of a queue. Raises HungUp, with the outcome, when its user hangs up."""
        caller = await self._take_first(leg, target, verb.seconds)
        if caller is None:
            known = target.address in self._by_name
            leg.report(f"{party(target)} {'stays empty' if known else 'does not exist: nobody was ever put in it'}")
            return Dialed("no-answer" if known else "failed")
        scripted = not (leg.user.interactive or caller.leg.user.interactive)
        limit = f", for {CONVERSATION_SECONDS} s" if scripted else ""
        leg.report(f"is connected to {caller.leg.call.sender}{limit}")
        try:
            seconds = await talk(leg, caller.leg, verb.most_seconds, star_ends=verb.star_ends)
        finally:
            caller.finished.set()
        recording = await record_conversation(leg, verb, seconds)
        dialed = Dialed("completed", caller.leg.call.sid, seconds, bridged=True, recording_url=recording)
        if leg.user.has_hung_up:
            raise HungUp(dialed)
        return dialed

    async def _take_first(self, leg: CallLeg, target: Target, seconds: int) -> WaitingCaller | None:
        """Take the first caller out of a queue; None when nobody is in it for so many seconds."""
        waited = 0
        while not self._by_name.get(target.address) and waited < seconds:
            # An interactive user gets a caller who comes during the wait; a script's wait is over at once.
            interval = 1 if leg.user.interactive else seconds
            await leg.user.wait(leg.call, interval)
            waited += interval
        queue = self._by_name.get(target.address)
        if not queue:
            return None
        caller = queue.popleft()
        if target.whisper:
            caller.announcement = replace(target.whisper, parameters={"DequeingCallSid": leg.call.sid})
        caller.dequeued.set()
        return caller


def queue_sid(name: str) -> str:
    """Return a queue's SID, which is the same for the same name."""
    return "QU" + hashlib.sha256(name.encode()).hexdigest()[:32]


class _Stay:
    """One caller's time in a queue."""

    def __init__(self, leg: CallLeg, verb: Enqueue, caller: WaitingCaller, queue: deque[WaitingCaller]) -> None:
        self._leg = leg
        self._verb = verb
        self._caller = caller
        self._queue = queue
        self._begun = leg.call.elapsed

    @property
    def seconds(self) -> int:
        """The length of the wait."""
        return int(self._leg.call.elapsed - self._begun)

    def outcome(self, result: str) -> Queued:
        """The outcome of the Enqueue with this QueueResult."""
        return Queued(result, queue_sid(self._verb.queue), self.seconds)

    async def until_over(self) -> str:
        """Wait, and return Twilio's QueueResult."""
        waiting = asyncio.create_task(self._wait())
        dequeued = asyncio.create_task(self._caller.dequeued.wait())
        try:
            await asyncio.wait({waiting, dequeued}, return_when=asyncio.FIRST_COMPLETED)
            if not dequeued.done():
                return await waiting
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return await self._talk()
        finally:
            waiting.cancel()
            dequeued.cancel()
            await asyncio.gather(waiting, dequeued, return_exceptions=True)

    async def _talk(self) -> str:
        """Perform the announcement, and wait for the end of the conversation with the call that dialled the queue."""
        announcement = self._caller.announcement
        if announcement:
            merged = {**announcement.parameters, **self._parameters()}
            await self._leg.perform(replace(announcement, parameters=merged))
        self._leg.report("is connected to the call that dialled the queue")
        await self._caller.finished.wait()
        return "bridged"

    async def _wait(self) -> str:
        """Repeat the wait document until it leaves the queue, an agent comes, or the caller's patience ends."""
        wait = self._verb.wait
        while self.seconds < self._leg.user.patience:
            following = await play_hold_music(self._leg, wait, self._parameters())
            if isinstance(following, Left):
                return "leave"
            wait = following or self._verb.wait
            if self._leg.user.agent_comes:
                self._leg.report("an agent takes the call")
                return "bridged"
        raise HungUp

    def _parameters(self) -> dict[str, str]:
        """https://www.twilio.com/docs/voice/twiml/enqueue#attributes-waiturl"""
        return {
            "QueueSid": queue_sid(self._verb.queue),
            "QueuePosition": str(self._queue.index(self._caller) + 1) if self._caller in self._queue else "0",
            "QueueTime": str(self.seconds),
            "AvgQueueTime": str(self.seconds),
            "CurrentQueueSize": str(len(self._queue)),
            "MaxQueueSize": str(self._verb.most),
        }
