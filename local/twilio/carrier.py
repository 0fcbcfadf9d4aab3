"""The carrier: takes texts and calls to the phones of the outside world, and reports each state on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from local.twilio.calls import LiveCall
from local.twilio.exchange import Exchange
from local.twilio.line import Line
from local.twilio.people import Person
from local.twilio.progress import finish_call, report_call, report_text
from local.twilio.recordings import record_call
from local.twilio.records import Call, Message
from local.twilio.transcript import Transcript

LONGEST_NAP = 0.5


class Carrier:
    """Carries what the account sends."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._clock = exchange.account.clock
        self._pace = exchange.options.pace

    def deliver(self, message: Message) -> None:
        """Send a text on its way; it arrives, or not, by itself."""
        self._exchange.say(f'text to {message.to}: "{message.body}" {message.status} {message.sid}')
        self._exchange.work.start(self._deliver(message))

    def place(self, call: Call) -> None:
        """Ring the phone that is called, and perform the call's instructions with whoever answers."""
        self._exchange.say(f"call to {call.to} {call.status} {call.sid}")
        self._exchange.work.start(self._place(call))

    def end(self, call: Call, status: str) -> None:
        """End a call in progress: the REST API was asked to, and does not wait for who is told of it."""
        live = self._exchange.live.get(call.sid)
        if live:
            live.stop()
        call.move(status, self._clock())
        self._exchange.work.start(finish_call(self._exchange, call, status))

    async def _deliver(self, message: Message) -> None:
        await self._until_due(message)
        if message.status in ("scheduled", "accepted"):
            await self._move(message, "queued")
        ending = self._exchange.handsets.of(message.to)
        for status in ("sending", "sent"):
            if not await self._move(message, status):
                return
        if ending.texted != "delivered":
            message.error_code = 30006 if ending.texted == "landline" else ending.error_code
        await self._move(message, "undelivered" if ending.texted == "landline" else ending.texted)

    async def _until_due(self, message: Message) -> None:
        """Wait for a scheduled text's time, by a clock that a test may move."""
        while message.status == "scheduled" and message.send_at:
            ahead = message.send_at - self._clock()
            if ahead <= timedelta(0):
                return
            await asyncio.sleep(min(ahead.total_seconds(), LONGEST_NAP, max(self._pace.step, 0.01)))

    async def _move(self, message: Message, status: str) -> bool:
        """One state further, in the carrier's own time; False when the text was canceled or deleted meanwhile."""
        await asyncio.sleep(self._pace.step)
        if message.status == "canceled" or message.sid not in self._exchange.account.messages:
            return False
        self._exchange.account.move_message(message, status)
        if status != "sending":
            self._exchange.say(f"text to {message.to} {status} {message.sid}")
        await report_text(self._exchange, message)
        return True

    async def _place(self, call: Call) -> None:
        person, script = self._callee(call)
        live = LiveCall(self._exchange, call, person, Transcript())
        self._exchange.live[call.sid] = live
        try:
            if await live.unless_stopped(self._ring(call, person, script)):
                await live.unless_stopped(self._converse(live))
        finally:
            del self._exchange.live[call.sid]

    def _callee(self, call: Call) -> tuple[Person, str]:
        """Who has the phone that is called, and how the call ends where nobody at the page decides that."""
        phone = self._exchange.desk.by_hand(call.to)
        if phone and phone.line is None:
            return self._exchange.desk.begin(phone, call, call.sender, "ringing"), ""
        return self._exchange.owner(call.to), "busy" if phone else self._exchange.handsets.of(call.to).called

    async def _ring(self, call: Call, person: Person, script: str) -> bool:
        """Is the call answered?"""
        await asyncio.sleep(self._pace.step)
        await report_call(self._exchange, call, "initiated", "initiated")
        call.move("ringing", self._clock())
        await report_call(self._exchange, call, "ringing", "ringing")
        outcome = await self._outcome(call, person, script)
        if outcome != "answers":
            await finish_call(self._exchange, call, outcome)
            return False
        call.move("in-progress", self._clock())
        self._exchange.desk.answered(call)
        await report_call(self._exchange, call, "answered", "in-progress")
        return True

    async def _outcome(self, call: Call, person: Person, script: str) -> str:
        if isinstance(person, Line):
            return await person.rings(call.timeout)
        await asyncio.sleep(self._pace.ring)
        return script

    async def _converse(self, live: LiveCall) -> None:
        assert live.call.instructions is not None, "no call is created without them"
        ended = await live.run(live.call.instructions)
        await record_call(live)
        await finish_call(self._exchange, live.call, ended.status)
