"""Hold music, for callers who wait in a queue or for a conference to start."""

from __future__ import annotations

from collections.abc import Mapping

from local.twilio.records import Fetch
from local.twilio.twiml.verbs import Ended, Left, Play
from local.twilio.users.handset_user import HungUp
from local.twilio.voice.call_leg import CallLeg

MUSIC = Play("Twilio's own hold music", times=3)


async def play_hold_music(leg: CallLeg, wait: Fetch | None, parameters: Mapping[str, str]) -> Fetch | Left | None:
    """Perform the wait document once, or Twilio's own music where there is none.

    Returns the next document, None for the same one again, or Left after <Leave>. Raises HungUp when the caller or
    the document hangs up.
    """
    if wait is None:
        await leg.play(MUSIC)
        return None
    form = {**wait.parameters, **parameters}
    following = await leg.perform(Fetch(url=wait.url, method=wait.method, parameters=form))
    if not isinstance(following, Ended):
        return following
    if following.hangs_up:
        raise HungUp(by_user=False)
    return None
