"""The events that Switchboard publishes: JSON messages on the queue `events`.

Every event has `id`, `kind` and `time`. The id is stable: the same fact published twice has the same id, so a
consumer ignores ids that it has seen. Twilio's retries and a crash of ours make an event appear twice.
docs/guide.md has the schema.

Structs only: the functions that make an event are beside the webhook or the record that it is made from.
"""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event. Fields that do not apply to its kind are absent from the JSON.

    `state` is Twilio's status, or ours for a command that ended before Twilio took it. `command_id` is the sender's own
    id of the command. `number` is the name of a number of numbers.toml, `flow` of a flow of flows.py; `data` is
    what a flow publishes. `retryable` says whether the same command may succeed when it is sent again.
    """

    id: str
    kind: str
    time: str
    sid: str = ""
    state: str = ""
    sender: str = msgspec.field(default="", name="from")
    recipient: str = msgspec.field(default="", name="to")
    body: str = ""
    media: tuple[dict[str, str], ...] = ()
    messaging_service_sid: str = ""
    opt_out: str = ""
    call_sid: str = ""
    direction: str = ""
    duration: int | None = None
    url: str = ""
    email: str = ""
    transcription: str = ""
    queue: str = ""
    number: str = ""
    message_id: str = ""
    command_id: str = ""
    flow: str = ""
    data: dict[str, object] = {}
    reason: str = ""
    error_code: int = 0
    retryable: bool | None = None
