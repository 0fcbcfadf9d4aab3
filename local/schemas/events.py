"""The schemas of the events: an envelope with every attribute, and the data of its type."""

from __future__ import annotations

from local.schemas.shapes import Schema, components
from switchboard.events import EVENT_TYPES, Event, type_of

ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data")
ALWAYS_WRITTEN = [name for name in ATTRIBUTES if name != "subject"]


def schemas(ref_template: str, *types: type[Event]) -> dict[str, Schema]:
    """Return the schemas of these types of events, or of all, and of what they refer to, by name."""
    chosen = types or EVENT_TYPES
    _, found = components(chosen, ref_template)
    envelopes = {kind.__name__: _envelope(found[kind.__name__], kind) for kind in chosen}
    return found | envelopes


def _envelope(schema: Schema, kind: type[Event]) -> Schema:
    properties = dict(schema["properties"])
    properties["type"] = {"type": "string", "const": type_of(kind)}
    for name in ("specversion", "datacontenttype"):
        properties[name] = {"type": "string", **properties[name]}
    return schema | {
        "properties": {name: properties[name] for name in ATTRIBUTES},
        "required": ALWAYS_WRITTEN,
    }
