"""The interface of a handset's user during a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from local.twilio.records import Call
from local.twilio.twiml.verbs import Gather, Input, Outcome, Prompt, Record


class HungUp(Exception):
    """The call ends during a verb. `outcome` is the result that the verb has in that case.

    `by_user` is false when a TwiML document hangs up: the transcript names that verb already.
    """

    def __init__(self, outcome: Outcome = None, *, by_user: bool = True) -> None:
        super().__init__("the call is over")
        self.outcome = outcome
        self.by_user = by_user


@dataclass(frozen=True, kw_only=True)
class SpokenMessage:
    """A message for <Record>. `seconds` 0 is silence; `ended_by` is a key, `hangup`, or "" when unknown.

    `text` is the transcription where there is one, `wav` the sound where there was a microphone.
    """

    seconds: int
    text: str = ""
    wav: bytes = b""
    ended_by: str = ""


class HandsetUser(Protocol):
    """One party of a call. Every async method advances the call's simulated time and raises HungUp on a hang-up."""

    # The name in sentences: `you`, or a phone number.
    name: str
    # True for a person in front of the page, who takes real time; False for a script.
    interactive: bool
    # Simulated seconds that the user stays in a queue.
    patience: float
    # Does an agent take the call out of the queue?
    agent_comes: bool

    @property
    def has_hung_up(self) -> bool:
        """Has the user ended the call?"""

    def real_seconds(self, simulated: float) -> float:
        """Convert simulated seconds of waiting to real ones."""

    def simulated_seconds(self, real: float, scripted: float) -> float:
        """Convert real seconds to simulated ones; a script always takes `scripted` seconds."""

    def show_event(self, sentence: str) -> None:
        """Show an event of the call that cannot be heard."""

    def begin_gather(self, verb: Gather) -> None:
        """Accept keys and speech for this Gather from now on, during its prompts too."""

    async def wait(self, call: Call, seconds: float) -> None:
        """Stay in the call for so many simulated seconds."""

    async def listen(self, call: Call, prompt: Prompt) -> bool:
        """Listen to a prompt: True at its end, False when input interrupted it."""

    async def respond(self, call: Call, verb: Gather) -> Input:
        """Press keys, speak, or do nothing until the timeout."""

    async def speak(self, call: Call, verb: Record) -> SpokenMessage:
        """Leave a message."""

    async def until_hangup(self, *, or_star: bool = False) -> None:
        """Wait until the user hangs up or, with `or_star`, presses `*`. A script never does."""


@dataclass(frozen=True)
class Callee:
    """The user of a called handset. `script` is the end of the ringing, as in `Handset.called`.

    `script` is "" when a person decides. With `absent` nothing rings: the script's end comes at once.
    """

    user: HandsetUser
    script: str
    absent: bool = False


class FindCallee(Protocol):
    """Finds who answers a call's `to`."""

    def __call__(self, call: Call, script: str = "") -> Callee:
        """Return the callee, whose handset on an open page rings from now on; a `script` always gets a script."""


def conjugate(verb: str, user: HandsetUser) -> str:
    """Return `press` after `you`, `presses` after a number."""
    if user.name == "you":
        return verb
    return verb + ("es" if verb.endswith("s") else "s")
