"""The options of a host, and its error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from local.errors import LocalError
from local.functions_host.amendments import Amendments
from local.run_key import new_key


class HostError(LocalError):
    """The host cannot run this app; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class HostOptions:
    """One function app on this machine.

    `folder` contains function_app.py and host.json. `port` 0 takes any free port. `lease` is how many seconds a message
    is hidden while a function processes it; it is renewed at half of that time, and runs out when its worker dies.
    `function_key` is the key of FUNCTION-level routes and of the admin API, for `?code=` or `x-functions-key`.
    `amendments` are what the host changes in the app's answers: nothing, unless given.
    """

    folder: Path
    port: int = 7071
    lease: float = 600
    function_key: str = field(default_factory=new_key, repr=False)
    amendments: Amendments = field(default_factory=Amendments)
