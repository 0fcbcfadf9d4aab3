"""A call in progress: asks for its instructions, performs them with the person on the line, and says what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from local.twilio import parameters
from local.twilio.asking import gather, verb
from local.twilio.dialling import dial
from local.twilio.documents import fetch_voice, read_inline
from local.twilio.exchange import Exchange
from local.twilio.people import HungUp, Person
from local.twilio.recordings import record_message
from local.twilio.records import Call, Fetch, Inline, Instructions
from local.twilio.texting import text_from_call
from local.twilio.transcript import Transcript
from local.twilio.twiml.document import Element, TwimlError
from local.twilio.twiml.interpreter import Performance, perform
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import (
    Dial,
    Ended,
    Enqueue,
    Gather,
    Next,
    Outcome,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Step,
    Text,
)
from local.twilio.waiting import enqueue

MOST_DOCUMENTS = 100

T = TypeVar("T")


class LiveCall:
    """One leg of a call. `callee` says what those it dials do, "" leaves that to their handsets.

    `name` stands before each sentence of a leg that is not the caller's own.
    """

    def __init__(
        self,
        exchange: Exchange,
        call: Call,
        person: Person,
        transcript: Transcript,
        *,
        callee: str = "",
        name: str = "",
    ) -> None:
        self.exchange = exchange
        self.call = call
        self.person = person
        self.transcript = transcript
        self.callee = callee
        self._name = name
        self._documents = 0
        self._stretch: asyncio.Task[Next] | None = None
        self._instead: Instructions | None = None
        self._part: asyncio.Task[Any] | None = None
        self._stopped = False

    async def run(self, first: Instructions) -> Ended:
        """Perform the instructions and all that they lead to, to the end of the call or of its last document."""
        following: Next | Inline = first
        while isinstance(following, Fetch | Inline):
            following = await self._uninterrupted(following)
        return following if isinstance(following, Ended) else Ended("the caller was in no queue")

    def redirect(self, instructions: Instructions) -> None:
        """Break off what is being performed, and go on with these: the REST API was asked to."""
        self._instead = instructions
        if self._stretch:
            self._stretch.cancel()

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do a part of the call; None when the call was stopped meanwhile."""
        if self._stopped:
            work.close()
            return None
        part = asyncio.create_task(work)
        self._part = part
        try:
            return await part
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            return None

    def stop(self) -> None:
        """Break the call off, for good."""
        self._stopped = True
        if self._part:
            self._part.cancel()

    def on_leg(self, call: Call, person: Person, *, name: str) -> LiveCall:
        """The other leg of this call, told of in the same transcript."""
        return LiveCall(self.exchange, call, person, self.transcript, callee=self.callee, name=name)

    def tell(self, sentence: str) -> None:
        """Say what happens: to the person, in the transcript and on the stand-in's own output."""
        self.person.notice(sentence)
        self.write(sentence)

    def write(self, sentence: str) -> None:
        """Say what the person hears and does, which they know: everywhere but to them."""
        told = f"{self._name}: {sentence}" if self._name else sentence
        self.transcript.tell(told)
        self.exchange.say(f"call {self.call.sid[:8]} {told}")

    async def perform(self, instructions: Instructions) -> Next:
        """Ask for a document and perform it: what comes next, after it ended, or failed."""
        try:
            root, url = await self._document(instructions)
        except TwimlError as error:
            return self._fail(instructions, error)
        return await self._act_out(perform(root, url))

    async def listen(self, prompt: Prompt) -> bool:
        """Hear a prompt: to its end, or False when it was answered into."""
        self.write(describe(prompt))
        return await self.person.hear(self.call, prompt)

    async def while_present(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what another's phone has a part in, unless the person hangs up meanwhile. Raises HungUp."""
        part, leaving = asyncio.create_task(work), asyncio.create_task(self.person.leave())
        try:
            await asyncio.wait({part, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if part.done():
                return part.result()
            raise HungUp
        finally:
            part.cancel()
            leaving.cancel()
            await asyncio.gather(part, leaving, return_exceptions=True)

    async def _uninterrupted(self, instructions: Instructions) -> Next | Inline:
        """Perform a document, unless the call is redirected meanwhile."""
        if self._instead is not None:
            instructions, self._instead = self._instead, None
        self._stretch = asyncio.create_task(self.perform(instructions))
        try:
            return await self._stretch
        except asyncio.CancelledError:
            if self._instead is None:
                raise
            instead, self._instead = self._instead, None
            self.tell("is redirected by the REST API")
            return instead

    async def _document(self, instructions: Instructions) -> tuple[Element, str]:
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise TwimlError(0, f"a call may take {MOST_DOCUMENTS} documents here: is this one going in circles?")
        if isinstance(instructions, Inline):
            return read_inline(instructions, self.transcript), self.exchange.options.public_origin
        form = parameters.of_call(self.call, self.exchange.account.sid)
        summary = f"call {self.call.sid} is {self.call.status}"
        return await fetch_voice(self.exchange, instructions, form, summary, self.transcript)

    def _fail(self, instructions: Instructions, error: TwimlError) -> Next:
        """The fallback URL takes over, once; without one the caller hears Twilio's apology."""
        fallback, self.call.fallback = self.call.fallback, None
        if fallback:
            return fallback.after(error.code, instructions.url if isinstance(instructions, Fetch) else "")
        self.tell(f'hears "an application error has occurred": {error}')
        return Ended("an application error", "completed" if self.call.started else "failed")

    async def _act_out(self, performance: Performance) -> Next:
        outcome: Outcome = None
        while True:
            try:
                step = performance.send(outcome)
            except StopIteration as end:
                following: Next = end.value
                return following
            try:
                outcome = await self._do(step)
            except HungUp as gone:
                if gone.by_person:
                    self.tell(f"{self.person.who} {verb('hang', self.person)} up")
                return await self._last_word(performance, gone.outcome)

    async def _last_word(self, performance: Performance, outcome: Outcome) -> Next:
        """A caller who hung up hears nothing more, but the step's action is still told how it ended."""
        self.call.move("completed", self.exchange.account.clock())
        try:
            if outcome is not None:
                performance.send(outcome)
        except StopIteration as end:
            if isinstance(end.value, Fetch):
                await self._tell_only(end.value)
        return Ended("the caller hung up")

    async def _tell_only(self, action: Fetch) -> None:
        try:
            await self._document(action)
        except TwimlError as error:
            self.tell(f"nobody hears it, but the answer is wrong: {error}")

    async def _do(self, step: Step) -> Outcome:
        if self.call.status == "ringing" and not isinstance(step, Reject | Redirect):
            self.call.move("in-progress", self.exchange.account.clock())
            self.exchange.desk.answered(self.call)
        match step:
            case Say() | Play() | Pause():
                await self.listen(step)
            case Gather():
                return await gather(self, step)
            case Record():
                return await record_message(self, step)
            case Dial():
                return await dial(self, step)
            case Enqueue():
                return await enqueue(self, step)
            case Text():
                return text_from_call(self, step)
            case _:
                self.tell(describe(step))
        return None
