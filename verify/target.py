"""What the checklist runs against: addresses, credentials, and what differs between Azure and a developer's machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from ops.deployment import Deployment
from verify.magic_numbers import RECIPIENT


class Logs(Protocol):
    """The app's log."""

    async def find(self, words: str) -> str:
        """Returns a line of this run that contains the words, "" while there is none. Raises OpsError."""


# Runs a KQL query and returns the number of rows. Raises OpsError for a query that Azure would not run.
RunQuery = Callable[[str], Awaitable[int]]
# Leaves the app without an instance, able to start one at the next request.
ScaleToZero = Callable[[], Awaitable[None]]
# Runs a timer's function now, by its name.
RunTimer = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How many seconds the checklist waits for a queue's effect, a line in the log, an answer of a new instance."""

    effect: float = 180
    log: float = 900
    start: float = 120


@dataclass(frozen=True, kw_only=True)
class Target:
    """A deployment whose Twilio account is a test account.

    `deployment` has the app's settings, as far as they are known here. `origin` is what Twilio would call and sign;
    requests go to `address` where that is another one. None leaves a row out. But without `run_timer` the checklist
    waits for the timer's own time. `requires_keys` is false where the host ignores function keys, as `func start` does.
    """

    name: str
    deployment: Deployment
    origin: str
    address: str = ""
    auth_token: str = field(repr=False)
    recipient: str = RECIPIENT
    logs: Logs | None = None
    run_query: RunQuery | None = None
    scale_to_zero: ScaleToZero | None = None
    run_timer: RunTimer | None = None
    requires_keys: bool = True
    cold_starts: int = 10
    patience: Patience = field(default_factory=Patience)
