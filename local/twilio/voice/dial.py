"""<Dial>: rings phones, and connects the caller to the first that answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from local.twilio.addresses import completed, is_e164
from local.twilio.records import Call
from local.twilio.status_callbacks import finish_call, report_call
from local.twilio.twiml.sentences import describe, party
from local.twilio.twiml.verbs import Dial, Dialed, Target
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.handset_user import Callee, FindCallee, HandsetUser, HungUp
from local.twilio.voice.call_leg import CallLeg
from local.twilio.voice.conversation import CONVERSATION_SECONDS, record_conversation, talk

RING_SECONDS = 3
PHONES = frozenset({"Number", "Sim"})

NounPerformer = Callable[[CallLeg, Dial, Target], Awaitable[Dialed]]


@dataclass
class RingingPhone:
    """A phone that a Dial rings. `outcome` is how the ringing ended, "" until then."""

    target: Target
    call: Call
    callee: Callee
    outcome: str = ""

    async def ring(self, caller: HandsetUser, seconds: int) -> None:
        """Ring until the callee decides, for at most so many seconds."""
        user, script = self.callee.user, self.callee.script
        if isinstance(user, BrowserUser):
            self.outcome = await user.ring(seconds)
            return
        if script in ("answers", "no-answer") and not self.callee.absent:
            await asyncio.sleep(caller.real_seconds(RING_SECONDS if script == "answers" else seconds))
        self.outcome = script


class Dialler:
    """Performs <Dial>. `nouns` are the performers of nouns that ring no phone: Queue and Conference."""

    def __init__(self, find_callee: FindCallee, nouns: Mapping[str, NounPerformer]) -> None:
        self._find_callee = find_callee
        self._nouns = nouns

    async def dial(self, leg: CallLeg, verb: Dial) -> Dialed:
        """Connect the caller to a target, and return the outcome for the Dial's action.

        Raises HungUp, with the outcome, when the caller hangs up meanwhile.
        """
        leg.report(describe(verb))
        if not verb.targets:
            return Dialed("failed")
        first = verb.targets[0]
        if first.kind in self._nouns:
            return await self._nouns[first.kind](leg, verb, first)
        if problem := _caller_id_problem(leg, verb):
            leg.report(problem)
            return Dialed("failed")
        dialed = Dialed("no-answer")
        for targets in [(target,) for target in verb.targets] if verb.sequential else [verb.targets]:
            dialed = await self._ring(leg, verb, targets)
            if dialed.status == "completed":
                break
        return dialed

    async def _ring(self, leg: CallLeg, verb: Dial, targets: Sequence[Target]) -> Dialed:
        """Ring phones at once. The first that answers is connected, and the others stop ringing."""
        phones = [self._phone(leg, verb, target) for target in targets]
        for phone in phones:
            await report_call(leg.exchange, phone.call, "initiated", "initiated")
            phone.call.move("ringing", leg.exchange.account.clock())
            await report_call(leg.exchange, phone.call, "ringing", "ringing")
        begun = time.monotonic()
        try:
            answered = await leg.unless_hung_up(_first_answer(leg, verb, phones))
        except (HungUp, asyncio.CancelledError) as stopped:
            for phone in phones:
                leg.exchange.work.start(finish_call(leg.exchange, phone.call, "canceled"))
            if isinstance(stopped, HungUp):
                raise HungUp(Dialed("canceled", phones[-1].call.sid)) from stopped
            raise
        scripted = RING_SECONDS if answered else verb.seconds
        leg.call.elapsed += leg.user.simulated_seconds(time.monotonic() - begun, scripted)
        for phone in phones:
            if phone is not answered:
                await _stop_ringing(leg, phone, answered=answered is not None)
        return await _connect(leg, verb, answered) if answered else _unanswered(phones)

    def _phone(self, leg: CallLeg, verb: Dial, target: Target) -> RingingPhone:
        call = leg.exchange.account.add_call(
            to=target.address,
            sender=verb.caller_id or leg.call.sender,
            direction="outbound-dial",
            parent_call_sid=leg.call.sid,
        )
        call.client_parameters = target.parameters
        call.status_callback = target.status_callback
        call.status_callback_method = target.status_callback_method
        call.status_callback_events = target.status_callback_events
        return RingingPhone(target, call, self._find_callee(call, leg.callee))


def _caller_id_problem(leg: CallLeg, verb: Dial) -> str:
    """Return Twilio's error for a caller ID that no telephone can be shown, "" without one.

    A browser client and a SIP phone may be shown any. Whether the account has verified another number is not known
    here. https://www.twilio.com/docs/api/errors/13214
    """
    caller_id = completed(verb.caller_id or leg.call.sender, leg.exchange.options.number)
    if is_e164(caller_id) or not any(target.kind in PHONES for target in verb.targets):
        return ""
    return f"13214 {caller_id or 'a withheld number'} is no valid callerId: nobody is dialled"


async def _first_answer(leg: CallLeg, verb: Dial, phones: Sequence[RingingPhone]) -> RingingPhone | None:
    """Return the first phone that answers, by the Dial's order where several do at once; None when none does."""
    ringing = [asyncio.create_task(phone.ring(leg.user, verb.seconds)) for phone in phones]
    pending = set(ringing)
    try:
        while pending:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            answered = next((phone for phone in phones if phone.outcome == "answers"), None)
            if answered:
                return answered
        return None
    finally:
        for task in ringing:
            task.cancel()
        await asyncio.gather(*ringing, return_exceptions=True)


