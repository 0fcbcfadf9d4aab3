"""Performs TwiML documents on call legs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local.twilio import parameters
from local.twilio.records import Fetch, Inline, Instructions
from local.twilio.twiml import interpreter
from local.twilio.twiml.document import Element, TwimlError
from local.twilio.twiml.interpreter import Performance
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Ended, Next, Outcome, Pause, Play, Redirect, Reject, Say, Verb
from local.twilio.twiml_requests import fetch_voice, read_inline
from local.twilio.users.handset_user import HungUp, conjugate
from local.twilio.voice.call_leg import CallLeg

MOST_DOCUMENTS = 100

VerbPerformer = Callable[[CallLeg, Any], Awaitable[Outcome]]


class Performer:
    """Performs each verb by the function that is given for its type; other verbs are only named in the transcript."""

    def __init__(self, verbs: Mapping[type, VerbPerformer]) -> None:
        self._verbs = verbs

    async def perform(self, leg: CallLeg, instructions: Instructions) -> Next:
        """Request a document and perform it: what follows after its end or failure."""
        try:
            root, url = await _fetch(leg, instructions)
        except TwimlError as error:
            return _fall_back(leg, instructions, error)
        return await self._run(leg, interpreter.perform(root, url))

    async def _run(self, leg: CallLeg, performance: Performance) -> Next:
        outcome: Outcome = None
        while True:
            try:
                verb = performance.send(outcome)
            except StopIteration as end:
                following: Next = end.value
                return following
            try:
                outcome = await self._perform_verb(leg, verb)
            except HungUp as hangup:
                if hangup.by_user:
                    leg.report(f"{leg.user.name} {conjugate('hang', leg.user)} up")
                return await _end(leg, performance, hangup.outcome)

    async def _perform_verb(self, leg: CallLeg, verb: Verb) -> Outcome:
        if leg.call.status == "ringing" and not isinstance(verb, Reject | Redirect):
            leg.answer()
        if isinstance(verb, Say | Play | Pause):
            await leg.play(verb)
            return None
        perform = self._verbs.get(type(verb))
        if perform is None:
            leg.report(describe(verb))
            return None
        return await perform(leg, verb)


async def _fetch(leg: CallLeg, instructions: Instructions) -> tuple[Element, str]:
    leg.documents += 1
    if leg.documents > MOST_DOCUMENTS:
        raise TwimlError(0, f"a call may take {MOST_DOCUMENTS} documents here: is this one going in circles?")
    if isinstance(instructions, Inline):
        return read_inline(instructions, leg.transcript), leg.exchange.options.public_origin
    form = parameters.of_call(leg.call, leg.exchange.account.sid)
    summary = f"call {leg.call.sid} is {leg.call.status}"
    return await fetch_voice(leg.exchange, instructions, form, summary, leg.transcript)


def _fall_back(leg: CallLeg, instructions: Instructions, error: TwimlError) -> Next:
    """Continue at the fallback URL, once; without one the caller hears Twilio's apology."""
    fallback, leg.call.fallback = leg.call.fallback, None
    if fallback:
        return fallback.after(error.code, instructions.url if isinstance(instructions, Fetch) else "")
    leg.report(f'hears "an application error has occurred": {error}')
    return Ended("an application error", "completed" if leg.call.started else "failed")


async def _end(leg: CallLeg, performance: Performance, outcome: Outcome) -> Next:
    """End a call that was hung up. The verb's action is still requested with the outcome, as by Twilio."""
    leg.call.move("completed", leg.exchange.account.clock())
    try:
        if outcome is not None:
            performance.send(outcome)
    except StopIteration as end:
        if isinstance(end.value, Fetch):
            await _request_action(leg, end.value)
    return Ended("the caller hung up")


async def _request_action(leg: CallLeg, action: Fetch) -> None:
    """Request an action whose TwiML is not performed."""
    try:
        await _fetch(leg, action)
    except TwimlError as error:
        leg.report(f"nobody hears it, but the answer is wrong: {error}")
