"""What lies in `dead-letter`: looked at without taking, or held for a moment and put back.

A queue shows 32 messages to who only looks. Whoever wants more, or one of them for good, takes them: they are hidden
from others meanwhile, and come back by themselves if this program ends before it has put them back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage as RawMessage
from azure.storage.queue.aio import QueueServiceClient

from switchboard.commands import COMMAND_TYPES
from switchboard.delivery import queued_command
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.transitions import DeadLetter
from switchboard.errors import CommandRefused
from switchboard.queues import DEAD_LETTER, QueueMessage

MOST_PEEKED = 32
HIDDEN_SECONDS = 600


class Letter(msgspec.Struct, frozen=True):
    """A dead letter. `id` is its own in `dead-letter`; `letter` None for a message too large for a reason beside it.

    `queue` is the outbox that it came from, "" when only a person can say.
    """

    id: str
    content: str
    buried: datetime | None
    letter: DeadLetter | None

    @classmethod
    def read(cls, message: RawMessage) -> Letter:
        """A message as the queue gave it."""
        content = str(message.content)
        try:
            letter = msgspec.json.decode(content, type=DeadLetter)
        except msgspec.MsgspecError:
            letter = None
        return cls(message.id, content, message.inserted_on, letter)

    @property
    def queue(self) -> str:
        """The outbox it came from."""
        return self.letter.queue if self.letter and self.letter.queue in COMMAND_TYPES else ""

    @property
    def body(self) -> str:
        """The message as its sender, or we, had put it on the outbox."""
        return self.letter.body if self.letter else self.content

    @property
    def reason(self) -> str:
        """Why it lies here."""
        return self.letter.reason if self.letter else "unknown: the message was too large for a reason beside it"

    def order(self, queue: str = "") -> QueuedCommand:
        """What it asks for, as a message of that queue. Raises CommandRefused when it is no command."""
        came_from = self.queue or queue
        if not came_from:
            raise CommandRefused("the letter does not say which queue it came from")
        message_id = self.letter.message_id if self.letter else self.id
        return queued_command.read(QueueMessage(came_from, message_id, self.body.encode()), datetime.now(UTC))

    @property
    def command_id(self) -> str:
        """The command's id, "" where it has none or is no command."""
        try:
            return self.order().key.id
        except CommandRefused:
            return ""

    def is_named(self, name: str) -> bool:
        """Whether somebody may call it so: by its own id, its message's, or its command's."""
        return name in (self.id, self.letter.message_id if self.letter else "", self.command_id)


class Held(msgspec.Struct, frozen=True):
    """A letter that nobody else sees at this moment, and how to delete it for good."""

    letter: Letter
    receipt: RawMessage


class DeadLetters:
    """The queue `dead-letter`."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._queue = service.get_queue_client(DEAD_LETTER)

    async def count(self) -> int:
        """How many there are, about."""
        try:
            return (await self._queue.get_queue_properties()).approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    async def peek(self) -> list[Letter]:
        """The oldest, 32 at most; they stay as they are."""
        try:
            return [Letter.read(message) for message in await self._queue.peek_messages(MOST_PEEKED)]
        except ResourceNotFoundError:
            return []

    @asynccontextmanager
    async def held(
        self, wanted: Callable[[Letter], bool], show: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[list[Held]]:
        """Hold those that are wanted; on leaving, all that was not deleted is put back."""
        held: dict[str, Held] = {}
        try:
            async for message in self._take():
                held[message.id] = Held(Letter.read(message), message)
                show(f"{len(held):,} dead letters looked at")
            yield [each for each in held.values() if wanted(each.letter)]
        finally:
            await self._put_back(held)

    async def delete(self, held: Held) -> None:
        """Take it away for good."""
        await self._queue.delete_message(held.receipt)

    async def _take(self) -> AsyncIterator[RawMessage]:
        try:
            async for message in self._queue.receive_messages(
                messages_per_page=MOST_PEEKED, visibility_timeout=HIDDEN_SECONDS
            ):
                yield message
        except ResourceNotFoundError:
            return

    async def _put_back(self, held: dict[str, Held]) -> None:
        for each in held.values():
            try:
                await self._queue.update_message(each.receipt, visibility_timeout=0)
            except ResourceNotFoundError:
                continue  # it was deleted
