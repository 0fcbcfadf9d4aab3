"""What everything on Twilio's side shares: the account, the wire to the app, the phones, and the work in progress."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.twilio.account import Account
from local.twilio.configuration import Configuration
from local.twilio.desk import Desk
from local.twilio.faults import Faults
from local.twilio.handsets import Handsets
from local.twilio.options import StandInOptions
from local.twilio.people import ScriptedPerson
from local.twilio.records import Fetch, Message
from local.twilio.webhooks import Webhook, Webhooks
from local.twilio.wire import Wire

if TYPE_CHECKING:
    from local.twilio.calls import LiveCall
    from local.twilio.conferences import Room


class Work:
    """What goes on beside the requests: texts on their way, calls in progress."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin something that ends by itself; a failure of it is told, not lost."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    async def stop(self) -> None:
        """End all of it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._say(f"the stand-in itself failed: {error!r}")


@dataclass
class Waiting:
    """A caller in a queue: `connected` is set when somebody dials the queue, `finished` when they have spoken.

    `announcement` is what the caller hears first: the document of the Queue that was dialled.
    """

    live: LiveCall
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    announcement: Fetch | None = None


@dataclass
class Exchange:
    """The stand-in's parts. `live` holds the calls in progress by SID, `queues` who waits where.

    `held` are the status callbacks, by SID, that are told out of their order at the end.
    """

    options: StandInOptions
    account: Account
    handsets: Handsets
    wire: Wire
    webhooks: Webhooks
    work: Work
    desk: Desk
    faults: Faults
    say: Callable[[str], None]
    url: str = ""
    deliver: Callable[[Message], None] = lambda _: None
    held: dict[str, list[Webhook]] = field(default_factory=dict)
    live: dict[str, LiveCall] = field(default_factory=dict)
    queues: dict[str, deque[Waiting]] = field(default_factory=dict)
    conferences: dict[str, Room] = field(default_factory=dict)
    configuration: Configuration = field(init=False)

    def __post_init__(self) -> None:
        self.configuration = Configuration(self.options)

    def owner(self, number: str) -> ScriptedPerson:
        """Who answers a phone that is not on the page."""
        return ScriptedPerson.with_handset(number, self.handsets.of(number), self.options.pace)
