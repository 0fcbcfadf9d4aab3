"""A question within a call, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.twilio.people import Person
from local.twilio.twiml.sentences import describe
from local.twilio.twiml.steps import Gather, Input

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall


async def gather(live: LiveCall, step: Gather) -> Input:
    """Ask, and take the answer; one that comes into the prompts breaks them off. Raises HungUp."""
    live.person.ask(step)
    for prompt in step.prompts:
        if not await live.listen(prompt):
            break
    given = await live.person.respond(live.call, step)
    live.write(f"{describe(step)}; {_response(live.person, given)}")
    return given


def verb(word: str, person: Person) -> str:
    """`press` for you, `presses` for anybody else."""
    if person.who == "you":
        return word
    return word + ("es" if word.endswith("s") else "s")


def _response(person: Person, given: Input) -> str:
    if given.digits or given.finished_on:
        return f"{person.who} {verb('press', person)} {given.digits}{given.finished_on}"
    return f'{person.who} {verb("say", person)} "{given.speech}"' if given.speech else "nothing comes"
