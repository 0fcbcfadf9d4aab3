"""A person at a handset of the page, for the length of one call. Their actions come from the browser."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence

from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.twiml.keys import collect, is_complete
from local.twilio.twiml.sentences import as_heard
from local.twilio.twiml.timing import length
from local.twilio.twiml.verbs import Gather, Input, Play, Prompt, Record
from local.twilio.users.call_screen import CallScreen
from local.twilio.users.handset_user import HungUp, SpokenMessage

# With the browser's voice on, the page reports the end of a prompt, which may take this many times its estimate.
SPEECH_ALLOWANCE = 4
# The page ends a message that has become too long, and uploads it within this time.
LATE_SECONDS = 5
STAR = "*"


class BrowserUser:
    """A user in real time. The page calls answer, decline, press, say, skip, submit_message and hang_up."""

    interactive = True
    name = "you"
    patience = math.inf
    agent_comes = False

    def __init__(self, call: Call, screen: CallScreen, pace: Pace, *, end: str = "") -> None:
        self.call = call
        # The name of its sound, when a softphone is connected to it.
        self.end = end
        self.screen = screen
        self.has_hung_up = False
        # Does the browser speak the prompts, and report their end by `skip`?
        self.voice_on = False
        self.partners: Sequence[BrowserUser] = ()
        self._pace = pace
        self._changed = asyncio.Event()
        self._gather: Gather | None = None
        self._keys = ""
        self._words = ""
        self._message: SpokenMessage | None = None
        self._skipped = False
        self._star_pressed = False
        self._accepted: bool | None = None

    def answer(self) -> None:
        """Answer the ringing call."""
        self._accepted = True
        self._notify()

    def decline(self) -> None:
        """Decline the ringing call."""
        self._accepted = False
        self._notify()

    def press(self, key: str) -> None:
        """Press a key: input for a Gather that takes keys, or `*` to end a Dial with `hangupOnStar`."""
        self.screen.note("you", f"pressed {key}")
        if self._accepts("dtmf"):
            self._keys += key
        self._star_pressed = key == STAR
        self._notify()

    def say(self, words: str) -> None:
        """Speak: input for a Gather that takes speech; connected handsets show the words."""
        self.screen.note("you", f"“{words}”")
        if self._accepts("speech"):
            self._words = words
            self._notify()
        for partner in self.partners:
            partner.screen.note("other", words)

    def submit_message(self, message: SpokenMessage) -> None:
        """Finish the message that is being recorded; `ended_by` `hangup` ends the call too."""
        left = f"“{message.text}”" if message.text else f"left a message of {message.seconds} s"
        self.screen.note("you", left if message.seconds else "left no message")
        self._message = message
        self.has_hung_up = message.ended_by == "hangup"
        self._notify()

    def skip(self) -> None:
        """End the current prompt: the browser has spoken it, or the person wants no more of it."""
        self._skipped = True
        self._notify()

    def hang_up(self) -> None:
        """End the call."""
        self.has_hung_up = True
        self._notify()

    def join(self, partners: Sequence[BrowserUser], *, connected: bool) -> None:
        """Show what these users say. `connected` is true in a conversation, also with a script alone."""
        self.partners = partners
        self.screen.update(connected=connected)

    async def ring(self, seconds: float) -> str:
        """Ring for at most so long: `answers`, `busy` when the person declines or hangs up, or `no-answer`."""
        try:
            decided = await self._until(lambda: self._accepted is not None, seconds, self._pace.waiting)
        except HungUp:
            return "busy"
        finally:
            # A call's duration begins at its answer.
            self.call.elapsed = 0
        if not decided:
            return "no-answer"
        return "answers" if self._accepted else "busy"

    def real_seconds(self, simulated: float) -> float:
        """Convert at the pace of waiting."""
        return simulated * self._pace.waiting

    def simulated_seconds(self, real: float, scripted: float) -> float:
        """Convert at the pace of waiting."""
        return real / self._pace.waiting

    def show_event(self, sentence: str) -> None:
        """Add a line to the handset's transcript."""
        self.screen.note("event", sentence)

    def begin_gather(self, verb: Gather) -> None:
        """Accept keys and speech from now on; earlier ones are discarded, as by Twilio."""
        self._gather, self._keys, self._words = verb, "", ""
        accepted = [word for kind, word in (("dtmf", "keys"), ("speech", "speech")) if kind in verb.accepts]
        self.screen.update(asks=" ".join(accepted))

    async def wait(self, call: Call, seconds: float) -> None:
        """Stay in the call for so many simulated seconds."""
        await self._until(lambda: False, seconds, self._pace.waiting)

    async def listen(self, call: Call, prompt: Prompt) -> bool:
        """Show a prompt until its end or a skip; input interrupts it where the Gather allows barge-in."""
        kind, text, language = as_heard(prompt)
        self._skipped = False
        self.screen.update(hears=self.screen.note(kind, text, language), music=isinstance(prompt, Play))
        allowance = SPEECH_ALLOWANCE if self.voice_on and kind == "say" else 1
        try:
            await self._until(
                lambda: self._skipped or self._barges_in(), length(prompt) * allowance, self._pace.hearing
            )
        finally:
            self.screen.update(hears=0, music=False)
        return not self._barges_in()

    async def respond(self, call: Call, verb: Gather) -> Input:
        """Collect keys until they are complete or the timeout passes after the last one, or one sentence."""
        try:
            while not (self._words or is_complete(verb, self._keys)):
                if not await self._until(self._has_more_input(), verb.seconds, self._pace.waiting):
                    break
        finally:
            self._gather = None
            self.screen.update(asks="")
        return Input(speech=self._words) if self._words else collect(verb, self._keys)

    async def speak(self, call: Call, verb: Record) -> SpokenMessage:
        """Wait for a message by microphone or keyboard; silence when none comes in time."""
        self._message = None
        most = verb.most_seconds
        self.screen.update(asks="message", ending_keys=verb.finish_on_key, most_seconds=most * self._pace.waiting)
        try:
            await self._until(lambda: self._message is not None, most + LATE_SECONDS, self._pace.waiting)
        except HungUp:
            if self._message is None:
                raise
        finally:
            self.screen.update(asks="")
        return self._message or SpokenMessage(seconds=0)

    async def until_hangup(self, *, or_star: bool = False) -> None:
        """Wait until the person hangs up or, with `or_star`, presses `*`."""
        self._star_pressed = False
        while not (self.has_hung_up or (or_star and self._star_pressed)):
            await self._changed.wait()

    def _barges_in(self) -> bool:
        """Is there input during a prompt that may be interrupted?"""
        return self._gather is not None and self._gather.barge_in and bool(self._keys or self._words)

    def _has_more_input(self) -> Callable[[], bool]:
        keys = self._keys
        return lambda: self._keys != keys or bool(self._words)

    def _accepts(self, kind: str) -> bool:
        """Does a current Gather accept that kind of input?"""
        return self._gather is not None and kind in self._gather.accepts

    def _notify(self) -> None:
        """Wake every wait, so that it checks its condition again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, ready: Callable[[], bool], seconds: float, rate: float) -> bool:
        """Wait for a condition: False after so many simulated seconds of `rate` real ones. Raises HungUp."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds * rate):
                while not self.has_hung_up and not ready():
                    await self._changed.wait()
        except TimeoutError:
            return False
        finally:
            self.call.elapsed += min(seconds, (time.monotonic() - begun) / rate)
        if self.has_hung_up:
            raise HungUp
        return True
