"""The JSON Schema of numbers.toml, for editors: made of the tables' types. Not imported with a caller waiting.

What a schema cannot say (names that refer to others, circles, time zones) is found by `./sb ops numbers check`.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from switchboard import prompts
from switchboard.numbers.tables import (
    IN_MENUS_ONLY,
    VERBS,
    WITH_VERBS,
    ActionTable,
    AgentTable,
    HoursTable,
    MenuTable,
    NumberTable,
    QueueTable,
    TopTable,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TABLES = (TopTable, NumberTable, MenuTable, QueueTable, AgentTable, HoursTable, ActionTable)
_REF = "#/$defs/{name}"
_SETTING = r"\$\{[A-Za-z_]"


def schema() -> dict[str, Any]:
    """The whole schema as JSON values."""
    _, tables = msgspec.json.schema_components(_TABLES, ref_template=_REF)
    tables = {name: _without_defaults(table) for name, table in tables.items()}
    option = tables.pop("ActionTable")
    tables["Option"] = _one_verb(option)
    tables["Action"] = _one_verb(_without(option, IN_MENUS_ONLY))
    tables["AgentTable"]["anyOf"] = [{"required": ["number"]}, {"required": ["client"]}]
    tables["QueueTable"]["required"] = ["agents"]
    tables["MenuTable"]["required"] = ["menu"]
    number = tables["NumberTable"]
    number["required"] = ["number"]
    number["oneOf"] = [{"required": ["menu"]}, {"required": ["answer"]}]
    tables["Sentences"] = _sentences()
    top = tables.pop("TopTable")
    whole = {"$schema": DIALECT, **top, "title": "numbers.toml", "required": ["numbers"], "$defs": tables}
    _allow_settings(whole)
    return whole


def text() -> str:
    """The schema as it is in schemas/numbers.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _allow_settings(part: object) -> None:
    """Let every text hold `${SETTING}` in place of what it has to look like."""
    if isinstance(part, list):
        for each in part:
            _allow_settings(each)
    elif isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            part["pattern"] = f"(?:{part['pattern']})|{_SETTING}"
        for each in part.values():
            _allow_settings(each)


def _one_verb(table: dict[str, Any]) -> dict[str, Any]:
    """Exactly one verb, and `seconds` and `at_once` only with theirs."""
    only_with = {field: {"anyOf": [{"required": [verb]} for verb in verbs]} for field, verbs in WITH_VERBS.items()}
    return {**table, "oneOf": [{"required": [verb]} for verb in VERBS], "dependentSchemas": only_with}


def _without(table: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: each for name, each in table["properties"].items() if name not in fields}
    return {**table, "properties": kept}


def _without_defaults(table: dict[str, Any]) -> dict[str, Any]:
    """The table without the defaults that only mean "absent"; a reference stands alone."""
    for name, each in table["properties"].items():
        if each.get("default") in ("", None, (), [], {}, False, 0):
            each.pop("default", None)
        if "$ref" in each:
            table["properties"][name] = {"$ref": each["$ref"]}
    return table


def _sentences() -> dict[str, Any]:
    """The sentences by name; the description of each is the product's own."""
    english = prompts.english()
    properties = {
        name: {"type": "string", "minLength": 1, "description": getattr(english, name)} for name in prompts.NAMES
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}
