"""The AsyncAPI 3.0 document: every queue that other systems write to or read from, and its messages."""

from __future__ import annotations

from local.schemas import commands, events
from local.schemas.shapes import Schema, components
from switchboard.commands import COMMAND_TYPES
from switchboard.delivery.transitions import DeadLetter
from switchboard.events import EVENT_TYPES, type_of
from switchboard.queues import CALL_OUTBOX, DEAD_LETTER, EVENTS, SMS_OUTBOX

# Of the contract: a field or a type of event that is added is a minor version.
VERSION = "1.0.0"
SCHEMAS = "#/components/schemas/{name}"
CLOUDEVENT = "application/cloudevents+json"

QUEUES = {
    SMS_OUTBOX: "Texts to send.",
    CALL_OUTBOX: "Calls to place.",
    EVENTS: "What happened: CloudEvents 1.0. Expect each event at least once, in any order: ignore an `id` that you "
    "have seen. Ignore fields and types that you do not know.",
    DEAD_LETTER: "Messages that Switchboard can do nothing more about. An operator decides; nothing else reads them. A "
    "message that is too large for the reason beside it is kept as it came.",
}
# As Switchboard does it: it receives commands, and sends events.
OPERATIONS = {
    "receiveTexts": ("receive", SMS_OUTBOX),
    "receiveCalls": ("receive", CALL_OUTBOX),
    "publishEvents": ("send", EVENTS),
    "moveToDeadLetter": ("send", DEAD_LETTER),
}


def document() -> Schema:
    """Return the document."""
    own = {kind: commands.schema_of(kind) for kind in COMMAND_TYPES.values()}
    letters = components([DeadLetter], SCHEMAS)[1]
    schemas = {kind.__name__: schema for kind, schema in own.items()} | events.schemas(SCHEMAS) | letters
    messages = _messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Switchboard",
            "version": VERSION,
            "description": "Calls and texts by Twilio: commands on two queues of a storage account, events on a third. "
            "The queues' messages are JSON in UTF-8; base64 of it is read too, and never written.",
        },
        "defaultContentType": "application/json",
        "channels": {
            queue: {
                "address": queue,
                "description": about,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages[queue]},
            }
            for queue, about in QUEUES.items()
        },
        "operations": {name: _operation(action, queue, messages) for name, (action, queue) in OPERATIONS.items()},
        "components": {
            "messages": {name: message for each in messages.values() for name, message in each.items()},
            "schemas": schemas,
        },
    }


def _operation(action: str, queue: str, messages: dict[str, dict[str, Schema]]) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{queue}"},
        "messages": [{"$ref": f"#/channels/{queue}/messages/{name}"} for name in messages[queue]],
    }


def _messages() -> dict[str, dict[str, Schema]]:
    """Return the messages of each queue, by the name of their schema."""
    by_queue = {
        queue: {kind.__name__: _message(kind.__name__, kind.__name__, "application/json")}
        for queue, kind in COMMAND_TYPES.items()
    }
    published = {kind.__name__: _message(kind.__name__, type_of(kind), CLOUDEVENT) for kind in EVENT_TYPES}
    return by_queue | {EVENTS: published, DEAD_LETTER: {"DeadLetter": _message("DeadLetter", "DeadLetter")}}


def _message(schema: str, name: str, content_type: str = "application/json") -> Schema:
    return {
        "name": name,
        "contentType": content_type,
        "payload": {"$ref": SCHEMAS.format(name=schema)},
    }
