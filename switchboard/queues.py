"""The queues by name, their messages, and the protocols of what writes and measures them."""

from __future__ import annotations

import base64
import binascii
import codecs
from datetime import datetime
from typing import Protocol

import msgspec

from switchboard.errors import CommandRefused

SMS_OUTBOX = "sms-outbox"
CALL_OUTBOX = "call-outbox"
EVENTS = "events"
DEAD_LETTER = "dead-letter"
POISON_SUFFIX = "-poison"

OUTBOXES = (SMS_OUTBOX, CALL_OUTBOX)
# Every queue of the app. infra/ creates the same ones, and a test compares.
QUEUES = (*OUTBOXES, EVENTS, *(outbox + POISON_SUFFIX for outbox in OUTBOXES), DEAD_LETTER)

# https://learn.microsoft.com/azure/storage/queues/storage-queues-introduction
LARGEST_MESSAGE = 64 * 1024
NEVER_EXPIRES = -1


class QueueMessage(msgspec.Struct, frozen=True):
    """A message as its queue delivers it. `id` is the queue's own, `inserted_at` the time of insertion if known."""

    queue: str
    id: str
    body: bytes
    inserted_at: datetime | None = None

    @property
    def outbox(self) -> str:
        """The queue that the message was first put on: a poison queue's name without its suffix."""
        return self.queue.removesuffix(POISON_SUFFIX)

    @property
    def is_poison(self) -> bool:
        """Whether the message comes from a poison queue."""
        return self.queue.endswith(POISON_SUFFIX)


class QueueDepth(msgspec.Struct, frozen=True):
    """How many messages a queue holds, approximately, and when the oldest visible one was inserted."""

    messages: int
    oldest: datetime | None


class QueueWriter(Protocol):
    """Writes messages to queues. Each method raises StorageUnavailable."""

    async def put(self, queue: str, body: str, *, time_to_live: int | None = None, delay: float = 0) -> None:
        """Adds a message that becomes visible after `delay` seconds.

        `time_to_live` is in seconds, NEVER_EXPIRES, or None for the service's default of seven days.
        """

    async def check(self) -> None:
        """Checks that queue storage can be reached."""


class QueueGauge(Protocol):
    """Measures queues. Raises StorageUnavailable."""

    async def depth(self, queue: str) -> QueueDepth:
        """Returns the depth of a queue; an absent queue is empty."""


def encode(message: object) -> str:
    """Returns JSON for a queue. Queue Storage carries it inside XML, which cannot hold U+FFFE and U+FFFF."""
    return msgspec.json.encode(message).decode().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def read_json(body: bytes) -> object:
    """Returns the JSON value of a queue message, as clients write them. Raises CommandRefused.

    UTF-8, or UTF-16 with a byte order mark. A body that is not JSON is read as base64 of JSON, which is Azure
    Functions' default: with line breaks or without, with padding or without.
    """
    for candidate in (body, _from_base64(body)):
        try:
            return msgspec.json.decode(_to_utf_8(candidate))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    raise CommandRefused("the message is not JSON, nor base64 of JSON")


def _to_utf_8(body: bytes) -> bytes:
    """Returns UTF-8 without a byte order mark. Raises UnicodeDecodeError."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16").encode()
    return body.removeprefix(codecs.BOM_UTF8)


def _from_base64(body: bytes) -> bytes:
    digits = b"".join(body.removeprefix(codecs.BOM_UTF8).split()).rstrip(b"=")
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
