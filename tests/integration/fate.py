"""A create request at the Twilio of the crash tests: its outcome, its callbacks, and how lists show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

# Where Twilio stops until the test releases it: before a request that is lost when its sender has gone meanwhile,
# before one that is accepted in any case, or before the answer to an accepted one.
Hold = Literal["request", "accepting", "answer"]

CREATED = 201
# The connection closes without an answer.
SILENCE = 0
TEXT_STATES = ("queued", "sent", "delivered")
CALL_STATES = ("initiated", "ringing", "in-progress", "completed")
NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """`accepted`: whether there is a text or call afterwards. `answer`: the HTTP status that the app gets, or SILENCE.

    `callbacks` are the reported states in order; None for each state once. `listed_after` is for how many seconds the
    list does not show it. `shown_as` is the body in the list, with `{}` for the real one.
    """

    accepted: bool = True
    answer: int = CREATED
    retry_after: int | None = None
    hold: Hold | None = None
    callbacks: tuple[str, ...] | None = None
    listed_after: float = 0
    shown_as: str = "{}"

    @property
    def has_callbacks(self) -> bool:
        """Whether the app gets callbacks."""
        return self.callbacks != ()


ANSWERED = Fate()


@dataclass(frozen=True, kw_only=True)
class Create:
    """One request to create a text or a call: recipient, body, and the status callback's `id`."""

    to: str
    body: str
    reference: str
    at: float = field(default_factory=time.monotonic)

    @property
    def command_id(self) -> str:
        """The command's own id, at the end of the callback's."""
        return self.reference.split(".", 2)[2]

    @property
    def attempt(self) -> int:
        """The attempt in that id."""
        return int(self.reference.split(".", 2)[1])
