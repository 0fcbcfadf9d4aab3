"""Who holds the phone: what they press, say and put up with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from local.twilio.handsets import Handset
from local.twilio.twiml.keys import collect
from local.twilio.twiml.steps import Gather, Input, Outcome, Record

HANGUP = "hangup"


class HungUp(Exception):
    """The call is over in the middle of a step. `outcome` is what the step came to by that.

    `by_person` is false when a document hung up on them, which has been told already.
    """

    def __init__(self, outcome: Outcome = None, *, by_person: bool = True) -> None:
        super().__init__("the call is over")
        self.outcome = outcome
        self.by_person = by_person


class Person(Protocol):
    """Somebody on the line. `who` is how sentences call them."""

    who: str
    # How many simulated seconds they stay in a queue, and whether an agent is to come for them before that.
    patience: int
    agent_comes: bool

    async def respond(self, question: Gather) -> Input:
        """Press or say something, or nothing. Raises HungUp."""

    async def speak(self, message: Record) -> int:
        """Leave a message, so many seconds long; 0 is silence."""


class ScriptedPerson:
    """Answers each question with the next of the keys or sentences given beforehand; `hangup` ends the call there."""

    def __init__(
        self,
        press: Iterable[str] = (),
        say: Iterable[str] = (),
        *,
        who: str = "you",
        message_seconds: int = 3,
        patience: int = 60,
        agent_comes: bool = False,
    ) -> None:
        self.who = who
        self.patience = patience
        self.agent_comes = agent_comes
        self._press = deque(press)
        self._say = deque(say)
        self._message_seconds = message_seconds

    @classmethod
    def with_handset(cls, number: str, handset: Handset) -> ScriptedPerson:
        """The owner of a phone that was called."""
        return cls(handset.press, handset.say, who=number)

    async def respond(self, question: Gather) -> Input:
        """The next keys for a question that takes keys, else the next sentence for one that takes speech."""
        if self._press and self._press[0] == HANGUP:
            raise HungUp
        if self._press and "dtmf" in question.accepts:
            return collect(question, self._press.popleft())
        if self._say and "speech" in question.accepts:
            return Input(speech=self._say.popleft())
        return Input()

    async def speak(self, message: Record) -> int:
        """As long a message as was wished for, within what is recorded."""
        return min(self._message_seconds, message.most_seconds)
