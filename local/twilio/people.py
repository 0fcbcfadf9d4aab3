"""Who holds the phone: what they press, say and put up with."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.timing import length
from local.twilio.twiml.keys import collect
from local.twilio.twiml.steps import Gather, Input, Outcome, Prompt, Record

HANGUP = "hangup"


class HungUp(Exception):
    """The call is over in the middle of a step. `outcome` is what the step came to by that.

    `by_person` is false when a document hung up on them, which has been told already.
    """

    def __init__(self, outcome: Outcome = None, *, by_person: bool = True) -> None:
        super().__init__("the call is over")
        self.outcome = outcome
        self.by_person = by_person


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A message that was left: no seconds are silence. `ended_by` is a key, `hangup`, or "" where nothing was told.

    `text` is what was said, where that is known; `wav` is how it sounded, where there was a microphone.
    """

    seconds: int
    text: str = ""
    wav: bytes = b""
    ended_by: str = ""


class Person(Protocol):
    """Somebody on the line. `who` is how sentences call them.

    Each of their doings lets the call's simulated time pass, and raises HungUp when they hang up meanwhile.
    """

    who: str
    # Is this a person in front of the page, who takes their own time?
    at_handset: bool
    # How many simulated seconds they stay in a queue, and whether an agent is to come for them before that.
    patience: float
    agent_comes: bool

    @property
    def gone(self) -> bool:
        """Have they put the phone down?"""

    def real(self, seconds: float) -> float:
        """How long simulated seconds of waiting really are."""

    def passed(self, real: float, nominal: float) -> float:
        """How many simulated seconds went by in so many real ones, where a script makes them `nominal`."""

    def notice(self, sentence: str) -> None:
        """Be told what happens in the call, beside what is heard."""

    def ask(self, question: Gather) -> None:
        """From now on keys and words are an answer, its prompts included."""

    async def spend(self, call: Call, seconds: float) -> None:
        """Be on the line for so long."""

    async def hear(self, call: Call, prompt: Prompt) -> bool:
        """Hear a prompt: to its end, or False when they answered into it."""

    async def respond(self, call: Call, question: Gather) -> Input:
        """Press or say something, or nothing."""

    async def speak(self, call: Call, message: Record) -> Spoken:
        """Leave a message."""

    async def leave(self, *, by_star: bool = False) -> None:
        """Come back when they put the phone down, or `by_star` press that key; a script never does by itself."""


class ScriptedPerson:
    """Answers each question with the next of the keys or sentences given beforehand; `hangup` ends the call there."""

    at_handset = False
    gone = False

    def __init__(
        self,
        press: Iterable[str] = (),
        say: Iterable[str] = (),
        *,
        pace: Pace,
        who: str = "you",
        message_seconds: int = 3,
        patience: float = 60,
        agent_comes: bool = False,
    ) -> None:
        self.who = who
        self.patience = patience
        self.agent_comes = agent_comes
        self._pace = pace
        self._press = deque(press)
        self._say = deque(say)
        self._message_seconds = message_seconds

    @classmethod
    def with_handset(cls, number: str, handset: Handset, pace: Pace) -> ScriptedPerson:
        """The owner of a phone that was called."""
        return cls(handset.press, handset.say, pace=pace, who=number)

    def real(self, seconds: float) -> float:
        """No longer than the pace allows."""
        return min(seconds, self._pace.longest_wait)

    def passed(self, real: float, nominal: float) -> float:
        """What the script makes of it."""
        return nominal

    def notice(self, sentence: str) -> None:
        """A script has no eyes."""

    def ask(self, question: Gather) -> None:
        """A script answers when the prompts are over."""

    async def spend(self, call: Call, seconds: float) -> None:
        """Be on the line for so long, in no more real time than the pace allows."""
        call.elapsed += seconds
        await asyncio.sleep(self.real(seconds))

    async def hear(self, call: Call, prompt: Prompt) -> bool:
        """Always to its end."""
        await self.spend(call, length(prompt))
        return True

    async def respond(self, call: Call, question: Gather) -> Input:
        """The next keys for a question that takes keys, else the next sentence for one that takes speech."""
        given = self._answer(question)
        await self.spend(call, 1 if given.digits or given.speech else question.seconds)
        return given

    async def speak(self, call: Call, message: Record) -> Spoken:
        """As long a message as was wished for, within what is recorded; the next sentence is what it says."""
        seconds = min(self._message_seconds, message.most_seconds)
        text = self._say.popleft() if self._say and seconds else ""
        await self.spend(call, seconds or message.silence_seconds)
        return Spoken(seconds=seconds, text=text)

    async def leave(self, *, by_star: bool = False) -> None:
        """Never, but when a question says so."""
        await asyncio.Event().wait()

    def _answer(self, question: Gather) -> Input:
        if self._press and self._press[0] == HANGUP:
            raise HungUp
        if self._press and "dtmf" in question.accepts:
            return collect(question, self._press.popleft())
        if self._say and "speech" in question.accepts:
            return Input(speech=self._say.popleft())
        return Input()
