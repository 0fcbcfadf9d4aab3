"""One leg of a call: its state, and what verbs and the REST API can do with it.

The leg does not know how verbs are performed: `perform` is given to it (`local.twilio.voice.performer`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from local.twilio.exchange import Exchange
from local.twilio.records import Call, Fetch, Inline, Instructions
from local.twilio.transcript import Transcript
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Ended, Next, Prompt
from local.twilio.users.handset_user import HandsetUser, HungUp

T = TypeVar("T")


class CallLeg:
    """A leg with its user at one end and TwiML documents at the other.

    `callee` is how all calls that this leg dials end, "" where their handsets decide. `name` begins each sentence of
    a leg that is not the caller's own. `documents` counts the TwiML documents of the leg.
    """

    def __init__(
        self,
        exchange: Exchange,
        call: Call,
        user: HandsetUser,
        transcript: Transcript,
        perform: Perform,
        *,
        callee: str = "",
        name: str = "",
    ) -> None:
        self.exchange = exchange
        self.call = call
        self.user = user
        self.transcript = transcript
        self.callee = callee
        self.documents = 0
        self._perform = perform
        self._name = name
        self._document: asyncio.Task[Next] | None = None
        self._replacement: Instructions | None = None
        self._part: asyncio.Task[Any] | None = None
        self._stopped = False

    async def run(self, first: Instructions) -> Ended:
        """Perform the instructions and all that follow, until the call or the last document ends."""
        following: Next | Inline = first
        while isinstance(following, Fetch | Inline):
            following = await self._run_document(following)
        return following if isinstance(following, Ended) else Ended("the caller was in no queue")

    async def perform(self, instructions: Instructions) -> Next:
        """Perform one document, and return what follows."""
        return await self._perform(self, instructions)

    def redirect(self, instructions: Instructions) -> None:
        """Stop the current document, and continue with these instructions."""
        self._replacement = instructions
        if self._document:
            self._document.cancel()

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Await a part of the call; None when `stop` ends the call before or meanwhile."""
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
        """Stop the call for good."""
        self._stopped = True
        if self._part:
            self._part.cancel()

    async def unless_hung_up(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something that another user takes part in. Raises HungUp when this leg's user hangs up first."""
        part, hangup = asyncio.create_task(work), asyncio.create_task(self.user.until_hangup())
        try:
            await asyncio.wait({part, hangup}, return_when=asyncio.FIRST_COMPLETED)
            if part.done():
                return part.result()
            raise HungUp
        finally:
            part.cancel()
            hangup.cancel()
            await asyncio.gather(part, hangup, return_exceptions=True)

    async def play(self, prompt: Prompt) -> bool:
        """Play a prompt to the user: True at its end, False when input interrupted it."""
        self.log(describe(prompt))
        return await self.user.listen(self.call, prompt)

    def other_leg(self, call: Call, user: HandsetUser, *, name: str) -> CallLeg:
        """Make the leg of a callee, which writes to the same transcript."""
        return CallLeg(self.exchange, call, user, self.transcript, self._perform, callee=self.callee, name=name)

    def answer(self) -> None:
        """Answer the call of this leg."""
        self.call.move("in-progress", self.exchange.account.clock())
        self.exchange.display.answered(self.call)

    def report(self, sentence: str) -> None:
        """Write an event to the user's screen, the transcript and the terminal."""
        self.user.show_event(sentence)
        self.log(sentence)

    def log(self, sentence: str) -> None:
        """Write what the user hears or does, and so knows, to the transcript and the terminal only."""
        line = f"{self._name}: {sentence}" if self._name else sentence
        self.transcript.add(line)
        self.exchange.say(f"call {self.call.sid[:8]} {line}")

    async def _run_document(self, instructions: Instructions) -> Next | Inline:
        """Perform a document, or return the replacement when `redirect` cancels it."""
        if self._replacement is not None:
            instructions, self._replacement = self._replacement, None
        self._document = asyncio.create_task(self.perform(instructions))
        try:
            return await self._document
        except asyncio.CancelledError:
            if self._replacement is None:
                raise
            replacement, self._replacement = self._replacement, None
            self.report("is redirected by the REST API")
            return replacement


Perform = Callable[[CallLeg, Instructions], Awaitable[Next]]


class LiveCalls:
    """Makes the first leg of each call, and keeps the legs of calls in progress by SID."""

    def __init__(self, exchange: Exchange, perform: Perform) -> None:
        self._exchange = exchange
        self._perform = perform
        self._legs: dict[str, CallLeg] = {}

    @contextmanager
    def leg(self, call: Call, user: HandsetUser, *, callee: str = "") -> Iterator[CallLeg]:
        """Make a call's first leg, and keep it until the `with` ends."""
        leg = CallLeg(self._exchange, call, user, Transcript(), self._perform, callee=callee)
        self._legs[call.sid] = leg
        try:
            yield leg
        finally:
            del self._legs[call.sid]

    def find(self, sid: str) -> CallLeg | None:
        """Return the leg of a call in progress."""
        return self._legs.get(sid)
