"""The schemas of the commands: what msgspec says of each field, and the rules between fields.

An empty text, list or object counts as absent, and so does null.
"""

from __future__ import annotations

from typing import Any

import msgspec

from local.schemas.shapes import Schema, components
from switchboard.addresses import CHANNELS
from switchboard.commands import COMMAND_TYPES, Command, PlaceCall, SendSms


class Unsaid(msgspec.Struct, frozen=True):
    """A rule that JSON Schema cannot say. `reasons` is a pattern of the refusals that only the app makes by it."""

    rule: str
    reasons: str


SETTINGS = Unsaid(
    "What depends on the settings: a sender where the command names none, `ALLOWED_DESTINATIONS`, and a messaging "
    "service for `send_at`.",
    r"from: required, because|to: not in ALLOWED_DESTINATIONS|send_at: needs a messaging service",
)
SIZE = Unsaid("The whole message has at most 60 KiB.", "the message: .* bytes")
UNSAID: dict[type[Command], tuple[Unsaid, ...]] = {
    SendSms: (
        Unsaid("A URL has a host and a valid port.", "media_urls: not an https URL"),
        Unsaid(
            "`content_variables` as text is the JSON of an object of strings or numbers, and comes with `content_sid`.",
            "content_variables: ",
        ),
        Unsaid("`send_at` is a date of the calendar.", "send_at: invalid RFC3339"),
        Unsaid("`send_at` is 15 minutes to 35 days ahead.", "send_at: not 15 minutes to 35 days ahead"),
        SETTINGS,
        SIZE,
    ),
    PlaceCall: (
        Unsaid("A URL has a host and a valid port; `http` is for this machine only.", "url: not "),
        Unsaid("`twiml` is TwiML.", "twiml: "),
        Unsaid("`say` as TwiML, with its escapes, has at most 4,000 characters.", "say: .* characters of TwiML"),
        SETTINGS,
        SIZE,
    ),
}
EMPTY: Schema = {"enum": [None, "", [], {}]}


def given(name: str) -> Schema:
    """Return the schema of an object whose field is there and not empty."""
    return {"required": [name], "properties": {name: {"not": EMPTY}}}


def given_as_object(name: str) -> Schema:
    """Return the schema of an object whose field is there, an object and not empty."""
    return {"required": [name], "properties": {name: {"type": "object", "minProperties": 1}}}


def _matching(name: str, pattern: str) -> Schema:
    return {"required": [name], "properties": {name: {"type": "string", "pattern": pattern}}}


def _of_one_channel(channel: str) -> Schema:
    """Return the rule that a sender is of this channel if the recipient is, and only then."""
    to, sender = _matching("to", f"^{channel}:"), _matching("from", f"^{channel}:")
    return {"anyOf": [{"allOf": [to, sender]}, {"not": {"anyOf": [to, sender]}}, {"not": given("from")}]}


class Rule(msgspec.Struct, frozen=True):
    """A rule between fields, in words and as a schema."""

    rule: str
    schema: Schema


BETWEEN_FIELDS: dict[type[Command], tuple[Rule, ...]] = {
    SendSms: (
        Rule(
            "At least one of `body`, `media_urls` and `content_sid`.",
            {"anyOf": [given("body"), given("media_urls"), given("content_sid")]},
        ),
        Rule(
            "Not both `from` and `messaging_service_sid`.",
            {"not": {"allOf": [given("from"), given("messaging_service_sid")]}},
        ),
        Rule(
            "`content_variables` only with `content_sid`.",
            {"anyOf": [given("content_sid"), {"not": given_as_object("content_variables")}]},
        ),
        Rule("`from` is of the channel of `to`.", {"allOf": [*map(_of_one_channel, CHANNELS)]}),
    ),
    PlaceCall: (
        Rule("Exactly one of `say`, `url` and `twiml`.", {"oneOf": [given("say"), given("url"), given("twiml")]}),
        Rule(
            "`language` and `voice` only with `say`.",
            {"anyOf": [given("say"), {"not": {"anyOf": [given("language"), given("voice")]}}]},
        ),
    ),
}
# What is read besides the type of the field: the app turns it into that type.
ALSO_READ: dict[str, Schema] = {
    "content_variables": {"type": ["object", "string"], "additionalProperties": {"type": ["string", "number"]}},
}


def schema_of(kind: type[Command]) -> Schema:
    """Return the schema of a command."""
    _, found = components([kind], "#/$defs/{name}")
    schema = found[kind.__name__]
    properties = {
        name: each if name in schema["required"] else _or_null(each | ALSO_READ.get(name, {}))
        for name, each in schema["properties"].items()
    }
    return schema | {"properties": properties, "allOf": [each.schema for each in BETWEEN_FIELDS[kind]]}


def _or_null(schema: Schema) -> Schema:
    """Return the schema of an optional field, where null is absent."""
    types: Any = schema["type"]
    changed: Schema = {"type": [*(types if isinstance(types, list) else [types]), "null"]}
    if "enum" in schema:
        changed["enum"] = [*schema["enum"], None]
    return schema | changed


def schemas() -> dict[str, Schema]:
    """Return the schema of each command, by the queue that takes it."""
    return {queue: schema_of(kind) for queue, kind in COMMAND_TYPES.items()}
