"""The queue `dead-letter`: read without taking messages, or hidden from others for a moment.

A queue lets a reader peek at 32 messages. To see more, or to delete one, a program receives the messages: they are
invisible to others, and become visible again when the program ends, or after HIDDEN_SECONDS if it crashes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage as AzureQueueMessage
from azure.storage.queue.aio import QueueServiceClient

from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import queued_command
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.transitions import DeadLetter
from switchboard.errors import CommandRefused, StorageUnavailable
from switchboard.queues import DEAD_LETTER, QueueMessage

MOST_PEEKED = 32
HIDDEN_SECONDS = 600


class DeadLetterMessage(msgspec.Struct, frozen=True):
    """A message of `dead-letter`. `id` is its own id on this queue.

    `dead_letter` is None when the original message was too large for a reason beside it: then `content` is the
    original message.
    """

    id: str
    content: str
    inserted_at: datetime | None
    dead_letter: DeadLetter | None

    @classmethod
    def read(cls, message: AzureQueueMessage) -> DeadLetterMessage:
        """Reads a message as the queue returned it."""
        content = str(message.content)
        try:
            dead_letter = msgspec.json.decode(content, type=DeadLetter)
        except msgspec.MsgspecError:
            dead_letter = None
        return cls(message.id, content, message.inserted_on, dead_letter)

    @property
    def outbox(self) -> str:
        """The outbox that the message came from, "" when the dead letter does not name one."""
        return self.dead_letter.queue if self.dead_letter and self.dead_letter.queue in COMMAND_TYPES else ""

    @property
    def body(self) -> str:
        """The original message's body."""
        return self.dead_letter.body if self.dead_letter else self.content

    @property
    def reason(self) -> str:
        """Why it is a dead letter."""
        return self.dead_letter.reason if self.dead_letter else "unknown: the message is too large for a reason"

    def queued_command(self, outbox: str = "") -> QueuedCommand:
        """Returns the command that it contains; `outbox` is for a message without one. Raises CommandRefused."""
        came_from = self.outbox or outbox
        if not came_from:
            raise CommandRefused("the dead letter does not name its outbox")
        message_id = self.dead_letter.message_id if self.dead_letter else self.id
        return queued_command.read(QueueMessage(came_from, message_id, self.body.encode()), datetime.now(UTC))

    @property
    def command_id(self) -> str:
        """The command's id, "" when there is no valid command."""
        try:
            return self.queued_command().key.id
        except CommandRefused:
            return ""

    def has_id(self, name: str) -> bool:
        """Returns whether `name` is its own id, its original message's or its command's."""
        return name in (self.id, self.dead_letter.message_id if self.dead_letter else "", self.command_id)


class HiddenMessage(msgspec.Struct, frozen=True):
    """A dead letter that is invisible to others now, with the receipt that deletes it."""

    message: DeadLetterMessage
    receipt: AzureQueueMessage


class DeadLetterQueue:
    """Reads and deletes messages of `dead-letter`."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._queue = service.get_queue_client(DEAD_LETTER)

    async def count(self) -> int:
        """Returns the approximate number of messages."""
        try:
            return (await self._queue.get_queue_properties()).approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    async def peek(self) -> list[DeadLetterMessage]:
        """Returns the oldest messages, 32 at most, without hiding them."""
        try:
            return [DeadLetterMessage.read(message) for message in await self._queue.peek_messages(MOST_PEEKED)]
        except ResourceNotFoundError:
            return []

    @asynccontextmanager
    async def hide(
        self, wanted: Callable[[DeadLetterMessage], bool], show: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[list[HiddenMessage]]:
        """Hides all messages and yields the wanted ones; at the end makes visible what was not deleted."""
        hidden: dict[str, HiddenMessage] = {}
        try:
            async for message in self._receive():
                hidden[message.id] = HiddenMessage(DeadLetterMessage.read(message), message)
                show(f"{len(hidden):,} dead letters read")
            yield [each for each in hidden.values() if wanted(each.message)]
        finally:
            await self._make_visible(hidden)

    async def delete(self, hidden: HiddenMessage) -> None:
        """Deletes a hidden message."""
        await self._queue.delete_message(hidden.receipt)

    async def _receive(self) -> AsyncIterator[AzureQueueMessage]:
        try:
            async for message in self._queue.receive_messages(
                messages_per_page=MOST_PEEKED, visibility_timeout=HIDDEN_SECONDS
            ):
                yield message
        except ResourceNotFoundError:
            return

    async def _make_visible(self, hidden: dict[str, HiddenMessage]) -> None:
        """Ends the hiding of each message. One that fails does not keep the others hidden."""
        failures = []
        for each in hidden.values():
            try:
                await self._queue.update_message(each.receipt, visibility_timeout=0)
            except ResourceNotFoundError:
                continue  # it was deleted
            except AzureError as error:
                failures.append(error)
        if failures:
            raise StorageUnavailable(
                f"{len(failures)} dead letters stay hidden for {HIDDEN_SECONDS // 60} minutes at most"
            ) from failures[0]
