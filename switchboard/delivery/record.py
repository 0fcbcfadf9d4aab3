"""The delivery record: the stored state of one command to one recipient, visible to every worker.

All records of one recipient are in one partition, so a claim is one conditional write and a recipient's history is one
query. A record holds the recipient's number, for operators, but never the body.
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from switchboard.delivery import states
from switchboard.delivery.states import Kind, Phase
from switchboard.text import IDENTIFIER, short_digest, whole_number

_PARTITION = "[0-9a-f]{32}"


class DeliveryKey(msgspec.Struct, frozen=True):
    """Identifies a delivery. `partition` is the recipient's digest, `id` the sender's own id or the queue message's."""

    partition: str
    kind: Kind
    id: str

    @classmethod
    def of(cls, kind: Kind, to: str, command_id: str) -> DeliveryKey:
        """Returns the key of a command to this recipient."""
        return cls(partition_of(to), kind, command_id)

    @property
    def row(self) -> str:
        """`sms:<id>` or `call:<id>`: unique within the partition."""
        return f"{self.kind}:{self.id}"

    @property
    def outbox(self) -> str:
        """The queue that commands of this kind are read from."""
        return f"{self.kind}-outbox"

    def callback_id(self, attempt: int) -> str:
        """Returns the `id` of a status callback's URL: partition, attempt and id, without the number."""
        return f"{self.partition}.{attempt}.{self.id}"


class CallbackId(msgspec.Struct, frozen=True):
    """The `id` of a status callback's URL: which delivery, and which attempt Twilio received the URL with."""

    key: DeliveryKey
    attempt: int

    @classmethod
    def parse(cls, kind: Kind, text: str) -> CallbackId | None:
        """Reads the `id`; None when Switchboard did not write it."""
        partition, _, rest = text.partition(".")
        attempt_text, _, command_id = rest.partition(".")
        attempt = whole_number(attempt_text)
        if attempt is None or not re.fullmatch(_PARTITION, partition) or not re.fullmatch(IDENTIFIER, command_id):
            return None
        return cls(DeliveryKey(partition, kind, command_id), attempt)


class DeliveryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one delivery. The fields are the columns of the table.

    `attempt` counts from 0; in the state released it is the attempt that waits on the queue. `run` is the random token
    of the write that made this version: a worker recognizes its own write by it. `sender` is the number, name or
    messaging service. `fingerprint` detects the same id with other content. `body_digest` and `body_length` recognize
    the text in Twilio's list. `sids` are Twilio's; the first one is certainly ours. `word` is the last status from
    Twilio that has no place in the order of states. `code` is Twilio's error code, `reason` its message or ours.
    `empty_looks` counts the reconciliations that found nothing at Twilio.
    """

    key: DeliveryKey
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
        return states.phase(self.key.kind, self.state)

    def __repr__(self) -> str:
        """Leaves the number out."""
        return f"DeliveryRecord({self.key.row} {self.state} attempt={self.attempt})"


class Stored(msgspec.Struct, frozen=True):
    """A record as read or written, with its version.

    `age` is the number of seconds since the write, by the table's own clock.
    """

    record: DeliveryRecord
    etag: str
    age: float = 0.0


def partition_of(to: str) -> str:
    """Returns the partition of a recipient: a digest, because row and partition keys appear in URLs and logs."""
    return short_digest(to)
