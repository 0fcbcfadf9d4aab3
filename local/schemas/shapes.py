"""JSON Schema as msgspec writes it, in the form that a reader of our messages needs."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def components(types: Iterable[type], ref_template: str) -> tuple[list[Schema], dict[str, Schema]]:
    """Return the schema of each type, which is a reference, and the schemas that they refer to, by name."""
    schemas, found = msgspec.json.schema_components(types, ref_template=ref_template)
    return list(schemas), {name: clean(schema) for name, schema in found.items()}


def clean(schema: Any) -> Any:  # noqa: ANN401  # JSON
    """Return a schema without defaults and nulls, because an absent field is not written, and with plain descriptions.

    `if`, `then` and the like come from the callers of this module: msgspec writes none.
    """
    if isinstance(schema, list):
        return [clean(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    cleaned = {name: clean(value) for name, value in schema.items() if name != "default"}
    if cleaned.get("anyOf") and {"type": "null"} in cleaned["anyOf"]:
        (only,) = [each for each in cleaned.pop("anyOf") if each != {"type": "null"}]
        cleaned = only | cleaned
    if isinstance(cleaned.get("enum"), list) and len(cleaned["enum"]) == 1:
        cleaned["const"] = cleaned.pop("enum")[0]
    if "title" in cleaned and isinstance(cleaned.get("description"), str):
        cleaned["description"] = inspect.cleandoc(cleaned["description"])
    return cleaned


def standing_alone(schema: Schema, others: Mapping[str, Schema]) -> Schema:
    """Return a schema as a document of its own, with the schemas that it refers to."""
    definitions = {"$defs": dict(others)} if others else {}
    return {"$schema": DIALECT, **schema, **definitions}
