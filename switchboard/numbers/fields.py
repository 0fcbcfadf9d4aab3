"""The types of fields that several tables of numbers.toml have: limits, texts and examples."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from switchboard.numbers.addresses import E164

RANGE = r"^([01]?[0-9]|2[0-3]):[0-5][0-9] ?[-–] ?(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)"
URL_OR_SENTENCE = r"^(?!http://)(?=[\s\S]*\S)"
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
DAYS = rf"^{_DAY}(-{_DAY})?$(?!\n)"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
KEY = r"^[0-9*]$(?!\n)"

RANGES = {"type": "array", "items": {"type": "string", "pattern": RANGE}}
_ACTION = {"$ref": "#/$defs/Action"}


def keyed(pattern: str, value: dict[str, Any]) -> dict[str, Any]:
    """The schema of a table whose keys follow a pattern."""
    return {"additionalProperties": False, "patternProperties": {pattern: value}}


def table_of(name: str) -> dict[str, Any]:
    """The schema of tables by name, all of one kind."""
    return {"additionalProperties": {"$ref": f"#/$defs/{name}"}}


Language = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2}(-[A-Za-z0-9-]+)?$(?!\n)",
        description="en, pt, es, fr or de, or a tag of theirs, as pt-BR",
        examples=["en"],
    ),
]
Voice = Annotated[
    str, Meta(min_length=1, description="The voice that speaks, as Twilio names it", examples=["Polly.Joanna"])
]
TimeZone = Annotated[str, Meta(min_length=1, description="An IANA time zone", examples=["Europe/Lisbon"])]
CallerId = Annotated[
    str,
    Meta(
        pattern=E164,
        description="What agents' and forwarded phones show where the caller has no usable number",
        examples=["+351210000001"],
    ),
]
Tries = Annotated[int, Meta(ge=1, le=10, description="How often a menu is offered", examples=[3])]
Blocked = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(anonymous|\+[1-9][0-9]{6,14}|sip:\S+)$(?!\n)")], ...],
    Meta(
        description='Who is turned away: E.164, a whole SIP address, or "anonymous", whoever has no usable number',
        examples=[["anonymous"]],
    ),
]
Greeting = Annotated[
    str,
    Meta(
        pattern=URL_OR_SENTENCE,
        max_length=4096,
        description="A sentence, or the https URL of a sound",
        examples=["Welcome."],
    ),
]
Agents = Annotated[
    tuple[str, ...], Meta(min_length=1, description="Names of [agents]", examples=[["alice"]], title="agents")
]
Name = Annotated[str, Meta(min_length=1)]
Act = Annotated[Any, Meta(extra_json_schema=_ACTION)]
Options = Annotated[
    dict[str, Any],
    Meta(
        description='What each key does: 0 to 9 and "*"',
        extra_json_schema=keyed(KEY, {"$ref": "#/$defs/Option"}),
        examples=[{"1": {"voicemail": True}}],
    ),
]
