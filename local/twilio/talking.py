"""Two legs of a call that are connected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.twilio.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.twilio.calls import LiveCall

CONVERSATION_SECONDS = 10


async def talk(caller: LiveCall, other: LiveCall, most_seconds: int, *, star_ends: bool = False) -> int:
    """Let two speak until one of them at a handset hangs up, or presses `*` to end it: how many seconds it was.

    Two who follow a script speak for ten.
    """
    begun = time.monotonic()
    with _connected([caller, other]):
        await first_to_leave([caller, other], most_seconds, star_ends=star_ends)
    timekeeper = caller.person if caller.person.at_handset else other.person
    seconds = min(timekeeper.passed(time.monotonic() - begun, CONVERSATION_SECONDS), most_seconds)
    for leg in (caller, other):
        leg.call.elapsed += seconds
    return round(seconds)


async def first_to_leave(legs: Sequence[LiveCall], most_seconds: int, *, star_ends: bool = False) -> None:
    """Come back when one at a handset leaves; where all follow a script, when their time together is over."""
    first, *_ = legs
    at_handsets = [leg for leg in legs if leg.person.at_handset]
    if not at_handsets:
        await asyncio.sleep(first.person.real(min(CONVERSATION_SECONDS, most_seconds)))
        return
    leaving = [asyncio.create_task(leg.person.leave(by_star=star_ends and leg is first)) for leg in at_handsets]
    try:
        real = at_handsets[0].person.real(most_seconds)
        await asyncio.wait(leaving, timeout=real, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)


@contextmanager
def _connected(legs: Sequence[LiveCall]) -> Iterator[None]:
    """While it lasts, what one says at a handset is on the other's screen."""
    lines = [leg.person for leg in legs if isinstance(leg.person, Line)]
    for line in lines:
        line.partners = [other for other in lines if other is not line]
        line.screen.show(connected=True)
    try:
        yield
    finally:
        for line in lines:
            line.partners = []
            line.screen.show(connected=False)
