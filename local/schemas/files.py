"""Every generated file, by its path in the repository."""

from __future__ import annotations

import json

from local.schemas import asyncapi, commands, events
from local.schemas.page import page
from local.schemas.shapes import Schema, standing_alone
from switchboard.events import EVENT_TYPES, type_of
from switchboard.numbers import schema as numbers

DEFINITIONS = "#/$defs/{name}"


def files() -> dict[str, str]:
    """Return the text of each file."""
    of_commands = {f"commands/{queue}.json": standing_alone(each, {}) for queue, each in commands.schemas().items()}
    of_events = {f"events/{type_of(kind)}.json": _event(kind) for kind in EVENT_TYPES}
    documents = of_commands | of_events | {"asyncapi.json": asyncapi.document()}
    written = {f"schemas/{name}": _to_json(each) for name, each in documents.items()}
    return written | {"schemas/numbers.schema.json": numbers.text(), "docs/contract.md": page()}


def _event(kind: type) -> Schema:
    schemas = events.schemas(DEFINITIONS, kind)
    return standing_alone(schemas.pop(kind.__name__), schemas)


def _to_json(document: Schema) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