async def _stop_ringing(leg: CallLeg, phone: RingingPhone, *, answered: bool) -> None:
    still_rings = answered and phone.outcome in ("", "answers", "no-answer")
    ending = "canceled" if still_rings else phone.outcome
    leg.report(f"{party(phone.target)}: {'stops ringing' if still_rings else ending.replace('-', ' ')}")
    await finish_call(leg.exchange, phone.call, ending)


def _unanswered(phones: Sequence[RingingPhone]) -> Dialed:
    """Return `busy` or `failed` when every phone was, else `no-answer`."""
    outcomes = {phone.outcome for phone in phones}
    return Dialed(outcomes.pop() if len(outcomes) == 1 else "no-answer", phones[-1].call.sid)


async def _connect(leg: CallLeg, verb: Dial, phone: RingingPhone) -> Dialed:
    """Perform the callee's whisper document, which may hang up; then connect the two."""
    exchange, user = leg.exchange, phone.callee.user
    phone.call.move("in-progress", exchange.account.clock())
    if isinstance(user, BrowserUser):
        user.screen.answer()
    await report_call(exchange, phone.call, "answered", "in-progress")
    leg.report(f"{party(phone.target)} answers")
    other = leg.other_leg(phone.call, user, name=phone.target.address)
    try:
        bridged = await leg.unless_hung_up(_whisper(other, phone.target))
        recording = await _talk(leg, verb, other) if bridged else ""
    except HungUp:
        bridged, recording = False, ""
    except asyncio.CancelledError:
        exchange.work.start(finish_call(exchange, phone.call, "completed"))
        raise
    await finish_call(exchange, phone.call, "completed")
    dialed = Dialed("completed", phone.call.sid, phone.call.duration, bridged=bridged, recording_url=recording)
    if leg.user.has_hung_up:
        raise HungUp(dialed)
    return dialed


async def _whisper(other: CallLeg, target: Target) -> bool:
    """Perform the noun's `url` document on the callee's leg: False when it hangs up."""
    if target.whisper is None:
        return True
    ended = await other.run(target.whisper)
    return not ended.hangs_up


async def _talk(leg: CallLeg, verb: Dial, other: CallLeg) -> str:
    """Connect two legs, and return the recording's URL, "" without one."""
    scripted = not (leg.user.interactive or other.user.interactive)
    limit = f", for {CONVERSATION_SECONDS} s" if scripted else ""
    leg.report(f"is connected to {other.call.to}{limit}")
    other.user.show_event(f"is connected to {leg.call.sender}")
    seconds = await talk(leg, other, verb.most_seconds, star_ends=verb.star_ends)
    return await record_conversation(leg, verb, seconds)
