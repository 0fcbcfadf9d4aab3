"""<Conference>: connects several calls."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.twilio.twiml.sentences import party
from local.twilio.twiml.verbs import Dial, Dialed, Left, Target
from local.twilio.users.browser_user import BrowserUser
from local.twilio.users.handset_user import HungUp
from local.twilio.voice.call_leg import CallLeg
from local.twilio.voice.conversation import CONVERSATION_SECONDS, record_conversation
from local.twilio.voice.hold_music import play_hold_music


@dataclass
class Conference:
    """One conference.

    `started` is set by the second participant, or the first later one with `startConferenceOnEnter`. `ended` ends it
    for all.
    """

    participants: list[CallLeg] = field(default_factory=list)
    may_start: bool = False
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def with_participant(self, leg: CallLeg, target: Target) -> Iterator[None]:
        """Add a participant until the `with` ends."""
        self.participants.append(leg)
        self.may_start = self.may_start or target.starts
        if self.may_start and len(self.participants) > 1:
            self.started.set()
        self._connect()
        try:
            yield
        finally:
            self.participants.remove(leg)
            if target.ends or not self.participants:
                self.ended.set()
            self._connect()

    def _connect(self) -> None:
        """Once started, show on each interactive user's screen what the others say."""
        users = [leg.user for leg in self.participants if isinstance(leg.user, BrowserUser)]
        started = self.started.is_set()
        for user in users:
            user.join([other for other in users if other is not user] if started else [], connected=started)


class Conferences:
    """The conferences by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Conference] = {}

    async def join(self, leg: CallLeg, verb: Dial, target: Target) -> Dialed:
        """Join a conference until it ends, or the user hangs up or leaves by `*` where the Dial allows it.

        Raises HungUp, with the Dial's outcome, when the user hangs up.
        """
        conference = self._open(target.address)
        others = len(conference.participants)
        limit = "" if leg.user.interactive else f", for {CONVERSATION_SECONDS} s"
        leg.report(f"is in {party(target)} with {others} other{'s' * (others != 1)}{limit}")
        begun = time.monotonic()
        with conference.with_participant(leg, target):
            await _until_over(leg, verb, target, conference)
        seconds = round(leg.user.simulated_seconds(time.monotonic() - begun, CONVERSATION_SECONDS))
        leg.call.elapsed += seconds
        recording = await record_conversation(leg, verb, seconds)
        dialed = Dialed("answered", seconds=seconds, bridged=True, recording_url=recording)
        if leg.user.has_hung_up:
            raise HungUp(dialed)
        if isinstance(leg.user, BrowserUser):
            leg.user.join([], connected=False)
        return dialed

    def _open(self, name: str) -> Conference:
        """Return the conference of that name, a new one when the last has ended."""
        conference = self._by_name.get(name)
        if conference is None or conference.ended.is_set():
            conference = self._by_name[name] = Conference()
        return conference


async def _until_over(leg: CallLeg, verb: Dial, target: Target, conference: Conference) -> None:
    """Wait for the conference's start, and then for its end or this participant's."""
    endings = [
        asyncio.create_task(conference.ended.wait()),
        asyncio.create_task(leg.user.until_hangup(or_star=verb.star_ends)),
        asyncio.create_task(_participate(leg, verb, target, conference)),
    ]
    try:
        await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in endings:
            task.cancel()
        await asyncio.gather(*endings, return_exceptions=True)


async def _participate(leg: CallLeg, verb: Dial, target: Target, conference: Conference) -> None:
    if not conference.started.is_set():
        await _wait_for_start(leg, target, conference)
    most = verb.most_seconds if leg.user.interactive else CONVERSATION_SECONDS
    await asyncio.sleep(leg.user.real_seconds(most))


async def _wait_for_start(leg: CallLeg, target: Target, conference: Conference) -> None:
    """Play the hold music until the start; a script listens to it once."""
    playing = asyncio.create_task(_play_until_start(leg, target))
    starting = asyncio.create_task(conference.started.wait())
    try:
        await asyncio.wait({playing, starting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        playing.cancel()
        starting.cancel()
        await asyncio.gather(playing, starting, return_exceptions=True)


async def _play_until_start(leg: CallLeg, target: Target) -> None:
    wait = target.wait
    while wait is not None or leg.user.interactive:
        following = await play_hold_music(leg, wait, _parameters(target))
        if isinstance(following, Left) or not leg.user.interactive:
            return
        wait = following or target.wait


def _parameters(target: Target) -> dict[str, str]:
    """https://www.twilio.com/docs/voice/twiml/conference#attributes-waiturl"""
    digest = hashlib.sha256(target.address.encode()).hexdigest()[:32]
    return {"ConferenceSid": f"CF{digest}", "FriendlyName": target.address}
