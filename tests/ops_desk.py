"""An operator's desk whose edges are a test's own, and who says yes unless told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import msgspec
from azure.storage.queue import QueueMessage as RawMessage

from ops.desk import Desk
from ops.errors import OpsError
from ops.letters import DeadLetters, Held, Letter
from ops.operator_services import OperatorServices
from ops.place import Place
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


class FakeLetters(DeadLetters):
    """What lies in `dead-letter`, in memory. `failure` is raised by the next deletion."""

    def __init__(self) -> None:
        self.lying: list[Letter] = []
        self.failure: Exception | None = None

    def bury(self, body: str, *, queue: str = "sms-outbox", message_id: str = "m1", reason: str = "for a test") -> None:
        """Put a letter there."""
        letter = DeadLetter(queue=queue, message_id=message_id, reason=reason, time="", body=body)
        self.lying.append(Letter(f"letter-{len(self.lying) + 1}", letter.to_json(), datetime.now(UTC), letter))

    async def count(self) -> int:
        """All of them."""
        return len(self.lying)

    async def peek(self) -> list[Letter]:
        """All of them."""
        return list(self.lying)

    @asynccontextmanager
    async def held(
        self, wanted: Callable[[Letter], bool], show: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[list[Held]]:
        """Those that are wanted."""
        yield [
            Held(letter, cast("RawMessage", SimpleNamespace(id=letter.id))) for letter in self.lying if wanted(letter)
        ]

    async def delete(self, held: Held) -> None:
        """Take it away, or fail once."""
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.lying.remove(held.letter)


class FakeOperatorServices(OperatorServices):
    """Edges in hand."""

    def __init__(self) -> None:
        super().__init__(Place(True, ENVIRONMENT))
        self.memory = self.ledger = MemoryLedger()
        self.fake_queues = self.queues = FakeQueues()
        self.list = self.twilio = FakeTwilioClient()
        self.buried = self.letters = FakeLetters()
        self.opt_outs = MemoryOptOuts()

    async def unresolved(self, body: str = TEXT, *, attempt: int = 0, message_id: str = "m1") -> Stored:
        """A delivery of this command that nobody could settle, with its dead letter."""
        order = read(body, message_id)
        claimed = msgspec.structs.replace(order, attempt=attempt).claim(SETTINGS, "run", datetime.now(UTC))
        ended = datetime.now(UTC)
        record = msgspec.structs.replace(claimed, state=UNRESOLVED, reason="nobody could tell", ended_at=ended)
        self.buried.bury(order.to_json(attempt=attempt), message_id=message_id)
        return await self.memory.insert(record)

    def record(self) -> DeliveryRecord:
        """The only one there is."""
        (record,) = self.memory.records()
        return record


class FakeTerminal(Terminal):
    """Keeps what is said. `refuses` says no to every question."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.refuses = refuses
        self.answers: list[object] = []
        self.asked: list[str] = []
        self.notes: list[str] = []

    def answer(self, data: object, *lines: str) -> None:
        """Keep it."""
        self.answers.append(data)

    def table(self, data: object, columns: Sequence[str], rows: object) -> None:
        """Keep it."""
        self.answers.append(data)

    def note(self, line: str) -> None:
        """Keep it."""
        self.notes.append(line)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Keep the question, and say yes or no."""
        self.asked.append(question)
        if self.refuses:
            raise OpsError("nothing was done")


class FakeDesk(Desk):
    """A desk on fakes."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.said = FakeTerminal(refuses=refuses)
        super().__init__(Place(True, ENVIRONMENT), self.said)
        self.fakes = self.edges = FakeOperatorServices()


def read(body: str, message_id: str = "m1") -> QueuedCommand:
    """The order that a message of `sms-outbox` holds."""
    return queued_command.read(QueueMessage("sms-outbox", message_id, body.encode()), datetime.now(UTC))
