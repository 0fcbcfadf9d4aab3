"""<Gather>: plays its prompts, and collects keys or speech."""

from __future__ import annotations

from local.twilio.twiml.sentences import describe
from local.twilio.twiml.verbs import Gather, Input
from local.twilio.users.handset_user import HandsetUser, conjugate
from local.twilio.voice.call_leg import CallLeg


async def gather(leg: CallLeg, verb: Gather) -> Input:
    """Play the prompts until their end or a barge-in, and return the input. Raises HungUp."""
    leg.user.begin_gather(verb)
    for prompt in verb.prompts:
        if not await leg.play(prompt):
            break
    given = await leg.user.respond(leg.call, verb)
    leg.log(f"{describe(verb)}; {_response(leg.user, given)}")
    return given


def _response(user: HandsetUser, given: Input) -> str:
    if given.digits or given.finished_on:
        return f"{user.name} {conjugate('press', user)} {given.digits}{given.finished_on}"
    return f'{user.name} {conjugate("say", user)} "{given.speech}"' if given.speech else "nothing comes"
