"""One create, and what becomes of it at the Twilio of the crash tests, and what it shows of it afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

# Where Twilio stops until the test releases it: at a request that is lost when its sender has gone meanwhile, at one
# that is taken all the same, or with what was taken unanswered.
Hold = Literal["request", "taking", "answer"]

CREATED = 201
# The connection is closed without a word.
SILENCE = 0
TEXT_STATES = ("queued", "sent", "delivered")
CALL_STATES = ("initiated", "ringing", "in-progress", "completed")
NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """`taken`: whether there is a text or call afterwards. `answer`: the HTTP status that the app sees, or SILENCE.

    `callbacks` are the states that are told, in that order; None for each once, as they come. `listed_after` is for
    how many seconds the list does not show it. `shown_as` is the body that the list shows, `{}` standing for the real
    one.
    """

    taken: bool = True
    answer: int = CREATED
    retry_after: int | None = None
    hold: Hold | None = None
    callbacks: tuple[str, ...] | None = None
    listed_after: float = 0
    shown_as: str = "{}"

    @property
    def is_told(self) -> bool:
        """Whether the app hears of it by callbacks."""
        return self.callbacks != ()


ANSWERED = Fate()


@dataclass(frozen=True, kw_only=True)
class Create:
    """One request to make a text or a call: whom to, what, and the status callback's `id`."""

    to: str
    body: str
    reference: str
    at: float = field(default_factory=time.monotonic)

    @property
    def command_id(self) -> str:
        """The command's own id, as the callback's opaque one ends with it."""
        return self.reference.split(".", 2)[2]

    @property
    def attempt(self) -> int:
        """Which attempt it is by that id."""
        return int(self.reference.split(".", 2)[1])
