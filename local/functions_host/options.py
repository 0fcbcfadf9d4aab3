"""How a host is set up, and the one error it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError


class HostError(LocalError):
    """The host cannot run this app; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class HostOptions:
    """One function app on this machine.

    `folder` holds function_app.py and host.json. `port` 0 takes any free one. `lease` is for how many seconds a message
    that a function works on is hidden, renewed at half of it: so long it stays away when its worker dies.
    `function_key` is what FUNCTION-level routes want as `?code=` or in `x-functions-key`.
    """

    folder: Path
    port: int = 7071
    lease: float = 600
    function_key: str = "local"
