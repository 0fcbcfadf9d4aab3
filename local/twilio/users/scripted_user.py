"""A user who follows a script: the keys and sentences are given before the call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.twiml.keys import collect
from local.twilio.twiml.timing import length
from local.twilio.twiml.verbs import Gather, Input, Prompt, Record
from local.twilio.users.handset_user import HungUp, SpokenMessage

HANGUP = "hangup"


class ScriptedUser:
    """Answers each Gather with the next keys or sentence; `hangup` among the keys ends the call there."""

    interactive = False
    has_hung_up = False

    def __init__(
        self,
        press: Iterable[str] = (),
        say: Iterable[str] = (),
        *,
        pace: Pace,
        name: str = "you",
        message_seconds: int = 3,
        patience: float = 60,
        agent_comes: bool = False,
    ) -> None:
        self.name = name
        self.patience = patience
        self.agent_comes = agent_comes
        self._pace = pace
        self._press = deque(press)
        self._say = deque(say)
        self._message_seconds = message_seconds

    @classmethod
    def of_handset(cls, number: str, handset: Handset, pace: Pace) -> ScriptedUser:
        """Make the user of a called handset."""
        return cls(handset.press, handset.say, pace=pace, name=number)

    def real_seconds(self, simulated: float) -> float:
        """Limit the wait to the pace's longest."""
        return min(simulated, self._pace.longest_wait)

    def simulated_seconds(self, real: float, scripted: float) -> float:
        """Return `scripted`."""
        return scripted

    def show_event(self, sentence: str) -> None:
        """Do nothing: a script shows nothing."""

    def begin_gather(self, verb: Gather) -> None:
        """Do nothing: a script answers after the prompts."""

    async def wait(self, call: Call, seconds: float) -> None:
        """Add the seconds to the call, and sleep no longer than the pace allows."""
        call.elapsed += seconds
        await asyncio.sleep(self.real_seconds(seconds))

    async def listen(self, call: Call, prompt: Prompt) -> bool:
        """Listen to the end."""
        await self.wait(call, length(prompt))
        return True

    async def respond(self, call: Call, verb: Gather) -> Input:
        """Give the next keys where the Gather takes keys, else the next sentence where it takes speech."""
        given = self._next_input(verb)
        await self.wait(call, 1 if given.digits or given.speech else verb.seconds)
        return given

    async def speak(self, call: Call, verb: Record) -> SpokenMessage:
        """Leave a message of the scripted length, up to the verb's `maxLength`; its text is the next sentence."""
        seconds = min(self._message_seconds, verb.most_seconds)
        text = self._say.popleft() if self._say and seconds else ""
        await self.wait(call, seconds or verb.silence_seconds)
        return SpokenMessage(seconds=seconds, text=text)

    async def until_hangup(self, *, or_star: bool = False) -> None:
        """Wait forever: a script hangs up only at a Gather."""
        await asyncio.Event().wait()

    def _next_input(self, verb: Gather) -> Input:
        if self._press and self._press[0] == HANGUP:
            raise HungUp
        if self._press and "dtmf" in verb.accepts:
            return collect(verb, self._press.popleft())
        if self._say and "speech" in verb.accepts:
            return Input(speech=self._say.popleft())
        return Input()
