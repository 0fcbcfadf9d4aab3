"""A command's context on fakes: services in memory, and a terminal that keeps its output and answers yes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import msgspec
from azure.storage.queue import QueueMessage as AzureQueueMessage

from ops.command import CommandContext
from ops.dead_letter_queue import DeadLetterMessage, DeadLetterQueue, HiddenMessage
from ops.deployment import Deployment
from ops.errors import OpsError
from ops.operator_services import OperatorServices
from ops.terminal import Terminal
from switchboard.delivery import queued_command
from switchboard.delivery.queued_command import QueuedCommand
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.states import UNRESOLVED
from switchboard.delivery.transitions import DeadLetter
from switchboard.queues import QueueMessage
from switchboard.settings import Settings
from tests.fakes import ENVIRONMENT, FakeQueues, FakeTwilioClient
from tests.memory import MemoryLedger, MemoryOptOuts

SETTINGS = Settings.from_environ(ENVIRONMENT)
TO = "+15005550010"
TEXT = f'{{"id": "t1", "to": "{TO}", "body": "Hello"}}'


class FakeDeadLetterQueue(DeadLetterQueue):
    """The messages of `dead-letter`, in memory. The next deletion raises `failure`.

    `hidden_elsewhere` is how many more there are, which another command hides.
    """

    def __init__(self) -> None:
        self.messages: list[DeadLetterMessage] = []
        self.failure: Exception | None = None
        self.hidden_elsewhere = 0

    def add(self, body: str, *, queue: str = "sms-outbox", message_id: str = "m1", reason: str = "for a test") -> None:
        """Adds a dead letter."""
        dead_letter = DeadLetter(queue=queue, message_id=message_id, reason=reason, time="", body=body)
        own_id = f"dead-letter-{len(self.messages) + 1}"
        self.messages.append(DeadLetterMessage(own_id, dead_letter.to_json(), datetime.now(UTC), dead_letter))

    async def count(self) -> int:
        """Returns the number of all messages."""
        return len(self.messages) + self.hidden_elsewhere

    async def peek(self) -> list[DeadLetterMessage]:
        """Returns all messages."""
        return list(self.messages)

    @asynccontextmanager
    async def hide(
        self, wanted: Callable[[DeadLetterMessage], bool], show: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[list[HiddenMessage]]:
        """Yields the wanted messages."""
        yield [
            HiddenMessage(message, cast("AzureQueueMessage", SimpleNamespace(id=message.id)))
            for message in self.messages
            if wanted(message)
        ]

    async def delete(self, hidden: HiddenMessage) -> None:
        """Deletes the message, or fails once."""
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.messages.remove(hidden.message)


class FakeOperatorServices(OperatorServices):
    """Services on fakes; each fake has a second name with its own type."""

    def __init__(self) -> None:
        super().__init__(Deployment(True, ENVIRONMENT))
        self.memory = self.ledger = MemoryLedger()
        self.fake_queues = self.queues = FakeQueues()
        self.fake_twilio = self.twilio = FakeTwilioClient()
        self.fake_dead_letters = self.dead_letters = FakeDeadLetterQueue()
        self.opt_outs = MemoryOptOuts()

    async def add_unresolved(self, body: str = TEXT, *, attempt: int = 0, message_id: str = "m1") -> Stored:
        """Adds an unresolved delivery of this command, and its dead letter."""
        queued = read(body, message_id)
        claimed = msgspec.structs.replace(queued, attempt=attempt).claim(SETTINGS, "run", datetime.now(UTC))
        ended = datetime.now(UTC)
        record = msgspec.structs.replace(claimed, state=UNRESOLVED, reason="the outcome is unknown", ended_at=ended)
        self.fake_dead_letters.add(queued.to_json(attempt=attempt), message_id=message_id)
        return await self.memory.insert(record)

    def record(self) -> DeliveryRecord:
        """Returns the only record."""
        (record,) = self.memory.records()
        return record


class FakeTerminal(Terminal):
    """Keeps what a command prints and asks. `refuses` answers no to every question."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.refuses = refuses
        self.answers: list[object] = []
        self.questions: list[str] = []
        self.notes: list[str] = []

    def answer(self, data: object, *lines: str) -> None:
        """Keeps the data."""
        self.answers.append(data)

    def table(self, data: object, columns: Sequence[str], rows: object) -> None:
        """Keeps the data."""
        self.answers.append(data)

    def note(self, line: str) -> None:
        """Keeps the line."""
        self.notes.append(line)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Keeps the question, and answers it."""
        self.questions.append(question)
        if self.refuses:
            raise OpsError("not confirmed")


class FakeCommandContext(CommandContext):
    """A context on fakes."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.fake_terminal = FakeTerminal(refuses=refuses)
        super().__init__(Deployment(True, ENVIRONMENT), self.fake_terminal)
        self.fakes = self.services = FakeOperatorServices()


def read(body: str, message_id: str = "m1") -> QueuedCommand:
    """Returns the command of a message on `sms-outbox`."""
    return queued_command.read(QueueMessage("sms-outbox", message_id, body.encode()), datetime.now(UTC))
