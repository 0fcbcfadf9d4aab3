"""docs/contract.md: the contract in words and tables."""

from __future__ import annotations

from collections.abc import Iterable

from local.schemas import asyncapi, commands, events
from local.schemas.shapes import Schema
from switchboard.commands import COMMAND_TYPES, Command
from switchboard.events import EVENT_TYPES, Event, type_of

INTRODUCTION = """\
# Contract

What other systems write to Switchboard's queues and read from them. `make schemas` generates this page from the code,
with [schemas/](../schemas): a JSON Schema (2020-12) of each command and event, and one AsyncAPI 3.0 document. Do not
edit it. [How do I…](how-to.md) shows how to send and consume from Python, C#, PowerShell and Logic Apps.

## Queues

"""
READING = """\

Messages are JSON in UTF-8. Switchboard also reads base64 of JSON, with line breaks or without, with padding or without,
a byte order mark, and UTF-16 with one. `null` is absent, and so are an empty text, list and object. A field that is not
in the table is refused by its name, so that a typing error is not lost.
"""
ENVELOPE = """\

## Events

Each event is a [CloudEvent](https://cloudevents.io) 1.0 in JSON. Expect it at least once, and in any order: ignore an
`id` that you have seen. Ignore fields and types that you do not know: a later version may add some.

"""
CUT = """\

An event has at most 63 KiB, so that it fits a queue message. What is too large is cut: first the largest of
`data.parameters`, each as a whole, then the end of the longest text. `data.truncated` names what was cut.

Fields that do not apply are absent. The `id` of an event contains no phone number: the recipient's hash is the first 32
hex digits of SHA-256 of the command's `to`.
"""

# In the table of each event's data.
LAST = ("parameters", "truncated")


def page() -> str:
    """Return the page."""
    queues = table(("queue", "what it holds"), ((f"`{queue}`", about) for queue, about in asyncapi.QUEUES.items()))
    return "".join(
        [
            INTRODUCTION,
            queues,
            READING,
            *(_command(queue, kind) for queue, kind in COMMAND_TYPES.items()),
            ENVELOPE,
            fields_of(_example_envelope()),
            CUT,
            *map(_event, EVENT_TYPES),
        ]
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    head = list(heads)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def fields_of(schema: Schema) -> str:
    """Return the table of an object's fields."""
    required = schema.get("required", [])
    fields = sorted(schema["properties"].items(), key=lambda field: field[0] in LAST)
    return table(
        ("field", "type", "meaning"),
        (
            (f"`{name}`", type_in_words(each) + (", required" if name in required else ""), meaning_of(each))
            for name, each in fields
        ),
    )


def meaning_of(schema: Schema) -> str:
    """Return what a field means; a constant is shown."""
    constant = f"`{schema['const']}`" if "const" in schema else ""
    return ": ".join(filter(None, (schema.get("description", ""), constant))) or "below"


def type_in_words(schema: Schema) -> str:
    """Return the type of a field, without null, which is absent."""
    if "$ref" in schema:
        return "object"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = " or ".join(each for each in types if each != "null")
    if schema.get("format") == "date-time":
        return "time"
    return f"{words} of {type_in_words(schema['items'])}s" if "items" in schema else words


def _command(queue: str, kind: type[Command]) -> str:
    schema = commands.schema_of(kind)
    between = "".join(f"- {each.rule}\n" for each in commands.BETWEEN_FIELDS[kind])
    unsaid = "".join(f"- {each.rule}\n" for each in commands.UNSAID[kind])
    return (
        f"\n## Command on `{queue}`\n\n{schema['description']}\n\nSchema: "
        f"[{queue}.json](../schemas/commands/{queue}.json).\n\n{fields_of(schema)}"
        f"\nBetween fields:\n\n{between}\nWhat the schema cannot say, and Switchboard checks:\n\n{unsaid}"
    )


def _example_envelope() -> Schema:
    """Return the envelope of any event: the attributes are the same for all."""
    envelope = events.schemas("{name}", EVENT_TYPES[0])[EVENT_TYPES[0].__name__]
    properties = dict(envelope["properties"])
    properties["type"] = {"type": "string", "description": "one of the types below"}
    return envelope | {"properties": properties}


def _event(kind: type[Event]) -> str:
    schemas = events.schemas("{name}", kind)
    envelope = schemas.pop(kind.__name__)
    data = schemas.pop(f"{kind.__name__}Data")
    others = "".join(f"\nEach of `{_field_of(data, name)}`:\n\n{fields_of(each)}" for name, each in schemas.items())
    return (
        f"\n### `{type_of(kind)}`\n\n{envelope['description']}\n\nSchema: "
        f"[{type_of(kind)}.json](../schemas/events/{type_of(kind)}.json). Its `data`:\n\n{fields_of(data)}{others}"
    )


def _field_of(data: Schema, name: str) -> str:
    """Return the field whose items are of this schema."""
    properties: Schema = data["properties"]
    return next(field for field, each in properties.items() if each.get("items") == {"$ref": name})
