"""Publishing events: one protocol with one method, and its implementation on the queue `events`.

Another event sink (Event Grid, Service Bus) is another class with `publish`, built in services.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from switchboard.events import AnyEvent, Event, SmsReceivedData, TeamEvent, WebhookData
from switchboard.queues import EVENTS, LARGEST_MESSAGE, QueueWriter, encode

# Less than a queue takes: Azurite counts a character that two of its buffers share more than once.
LARGEST_EVENT = LARGEST_MESSAGE - 1024
# What the names of cut parameters may take of a message.
MOST_NAMES = 16 * 1024
MORE_PARAMETERS = "parameters.*"


class EventPublisher(Protocol):
    """Publishes events to other systems."""

    async def publish(self, event: AnyEvent | TeamEvent) -> None:
        """Publishes one event. Raises StorageUnavailable; the caller must not go on as if it were published."""


class QueuePublisher(msgspec.Struct, frozen=True):
    """Publishes events as JSON messages on the queue `events`. `source` is the CloudEvents attribute of each."""

    queues: QueueWriter
    source: str

    async def publish(self, event: AnyEvent | TeamEvent) -> None:
        """Puts the event on the queue, cut where it is too large. Raises StorageUnavailable.

        A team's event is never too large: a flow cannot publish one.
        """
        sent = msgspec.structs.replace(event, source=self.source)
        await self.queues.put(EVENTS, encode(sent) if isinstance(sent, TeamEvent) else fit(sent))


def source_of(account_sid: str) -> str:
    """Returns the CloudEvents `source` of a deployment's events."""
    return f"/switchboard/{account_sid}"


def fit(event: Event, limit: int = LARGEST_EVENT) -> str:
    """Returns the JSON of an event, of at most `limit` bytes.

    Cuts the largest of `data.parameters` first, each as a whole, then the end of the longest text. `data.truncated`
    names them.
    """
    whole = encode(event)
    if len(whole.encode()) <= limit:
        return whole
    event = _without_largest_parameters(event, limit)
    if _excess(event, limit) > 0 and isinstance(event.data, SmsReceivedData) and _is_mostly_media(event.data):
        event = _with(event, media=(), truncated=(*event.data.truncated, "media"))
    for name in _longest_texts(event):
        if _excess(event, limit) <= 0:
            break
        event = _with_shorter_text(event, name, limit)
    if _excess(event, limit) > 0 and isinstance(event.data, SmsReceivedData):
        event = _with(event, media=(), truncated=(*event.data.truncated, "media"))
    return encode(event)


def _is_mostly_media(data: SmsReceivedData) -> bool:
    return len(encode(data.media).encode()) > _size(data.body)


def _without_largest_parameters(event: Event, limit: int) -> Event:
    data = event.data
    if not isinstance(data, WebhookData):
        return event
    largest_first = sorted(data.parameters, key=lambda name: _size(name, data.parameters[name]), reverse=True)
    kept, cut = dict(data.parameters), list[str]()
    while largest_first and (excess := _excess(event, limit)) > 0:
        while largest_first and excess > 0:
            name = largest_first.pop(0)
            excess -= _size(name, kept.pop(name))
            cut.append(name)
        event = _with(event, parameters=kept, truncated=(*data.truncated, *_names_of(cut)))
    return event


def _names_of(cut: list[str]) -> Iterator[str]:
    """Yields `parameters.<name>` of each cut parameter, as far as they are small enough, else MORE_PARAMETERS."""
    left = MOST_NAMES
    for name in cut:
        entry = f"parameters.{name}"
        left -= _size(entry)
        if left < 0:
            yield MORE_PARAMETERS
            return
        yield entry


def _longest_texts(event: Event) -> list[str]:
    """Returns the fields of the data that hold text, longest first."""
    data = event.data
    texts = {name: value for name in data.__struct_fields__ if isinstance(value := getattr(data, name), str)}
    return sorted(texts, key=lambda name: _size(texts[name]), reverse=True)


def _with_shorter_text(event: Event, name: str, limit: int) -> Event:
    """Returns the event with as much of a text as fits, found by halving."""
    data = event.data
    text: str = getattr(data, name)
    json_name = data.__struct_encode_fields__[data.__struct_fields__.index(name)]
    truncated = (*data.truncated, json_name)
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _excess(_with(event, **{name: text[:middle], "truncated": truncated}), limit) > 0:
            too_long = middle
        else:
            fits = middle
    return _with(event, **{name: text[:fits], "truncated": truncated})


def _with(event: Event, **changes: object) -> Event:
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, **changes))


def _excess(event: Event, limit: int) -> int:
    return len(encode(event).encode()) - limit


def _size(*texts: str) -> int:
    """Returns the bytes that texts take in JSON, with quotes, colon and comma."""
    return len(encode(texts).encode())
