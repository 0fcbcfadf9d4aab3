"""The services that all of the stand-in shares: account, webhooks, wire, faults and background work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from local.twilio.account import StandInAccount
from local.twilio.configuration import Configuration
from local.twilio.faults import Faults
from local.twilio.handsets import Handsets
from local.twilio.options import StandInOptions
from local.twilio.records import Call, Message
from local.twilio.webhooks import Webhooks
from local.twilio.wire import Wire
from local.twilio.work import Work


class CallDisplay(Protocol):
    """Shows the state of calls."""

    def answered(self, call: Call) -> None:
        """Show a call as answered."""

    def ended(self, call: Call) -> None:
        """Show a call as ended."""


@dataclass(frozen=True)
class Displays:
    """Several displays as one."""

    displays: tuple[CallDisplay, ...]

    def answered(self, call: Call) -> None:
        """Show a call as answered."""
        for display in self.displays:
            display.answered(call)

    def ended(self, call: Call) -> None:
        """Show a call as ended."""
        for display in self.displays:
            display.ended(call)


@dataclass
class Exchange:
    """The shared services. Call legs, queues and conferences are not here: `local.twilio.voice` has their registries.

    `say` logs a line to the terminal, `url` is the stand-in's own address, `deliver` starts the delivery of a text.
    """

    options: StandInOptions
    account: StandInAccount
    handsets: Handsets
    wire: Wire
    webhooks: Webhooks
    work: Work
    faults: Faults
    display: CallDisplay
    say: Callable[[str], None]
    url: str = ""
    deliver: Callable[[Message], None] = lambda _: None
    configuration: Configuration = field(init=False)

    def __post_init__(self) -> None:
        self.configuration = Configuration(self.options)
