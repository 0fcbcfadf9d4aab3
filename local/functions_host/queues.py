"""Queue triggers: who takes messages, when, and how many at once.

Source of the rules: the storage extension's QueueListener.cs and QueueProcessor.cs in azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage

from local.functions_host.handling import Handling
from local.functions_host.host_json import QueueRules
from local.functions_host.pauses import Pauses, within
from local.functions_host.storage import Reachability, create


class Listener:
    """Takes the messages of one queue, for one function."""

    def __init__(self, handling: Handling, rules: QueueRules, reachability: Reachability) -> None:
        self._handling = handling
        self._queue = handling.queue
        self._rules = rules
        self._reachability = reachability
        self._pauses = Pauses(rules.max_polling_interval)
        self._running: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def running(self) -> frozenset[asyncio.Task[None]]:
        """The messages that are worked on."""
        return frozenset(self._running)

    async def listen(self) -> None:
        """Take messages until told to stop."""
        while not self._stopping.is_set():
            taken = await self._take()
            for message in taken:
                self._begin(message)
            if taken:
                self._pauses.reset()
                await self._until_there_is_room()
            else:
                await within(self._pauses.next(), self._stopping)

    def stop(self) -> None:
        """Take no more. Not by cancelling: a batch on its way would stay hidden until its lease ends."""
        self._stopping.set()
        self._ended.set()

    async def _until_there_is_room(self) -> None:
        while len(self._running) > self._rules.new_batch_threshold and not self._stopping.is_set():
            self._ended.clear()
            await self._ended.wait()

    async def _take(self) -> list[QueueMessage]:
        """Up to a batch of messages; none while storage is away."""
        try:
            messages = await self._receive()
        except ResourceNotFoundError:
            messages = await self._make_queue()
        except AzureError as error:
            self._reachability.lost(error)
            return []
        self._reachability.found()
        return messages

    async def _receive(self) -> list[QueueMessage]:
        pages = self._queue.receive_messages(
            messages_per_page=self._rules.batch_size, visibility_timeout=self._handling.lease_seconds
        ).by_page()
        # One page only: the next would be a second batch.
        async for page in pages:
            return [message async for message in page]
        return []

    async def _make_queue(self) -> list[QueueMessage]:
        try:
            await create(self._queue)
        except AzureError as error:
            self._reachability.lost(error)
        return []

    def _begin(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._handling.handle(message))
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._ended.set()
