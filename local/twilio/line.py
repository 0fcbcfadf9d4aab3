"""A person at a handset of the page, for the length of one call: what they do comes from their browser."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from local.twilio.options import Pace
from local.twilio.people import HungUp, Spoken
from local.twilio.records import Call
from local.twilio.screen import Screen
from local.twilio.timing import length
from local.twilio.twiml.keys import collect, is_complete
from local.twilio.twiml.sentences import hears
from local.twilio.twiml.steps import Gather, Input, Play, Prompt, Record

# With the browser's voice on, the page says when a prompt has been spoken; it may take this much longer than reckoned.
SPEECH_ALLOWANCE = 4
# The page ends a message that has become too long, and sends it.
LATE_SECONDS = 5
STAR = "*"


class Line:
    """A person who takes their own time. The page presses, says, skips, answers, declines and hangs up."""

    at_handset = True
    who = "you"
    patience = math.inf
    agent_comes = False

    def __init__(self, call: Call, screen: Screen, pace: Pace) -> None:
        self.call = call
        self.screen = screen
        self.gone = False
        # Does the browser speak the prompts, and tell when it has?
        self.voice_on = False
        self.partners: list[Line] = []
        self._pace = pace
        self._news = asyncio.Event()
        self._question: Gather | None = None
        self._keys = ""
        self._words = ""
        self._message: Spoken | None = None
        self._skipped = False
        self._star = False
        self._taken: bool | None = None

    def answer(self) -> None:
        """Take the call that rings."""
        self._taken = True
        self._wake()

    def decline(self) -> None:
        """Send the call that rings away."""
        self._taken = False
        self._wake()

    def press(self, key: str) -> None:
        """Press a key: for a question that takes keys, or `*` to end what was dialled."""
        self.screen.note("you", f"pressed {key}")
        if self._takes("dtmf"):
            self._keys += key
        self._star = key == STAR
        self._wake()

    def say(self, words: str) -> None:
        """Say something: to a question that takes speech, else to whom the call is connected with."""
        self.screen.note("you", f"“{words}”")
        if self._takes("speech"):
            self._words = words
            self._wake()
        for partner in self.partners:
            partner.screen.note("other", words)

    def leave_message(self, message: Spoken) -> None:
        """Finish the message that is being recorded; what hangs up with it is gone."""
        heard = f"“{message.text}”" if message.text else f"left a message of {message.seconds} s"
        self.screen.note("you", heard if message.seconds else "left no message")
        self._message = message
        self.gone = message.ended_by == "hangup"
        self._wake()

    def skip(self) -> None:
        """Hear no more of this prompt: it has been spoken, or the person is in a hurry."""
        self._skipped = True
        self._wake()

    def hang_up(self) -> None:
        """Put the phone down."""
        self.gone = True
        self._wake()

    async def rings(self, seconds: float) -> str:
        """How a phone that rings for so long ends: `answers`, `busy` when declined, or `no-answer`."""
        try:
            decided = await self._until(lambda: self._taken is not None, seconds, self._pace.waiting)
        except HungUp:
            return "busy"
        finally:
            # A call's length begins with its answer.
            self.call.elapsed = 0
        if not decided:
            return "no-answer"
        return "answers" if self._taken else "busy"

    def real(self, seconds: float) -> float:
        """How long simulated seconds of waiting really are."""
        return seconds * self._pace.waiting

    def passed(self, real: float, nominal: float) -> float:
        """The time that really went by, whatever a script would make of it."""
        return real / self._pace.waiting

    def notice(self, sentence: str) -> None:
        """A line of the transcript."""
        self.screen.note("event", sentence)

    def ask(self, question: Gather) -> None:
        """Keys and words count from now on; those of before are lost, as with Twilio."""
        self._question, self._keys, self._words = question, "", ""
        wanted = [word for kind, word in (("dtmf", "keys"), ("speech", "speech")) if kind in question.accepts]
        self.screen.show(asks=" ".join(wanted))

    async def spend(self, call: Call, seconds: float) -> None:
        """Be on the line for so long."""
        await self._until(lambda: False, seconds, self._pace.waiting)

    async def hear(self, call: Call, prompt: Prompt) -> bool:
        """Hear a prompt until it is over or skipped; an answer breaks into it where that is allowed."""
        kind, text, language = hears(prompt)
        self._skipped = False
        self.screen.show(hears=self.screen.note(kind, text, language), music=isinstance(prompt, Play))
        allowance = SPEECH_ALLOWANCE if self.voice_on and kind == "say" else 1
        try:
            await self._until(
                lambda: self._skipped or self._breaks_in(), length(prompt) * allowance, self._pace.hearing
            )
        finally:
            self.screen.show(hears=0, music=False)
        return not self._breaks_in()

    async def respond(self, call: Call, question: Gather) -> Input:
        """Keys until they are complete or no more come in time, or a sentence, or nothing."""
        try:
            while not (self._words or is_complete(question, self._keys)):
                if not await self._until(self._answered_more(), question.seconds, self._pace.waiting):
                    break
        finally:
            self._question = None
            self.screen.show(asks="")
        return Input(speech=self._words) if self._words else collect(question, self._keys)

    async def speak(self, call: Call, message: Record) -> Spoken:
        """A message by microphone or keyboard; silence when none comes while it is recorded."""
        self._message = None
        most = message.most_seconds
        self.screen.show(asks="message", ending_keys=message.finish_on_key, most_seconds=most * self._pace.waiting)
        try:
            await self._until(lambda: self._message is not None, most + LATE_SECONDS, self._pace.waiting)
        except HungUp:
            if self._message is None:
                raise
        finally:
            self.screen.show(asks="")
        return self._message or Spoken(seconds=0)

    async def leave(self, *, by_star: bool = False) -> None:
        """Come back when they put the phone down, or `by_star` press that key."""
        self._star = False
        while not (self.gone or (by_star and self._star)):
            await self._wait()

    def _breaks_in(self) -> bool:
        """Has an answer come into a prompt that may be broken off?"""
        return self._question is not None and self._question.barge_in and bool(self._keys or self._words)

    def _answered_more(self) -> Callable[[], bool]:
        keys = self._keys
        return lambda: self._keys != keys or bool(self._words)

    def _takes(self, kind: str) -> bool:
        """Is an answer of that kind wanted now?"""
        return self._question is not None and kind in self._question.accepts

    def _wake(self) -> None:
        """Something came from the page: let who waits look again."""
        self._news.set()
        self._news = asyncio.Event()

    async def _wait(self) -> None:
        await self._news.wait()

    async def _until(self, ready: Callable[[], bool], seconds: float, rate: float) -> bool:
        """Wait until it is so, False when that takes longer than these simulated seconds. Raises HungUp."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds * rate):
                while not self.gone and not ready():
                    await self._wait()
        except TimeoutError:
            return False
        finally:
            self.call.elapsed += min(seconds, (time.monotonic() - begun) / rate)
        if self.gone:
            raise HungUp
        return True
