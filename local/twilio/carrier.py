"""The carrier: delivers texts and places calls to handsets, and reports each state on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from local.twilio.exchange import Exchange
from local.twilio.records import Call, Message
from local.twilio.status_callbacks import finish_call, report_call, report_recording, report_text
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.handset_user import Callee, FindCallee
from local.twilio.voice.call_leg import CallLeg, LiveCalls

LONGEST_SLEEP = 0.5


class Carrier:
    """Carries the account's outgoing texts and calls."""

    def __init__(self, exchange: Exchange, live_calls: LiveCalls, find_callee: FindCallee) -> None:
        self.live_calls = live_calls
        self._exchange = exchange
        self._find_callee = find_callee
        self._clock = exchange.account.clock
        self._pace = exchange.options.pace

    def deliver(self, message: Message) -> None:
        """Start the delivery of a text, which goes on in the background."""
        self._exchange.say(f'text to {message.to}: "{message.body}" {message.status} {message.sid}')
        self._exchange.work.start(self._deliver(message))

    def place(self, call: Call) -> None:
        """Start a call: it rings, and performs its instructions with the user who answers."""
        self._exchange.say(f"call to {call.to} {call.status} {call.sid}")
        self._exchange.work.start(self._place(call))

    def end(self, call: Call, status: str) -> None:
        """End a call in progress for the REST API, which does not wait for the callback."""
        leg = self.live_calls.find(call.sid)
        if leg:
            leg.stop()
        call.move(status, self._clock())
        self._exchange.work.start(finish_call(self._exchange, call, status))

    async def _deliver(self, message: Message) -> None:
        await self._until_due(message)
        if message.status in ("scheduled", "accepted"):
            await self._move(message, "queued")
        handset = self._exchange.handsets.of(message.to)
        for status in ("sending", "sent"):
            if not await self._move(message, status):
                return
        if handset.texted != "delivered":
            message.error_code = 30006 if handset.texted == "landline" else handset.error_code
        await self._move(message, "undelivered" if handset.texted == "landline" else handset.texted)

    async def _until_due(self, message: Message) -> None:
        """Wait for a scheduled text's time, by the account's clock, which a test may move."""
        while message.status == "scheduled" and message.send_at:
            ahead = message.send_at - self._clock()
            if ahead <= timedelta(0):
                return
            await asyncio.sleep(min(ahead.total_seconds(), LONGEST_SLEEP, max(self._pace.step, 0.01)))

    async def _move(self, message: Message, status: str) -> bool:
        """Move a text to its next status after a pause; False when it was canceled or deleted meanwhile."""
        await asyncio.sleep(self._pace.step)
        if message.status == "canceled" or message.sid not in self._exchange.account.messages:
            return False
        self._exchange.account.move_message(message, status)
        if status != "sending":
            self._exchange.say(f"text to {message.to} {status} {message.sid}")
        await report_text(self._exchange, message)
        return True

    async def _place(self, call: Call) -> None:
        callee = self._find_callee(call)
        with self.live_calls.leg(call, callee.user) as leg:
            if await leg.unless_stopped(self._ring(leg, callee)):
                await leg.unless_stopped(self._run(leg))

    async def _ring(self, leg: CallLeg, callee: Callee) -> bool:
        """Ring the handset. Returns whether the callee answers."""
        call = leg.call
        await asyncio.sleep(self._pace.step)
        await report_call(self._exchange, call, "initiated", "initiated")
        call.move("ringing", self._clock())
        await report_call(self._exchange, call, "ringing", "ringing")
        outcome = await self._outcome(call, callee)
        if outcome != "answers":
            await finish_call(self._exchange, call, outcome)
            return False
        leg.answer()
        await report_call(self._exchange, call, "answered", "in-progress")
        return True

    async def _outcome(self, call: Call, callee: Callee) -> str:
        if isinstance(callee.user, BrowserUser):
            return await callee.user.ring(call.timeout)
        await asyncio.sleep(self._pace.ring)
        return callee.script

    async def _run(self, leg: CallLeg) -> None:
        assert leg.call.instructions is not None, "the REST API creates no call without them"
        ended = await leg.run(leg.call.instructions)
        await self._record(leg.call)
        await finish_call(self._exchange, leg.call, ended.status)

    async def _record(self, call: Call) -> None:
        """Make the recording of a call with `Record=true`, at its end."""
        recorder = call.recorder
        if not recorder.wanted or not call.started:
            return
        recording = self._exchange.account.add_recording(call_sid=call.sid, seconds=call.duration, source="OutboundAPI")
        if "completed" in recorder.events:
            await report_recording(self._exchange, recording, "completed", recorder.callback, recorder.method)
