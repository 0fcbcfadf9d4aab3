"""Conferences: rooms in which several calls meet."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.twilio.holding import hear_while_waiting
from local.twilio.line import Line
from local.twilio.people import HungUp
from local.twilio.recordings import record_conversation
from local.twilio.talking import CONVERSATION_SECONDS
from local.twilio.twiml.sentences import party
from local.twilio.twiml.steps import Dial, Dialed, Left, Target

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall


@dataclass
class Room:
    """Who is in it. It is `started` by the second who comes, once one is there who may start it; `over` for all."""

    members: list[LiveCall] = field(default_factory=list)
    may_start: bool = False
    started: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def with_member(self, live: LiveCall, target: Target) -> Iterator[None]:
        """Be in the room for as long as it lasts."""
        self.members.append(live)
        self.may_start = self.may_start or target.starts
        if self.may_start and len(self.members) > 1:
            self.started.set()
        self._introduce()
        try:
            yield
        finally:
            self.members.remove(live)
            if target.ends or not self.members:
                self.over.set()
            self._introduce()

    def _introduce(self) -> None:
        """What one says at a handset is on the screens of all others, once the conference has started."""
        lines = [live.person for live in self.members if isinstance(live.person, Line)]
        for line in lines:
            line.partners = [other for other in lines if other is not line] if self.started.is_set() else []
            line.screen.show(connected=self.started.is_set())


async def join(live: LiveCall, step: Dial, target: Target) -> Dialed:
    """Be in a conference until it is over, or the caller leaves: by hanging up, or by `*` where that is allowed.

    Raises HungUp with what the Dial's action is told, when the caller hangs up.
    """
    rooms = live.exchange.conferences
    room = rooms.get(target.address)
    if room is None or room.over.is_set():
        room = rooms[target.address] = Room()
    others = len(room.members)
    stay = "" if live.person.at_handset else f", for {CONVERSATION_SECONDS} s"
    live.tell(f"is in {party(target)} with {others} other{'s' * (others != 1)}{stay}")
    begun = time.monotonic()
    with room.with_member(live, target):
        await _attend(live, step, target, room)
    seconds = round(live.person.passed(time.monotonic() - begun, CONVERSATION_SECONDS))
    live.call.elapsed += seconds
    recorded = await record_conversation(live, step, seconds)
    dialed = Dialed("answered", seconds=seconds, bridged=True, recording_url=recorded)
    if live.person.gone:
        raise HungUp(dialed)
    if isinstance(live.person, Line):
        live.person.screen.show(connected=False)
    return dialed


async def _attend(live: LiveCall, step: Dial, target: Target, room: Room) -> None:
    """Wait for the conference to start, and stay in it."""
    staying = [
        asyncio.create_task(room.over.wait()),
        asyncio.create_task(live.person.leave(by_star=step.star_ends)),
        asyncio.create_task(_take_part(live, step, target, room)),
    ]
    try:
        await asyncio.wait(staying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)


async def _take_part(live: LiveCall, step: Dial, target: Target, room: Room) -> None:
    if not room.started.is_set():
        await _wait_for_start(live, target, room)
    await asyncio.sleep(live.person.real(step.most_seconds if live.person.at_handset else CONVERSATION_SECONDS))


async def _wait_for_start(live: LiveCall, target: Target, room: Room) -> None:
    """Hear the conference's waiting music, again and again at a handset and once by a script."""
    waiting = asyncio.create_task(_hear_music(live, target))
    starting = asyncio.create_task(room.started.wait())
    try:
        await asyncio.wait({waiting, starting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        starting.cancel()
        await asyncio.gather(waiting, starting, return_exceptions=True)


async def _hear_music(live: LiveCall, target: Target) -> None:
    wait = target.wait
    while wait is not None or live.person.at_handset:
        following = await hear_while_waiting(live, wait, _parameters(target))
        if isinstance(following, Left) or not live.person.at_handset:
            return
        wait = following or target.wait


def _parameters(target: Target) -> dict[str, str]:
    """https://www.twilio.com/docs/voice/twiml/conference#attributes-waiturl"""
    digest = hashlib.sha256(target.address.encode()).hexdigest()[:32]
    return {"ConferenceSid": f"CF{digest}", "FriendlyName": target.address}
