"""Queue triggers: polls a queue, and starts the processing of its messages.

Source of the rules: the storage extension's QueueListener.cs and QueueProcessor.cs in azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage

from local.functions_host.backoff import PollingBackoff, is_set_within
from local.functions_host.host_json import QueueRules
from local.functions_host.message_processor import MessageProcessor
from local.functions_host.storage import StorageMonitor, create


class QueueListener:
    """Receives the messages of one queue, for one function."""

    def __init__(self, processor: MessageProcessor, rules: QueueRules, monitor: StorageMonitor) -> None:
        self._processor = processor
        self._queue = processor.queue
        self._rules = rules
        self._monitor = monitor
        self._backoff = PollingBackoff(rules.max_polling_interval)
        self._running: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def running(self) -> frozenset[asyncio.Task[None]]:
        """The tasks of the messages in progress."""
        return frozenset(self._running)

    async def listen(self) -> None:
        """Receive messages until `stop`."""
        while not self._stopping.is_set():
            messages = await self._receive()
            for message in messages:
                self._begin(message)
            if messages:
                self._backoff.reset()
                await self._until_below_threshold()
            else:
                await is_set_within(self._backoff.next(), self._stopping)

    def stop(self) -> None:
        """Receive no more. Not by cancellation: a batch in transit would stay hidden until its lease ends."""
        self._stopping.set()
        self._ended.set()

    async def _until_below_threshold(self) -> None:
        while len(self._running) > self._rules.new_batch_threshold and not self._stopping.is_set():
            self._ended.clear()
            await self._ended.wait()

    async def _receive(self) -> list[QueueMessage]:
        """Receive a batch of messages; an empty one while storage is unavailable."""
        try:
            messages = await self._request_batch()
        except ResourceNotFoundError:
            messages = await self._create_queue()
        except AzureError as error:
            self._monitor.failed(error)
            return []
        self._monitor.answered()
        return messages

    async def _request_batch(self) -> list[QueueMessage]:
        pages = self._queue.receive_messages(
            messages_per_page=self._rules.batch_size, visibility_timeout=self._processor.lease_seconds
        ).by_page()
        # One page only: the next would be a second batch.
        async for page in pages:
            return [message async for message in page]
        return []

    async def _create_queue(self) -> list[QueueMessage]:
        try:
            await create(self._queue)
        except AzureError as error:
            self._monitor.failed(error)
        return []

    def _begin(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._processor.process(message))
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._ended.set()
