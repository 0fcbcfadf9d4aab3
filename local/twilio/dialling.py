"""What a Dial does: rings phones, joins a conference, or takes the first caller out of a queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.twilio.conferences import join
from local.twilio.line import Line
from local.twilio.people import HungUp, Person
from local.twilio.progress import finish_call, report_call
from local.twilio.recordings import record_conversation
from local.twilio.records import Call
from local.twilio.talking import CONVERSATION_SECONDS, talk
from local.twilio.twiml.sentences import describe, party
from local.twilio.twiml.steps import Dial, Dialed, Target
from local.twilio.waiting import take_first

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall

RING_SECONDS = 3


@dataclass
class Leg:
    """One phone that rings: the call to it, who has it, and how the ringing ended ("" while it goes on).

    `script` is how it ends where nobody at the page answers it.
    """

    target: Target
    call: Call
    person: Person
    script: str
    outcome: str = ""

    async def ring(self, caller: Person, seconds: int) -> None:
        """Ring until it is answered, or so long."""
        if isinstance(self.person, Line):
            self.outcome = await self.person.rings(seconds)
            return
        if self.script in ("answers", "no-answer"):
            await asyncio.sleep(caller.real(RING_SECONDS if self.script == "answers" else seconds))
        self.outcome = self.script


async def dial(live: LiveCall, step: Dial) -> Dialed:
    """Connect the caller to whom the Dial names; what it returns is told to the Dial's action.

    Raises HungUp with the same when the caller hangs up meanwhile.
    """
    live.tell(describe(step))
    if not step.targets:
        return Dialed("failed")
    first = step.targets[0]
    if first.kind == "Queue":
        return await _dial_queue(live, step, first)
    if first.kind == "Conference":
        return await join(live, step, first)
    dialed = Dialed("no-answer")
    for targets in [(target,) for target in step.targets] if step.sequential else [step.targets]:
        dialed = await _ring(live, step, targets)
        if dialed.status == "completed":
            break
    return dialed


async def _dial_queue(live: LiveCall, step: Dial, target: Target) -> Dialed:
    waiting = await take_first(live, target, step.seconds)
    if waiting is None:
        known = target.address in live.exchange.queues
        live.tell(f"{party(target)} {'stays empty' if known else 'does not exist: nobody was ever put in it'}")
        return Dialed("no-answer" if known else "failed")
    live.tell(f"is connected to {waiting.live.call.sender}{_how_long(live, waiting.live)}")
    try:
        seconds = await talk(live, waiting.live, step.most_seconds, star_ends=step.star_ends)
    finally:
        waiting.finished.set()
    recorded = await record_conversation(live, step, seconds)
    return _told(live, Dialed("completed", waiting.live.call.sid, seconds, bridged=True, recording_url=recorded))


async def _ring(live: LiveCall, step: Dial, targets: Sequence[Target]) -> Dialed:
    """Ring phones at once: the first that answers is connected, the others stop ringing."""
    legs = [_leg(live, step, target) for target in targets]
    for leg in legs:
        await report_call(live.exchange, leg.call, "initiated", "initiated")
        leg.call.move("ringing", live.exchange.account.clock())
        await report_call(live.exchange, leg.call, "ringing", "ringing")
    begun = time.monotonic()
    try:
        answered = await live.while_present(_first_answer(live, step, legs))
    except (HungUp, asyncio.CancelledError) as stopped:
        for leg in legs:
            live.exchange.work.start(finish_call(live.exchange, leg.call, "canceled"))
        if isinstance(stopped, HungUp):
            raise HungUp(Dialed("canceled", legs[-1].call.sid)) from stopped
        raise
    nominal = RING_SECONDS if answered else step.seconds
    live.call.elapsed += live.person.passed(time.monotonic() - begun, nominal)
    for leg in legs:
        if leg is not answered:
            await _stop_ringing(live, leg, answered=answered is not None)
    return await _connect(live, step, answered) if answered else _unanswered(legs)


async def _first_answer(live: LiveCall, step: Dial, legs: Sequence[Leg]) -> Leg | None:
    """Who answers first, in the order of the Dial where that is all the same; None when nobody does in time."""
    ringing = [asyncio.create_task(leg.ring(live.person, step.seconds)) for leg in legs]
    pending = set(ringing)
    try:
        while pending:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            answered = next((leg for leg in legs if leg.outcome == "answers"), None)
            if answered:
                return answered
        return None
    finally:
        for task in ringing:
            task.cancel()
        await asyncio.gather(*ringing, return_exceptions=True)


def _leg(live: LiveCall, step: Dial, target: Target) -> Leg:
    exchange = live.exchange
    sender = step.caller_id or live.call.sender
    call = exchange.account.add_call(
        to=target.address, sender=sender, direction="outbound-dial", parent_call_sid=live.call.sid
    )
    call.status_callback = target.status_callback
    call.status_callback_method = target.status_callback_method
    call.status_callback_events = target.status_callback_events
    phone = None if live.callee else exchange.desk.by_hand(target.address)
    if phone and phone.line is None:
        return Leg(target, call, exchange.desk.begin(phone, call, sender, "ringing"), "")
    script = "busy" if phone else live.callee or exchange.handsets.of(target.address).called
    return Leg(target, call, exchange.owner(target.address), script)


async def _stop_ringing(live: LiveCall, leg: Leg, *, answered: bool) -> None:
    still_rings = answered and leg.outcome in ("", "answers", "no-answer")
    ending = "canceled" if still_rings else leg.outcome
    live.tell(f"{party(leg.target)}: {'stops ringing' if still_rings else ending.replace('-', ' ')}")
    await finish_call(live.exchange, leg.call, ending)


def _unanswered(legs: list[Leg]) -> Dialed:
    """`busy` or `failed` when every phone was, else `no-answer`."""
    outcomes = {leg.outcome for leg in legs}
    return Dialed(outcomes.pop() if len(outcomes) == 1 else "no-answer", legs[-1].call.sid)


async def _connect(live: LiveCall, step: Dial, leg: Leg) -> Dialed:
    """The callee hears the whisper first, and may hang up on it; then the two speak."""
    exchange = live.exchange
    leg.call.move("in-progress", exchange.account.clock())
    if isinstance(leg.person, Line):
        leg.person.screen.begin()
    await report_call(exchange, leg.call, "answered", "in-progress")
    live.tell(f"{party(leg.target)} answers")
    other = live.on_leg(leg.call, leg.person, name=leg.target.address)
    try:
        bridged = await live.while_present(_whisper(other, leg))
        recorded = await _converse(live, step, other) if bridged else ""
    except HungUp:
        bridged, recorded = False, ""
    except asyncio.CancelledError:
        exchange.work.start(finish_call(exchange, leg.call, "completed"))
        raise
    await finish_call(exchange, leg.call, "completed")
    return _told(live, Dialed("completed", leg.call.sid, leg.call.duration, bridged=bridged, recording_url=recorded))


async def _whisper(other: LiveCall, leg: Leg) -> bool:
    """Perform the target's own document on the callee's leg: False when it hangs up, and nobody is connected."""
    if leg.target.whisper is None:
        return True
    ended = await other.run(leg.target.whisper)
    return not ended.hangs_up


async def _converse(live: LiveCall, step: Dial, other: LiveCall) -> str:
    """Connect the two: the URL of what was recorded, "" for nothing."""
    live.tell(f"is connected to {other.call.to}{_how_long(live, other)}")
    other.person.notice(f"is connected to {live.call.sender}")
    seconds = await talk(live, other, step.most_seconds, star_ends=step.star_ends)
    return await record_conversation(live, step, seconds)


def _how_long(live: LiveCall, other: LiveCall) -> str:
    by_hand = live.person.at_handset or other.person.at_handset
    return "" if by_hand else f", for {CONVERSATION_SECONDS} s"


def _told(live: LiveCall, dialed: Dialed) -> Dialed:
    """What the Dial came to. Raises HungUp with it when the caller has hung up."""
    if live.person.gone:
        raise HungUp(dialed)
    return dialed
