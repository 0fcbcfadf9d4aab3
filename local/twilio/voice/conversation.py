"""A conversation between connected call legs, and its recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from local.twilio.status_callbacks import recording_url, report_recording
from local.twilio.twiml.verbs import Dial
from local.twilio.users.browser_user import BrowserUser
from local.twilio.voice.call_leg import CallLeg

CONVERSATION_SECONDS = 10


async def talk(caller: CallLeg, other: CallLeg, most_seconds: int, *, star_ends: bool = False) -> int:
    """Connect two legs until an interactive user hangs up, or the caller presses `*` with `star_ends`.

    Two scripts talk for CONVERSATION_SECONDS. Returns the conversation's simulated seconds.
    """
    begun = time.monotonic()
    with _connected([caller, other]):
        await _until_one_leaves([caller, other], most_seconds, star_ends=star_ends)
    timekeeper = caller.user if caller.user.interactive else other.user
    seconds = min(timekeeper.simulated_seconds(time.monotonic() - begun, CONVERSATION_SECONDS), most_seconds)
    for leg in (caller, other):
        leg.call.elapsed += seconds
    return round(seconds)


async def record_conversation(leg: CallLeg, verb: Dial, seconds: int) -> str:
    """Record a conversation of so many seconds, and return the URL; "" where the Dial has no `record`."""
    if not verb.record:
        return ""
    exchange = leg.exchange
    recording = exchange.account.add_recording(call_sid=leg.call.sid, seconds=seconds, source="DialVerb")
    leg.report(f"the conversation is recorded: {recording.sid}")
    if "completed" in verb.callback_events:
        channels = 2 if verb.record.endswith("dual") else 1
        report = report_recording(
            exchange, recording, "completed", verb.callback, verb.callback_method, channels=channels
        )
        exchange.work.start(report)
    return recording_url(exchange, recording)


async def _until_one_leaves(legs: Sequence[CallLeg], most_seconds: int, *, star_ends: bool) -> None:
    """Wait until an interactive user leaves or the time is over; where all are scripts, until their time is over."""
    first, *_ = legs
    interactive = [leg for leg in legs if leg.user.interactive]
    if not interactive:
        await asyncio.sleep(first.user.real_seconds(min(CONVERSATION_SECONDS, most_seconds)))
        return
    leaving = [asyncio.create_task(leg.user.until_hangup(or_star=star_ends and leg is first)) for leg in interactive]
    try:
        timeout = interactive[0].user.real_seconds(most_seconds)
        await asyncio.wait(leaving, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)


@contextmanager
def _connected(legs: Sequence[CallLeg]) -> Iterator[None]:
    """Show on each interactive user's screen what the other one says, until the `with` ends."""
    users = [leg.user for leg in legs if isinstance(leg.user, BrowserUser)]
    for user in users:
        user.join([other for other in users if other is not user], connected=True)
    try:
        yield
    finally:
        for user in users:
            user.join([], connected=False)
