"""What a Dial does: rings phones, joins a conference, or takes the first caller out of a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.twilio.people import ScriptedPerson
from local.twilio.progress import finish_call, report_call
from local.twilio.recordings import record_conversation
from local.twilio.records import Call
from local.twilio.twiml.sentences import describe, party
from local.twilio.twiml.steps import Dial, Dialed, Target
from local.twilio.waiting import take_first

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall

CONVERSATION_SECONDS = 10
RING_SECONDS = 3


@dataclass
class Leg:
    """One phone that rings: the call to it, and what its owner will do."""

    target: Target
    call: Call
    outcome: str


async def dial(live: LiveCall, step: Dial) -> Dialed:
    """Connect the caller to whom the Dial names; what it returns is told to the Dial's action."""
    live.tell(describe(step))
    if not step.targets:
        return Dialed("failed")
    first = step.targets[0]
    if first.kind == "Queue":
        return await _dial_queue(live, step, first)
    if first.kind == "Conference":
        return await _join(live, step, first)
    return await _ring(live, step)


async def _dial_queue(live: LiveCall, step: Dial, target: Target) -> Dialed:
    waiting = await take_first(live, target, step.seconds)
    if waiting is None:
        known = target.address in live.exchange.queues
        live.tell(f"{party(target)} {'stays empty' if known else 'does not exist: nobody was ever put in it'}")
        return Dialed("no-answer" if known else "failed")
    live.tell(f"is connected to {waiting.call.sender}, for {CONVERSATION_SECONDS} s")
    try:
        await live.exchange.spend(live.call, CONVERSATION_SECONDS)
    finally:
        waiting.finished.set()
    recorded = await record_conversation(live, step, CONVERSATION_SECONDS)
    return Dialed("completed", waiting.call.sid, CONVERSATION_SECONDS, bridged=True, recording_url=recorded)


async def _join(live: LiveCall, step: Dial, target: Target) -> Dialed:
    """Be in a conference for as long as a conversation takes."""
    rooms = live.exchange.conferences
    others = rooms.get(target.address, 0)
    rooms[target.address] = others + 1
    live.tell(f"is in {party(target)} with {others} other{'s' * (others != 1)}, for {CONVERSATION_SECONDS} s")
    try:
        await live.exchange.spend(live.call, CONVERSATION_SECONDS)
    finally:
        rooms[target.address] -= 1
    recorded = await record_conversation(live, step, CONVERSATION_SECONDS)
    return Dialed("answered", seconds=CONVERSATION_SECONDS, bridged=True, recording_url=recorded)


async def _ring(live: LiveCall, step: Dial) -> Dialed:
    """Ring all phones at once, or each in turn: the first that answers is connected, the others stop ringing."""
    legs = [_leg(live, step, target) for target in step.targets]
    for leg in legs:
        await report_call(live.exchange, leg.call, "initiated", "initiated")
        leg.call.move("ringing", live.exchange.account.clock())
        await report_call(live.exchange, leg.call, "ringing", "ringing")
    answered = next((leg for leg in legs if leg.outcome == "answers"), None)
    waits = RING_SECONDS if answered else step.seconds
    await live.exchange.spend(live.call, waits)
    for leg in legs:
        if leg is not answered:
            await _stop_ringing(live, leg, answered=answered is not None)
    return await _connect(live, step, answered) if answered else _unanswered(legs)


def _leg(live: LiveCall, step: Dial, target: Target) -> Leg:
    call = live.exchange.account.add_call(
        to=target.address,
        sender=step.caller_id or live.call.sender,
        direction="outbound-dial",
        parent_call_sid=live.call.sid,
    )
    call.status_callback = target.status_callback
    call.status_callback_method = target.status_callback_method
    call.status_callback_events = target.status_callback_events
    return Leg(target, call, live.callee or live.exchange.handsets.of(target.address).called)


async def _stop_ringing(live: LiveCall, leg: Leg, *, answered: bool) -> None:
    still_rings = answered and leg.outcome in ("answers", "no-answer")
    live.tell(f"{party(leg.target)}: {'stops ringing' if still_rings else leg.outcome.replace('-', ' ')}")
    await finish_call(live.exchange, leg.call, "canceled" if still_rings else leg.outcome)


def _unanswered(legs: list[Leg]) -> Dialed:
    """`busy` or `failed` when every phone was, else `no-answer`."""
    outcomes = {leg.outcome for leg in legs}
    return Dialed(outcomes.pop() if len(outcomes) == 1 else "no-answer", legs[-1].call.sid)


async def _connect(live: LiveCall, step: Dial, leg: Leg) -> Dialed:
    """The callee hears the whisper first, and may hang up on it; then the two speak."""
    exchange = live.exchange
    leg.call.move("in-progress", exchange.account.clock())
    await report_call(exchange, leg.call, "answered", "in-progress")
    live.tell(f"{party(leg.target)} answers")
    bridged = await _whisper(live, leg)
    seconds = CONVERSATION_SECONDS if bridged else 0
    recorded = ""
    if bridged:
        live.tell(f"is connected to {party(leg.target)}, for {seconds} s")
        await exchange.spend(live.call, seconds)
        recorded = await record_conversation(live, step, seconds)
    leg.call.elapsed += seconds
    await finish_call(exchange, leg.call, "completed")
    return Dialed("completed", leg.call.sid, leg.call.duration, bridged=bridged, recording_url=recorded)


async def _whisper(live: LiveCall, leg: Leg) -> bool:
    """Perform the target's own document on the callee's leg: False when it hangs up, and nobody is connected."""
    if leg.target.whisper is None:
        return True
    handset = live.exchange.handsets.of(leg.target.address)
    person = ScriptedPerson.with_handset(leg.target.address, handset)
    ended = await live.on_leg(leg.call, person, name=leg.target.address).run(leg.target.whisper)
    return not ended.hangs_up
