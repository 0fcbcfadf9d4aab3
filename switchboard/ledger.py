"""The delivery record: what is known of one command, kept where every worker sees it.

Everything about one recipient lies in one partition, so a claim is one conditional write and a recipient's history
one query. A record holds the number, for people who look after a delivery, but never the body.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

import msgspec

from switchboard import status
from switchboard.commands import IDENTIFIER
from switchboard.errors import SwitchboardError
from switchboard.status import Kind, Phase

HASH = re.compile("[0-9a-f]{32}")


class Key(msgspec.Struct, frozen=True):
    """Which delivery: `partition` stands for the recipient (`hashed`), `id` is the sender's own or the message's."""

    partition: str
    kind: Kind
    id: str

    @classmethod
    def of(cls, kind: Kind, to: str, command_id: str) -> Key:
        """The key of a command to this recipient."""
        return cls(hashed(to), kind, command_id)

    @property
    def row(self) -> str:
        """`sms:<id>` or `call:<id>`: unique within the partition."""
        return f"{self.kind}:{self.id}"

    def reference(self, attempt: int) -> str:
        """What a status callback's URL carries: opaque, and without the number."""
        return f"{self.partition}.{attempt}.{self.id}"


class Reference(msgspec.Struct, frozen=True):
    """What a status callback says of itself: which delivery, and at which attempt Twilio was given its URL."""

    key: Key
    attempt: int

    @classmethod
    def parse(cls, kind: Kind, text: str) -> Reference | None:
        """Read the `id` of a status URL; None when it is none of ours."""
        partition, _, rest = text.partition(".")
        attempt, _, command_id = rest.partition(".")
        numeric = attempt.isascii() and attempt.isdigit() and len(attempt) < 10
        if not numeric or not HASH.fullmatch(partition) or not IDENTIFIER.fullmatch(command_id):
            return None
        return cls(Key(partition, kind, command_id), int(attempt))


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, as it stands.

    `attempt` counts from 0; in the state released it is the attempt that waits. `run` is the random token of the
    write that made this version, by which a worker knows its own. `sender` is the number, name or messaging service it
    goes out by. `fingerprint` tells the same id with other content; `body_digest` and `body_length` recognise the text
    at Twilio. `sids` are Twilio's, the first one ours beyond doubt. `word` is Twilio's last word that we have no order
    for; `code` its error code, `reason` its sentence or ours. `empty_looks` counts how often Twilio, asked, knew
    nothing of it.
    """

    key: Key
    to: str
    state: str
    attempt: int
    run: str
    first_seen: datetime
    give_up_at: datetime
    fingerprint: str
    sender: str = ""
    body_digest: str = ""
    body_length: int = 0
    first_claimed_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    sids: tuple[str, ...] = ()
    word: str = ""
    code: int = 0
    reason: str = ""
    empty_looks: int = 0

    @property
    def phase(self) -> Phase:
        """open, accepted or ended."""
        return status.phase(self.key.kind, self.state)

    def __repr__(self) -> str:
        """Not the number."""
        return f"Record({self.key.row} {self.state} attempt={self.attempt})"


class Stored(msgspec.Struct, frozen=True):
    """A record as it was read or written: its version, and how many seconds ago that was by the table's own clock."""

    record: Record
    etag: str
    age: float = 0.0


class RecordExists(SwitchboardError):
    """There is a record by this key already."""


class RecordChanged(SwitchboardError):
    """Somebody wrote the record since it was read."""


class Ledger(Protocol):
    """Where records are kept. Each method raises StorageUnavailable when the table does not answer."""

    async def insert(self, record: Record) -> Stored:
        """Write a new record. Raises RecordExists."""

    async def replace(self, stored: Stored, record: Record) -> Stored:
        """Write over the version that was read. Raises RecordChanged."""

    async def read(self, key: Key) -> Stored | None:
        """The record by this key, None when there is none."""

    async def of_recipient(self, partition: str) -> list[Stored]:
        """Every record of one recipient."""

    def older(self, phase: Phase, seconds: float) -> AsyncIterator[list[Stored]]:
        """Page by page, the records of a phase that nobody wrote for so long. Writing to them meanwhile is fine."""

    async def delete(self, stored: Stored) -> None:
        """Remove the version that was read; fine when it is gone already. Raises RecordChanged."""

    async def check(self) -> None:
        """Whether the table can be reached at this moment."""


class OptOuts(Protocol):
    """Who told whom to stop. Each method raises StorageUnavailable when the table does not answer."""

    async def add(self, partition: str, sender: str) -> None:
        """This recipient told this sender to stop. Told twice is told once."""

    async def remove(self, partition: str, sender: str) -> None:
        """This recipient takes texts of this sender again."""

    async def has(self, partition: str, sender: str) -> bool:
        """Did this recipient tell this sender to stop?"""


def hashed(to: str) -> str:
    """The first 32 hex digits of SHA-256: what stands for a number wherever the number itself must not."""
    return hashlib.sha256(to.encode()).hexdigest()[:32]
