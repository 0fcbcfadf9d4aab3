"""What callers hear while they wait: for an agent in a queue, or for a conference to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.twilio.people import HungUp
from local.twilio.records import Fetch
from local.twilio.twiml.steps import Ended, Left, Play

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.twilio.calls import LiveCall

MUSIC = Play("Twilio's own hold music", times=3)


async def hear_while_waiting(live: LiveCall, wait: Fetch | None, parameters: Mapping[str, str]) -> Fetch | Left | None:
    """Perform a wait document once: what to ask for next, None for the same again, Left when it lets the caller go.

    Without one it is Twilio's own music. Raises HungUp when the caller, or the document, hangs up.
    """
    if wait is None:
        await live.listen(MUSIC)
        return None
    form = {**wait.parameters, **parameters}
    following = await live.perform(Fetch(url=wait.url, method=wait.method, parameters=form))
    if not isinstance(following, Ended):
        return following
    if following.hangs_up:
        raise HungUp(by_person=False)
    return None
