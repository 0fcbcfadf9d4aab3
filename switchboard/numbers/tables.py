"""The tables of numbers.toml as they are written: one struct each. Types, limits and texts make the JSON Schema too.

A field's default means that it is absent. What is nested (actions, tables by name) is converted on its own, so that a
mistake in it falls alone; its type here is Any, and a reference for the schema. `examples` are what a problem
suggests to write.
"""

# Annotations are evaluated here, not kept as text: msgspec would compile each text when the first caller waits.
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from switchboard.numbers.addresses import E164
from switchboard.numbers.fields import (
    DATE,
    DAYS,
    RANGES,
    Act,
    Agents,
    Blocked,
    CallerId,
    Greeting,
    Language,
    Options,
    TimeZone,
    Tries,
    Voice,
    keyed,
    table_of,
)

VERBS = ("ring", "queue", "voicemail", "text", "flow", "forward", "say", "menu", "hangup")
IN_MENUS_ONLY = ("label", "words")
WITH_VERBS = {"seconds": ("ring", "forward"), "at_once": ("ring",)}


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any table of the file."""


class ActionTable(Table, frozen=True, kw_only=True):
    """A menu option, `answer`, `otherwise` or `closed`: exactly one of the verbs, and what goes with it."""

    ring: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Rings agents, by their names", examples=[["alice"]])
    ] = ()
    queue: Annotated[str, Meta(min_length=1, description="Waits in a queue", examples=["support"])] = ""
    voicemail: Annotated[
        bool | Greeting,
        Meta(description="true, or a sentence or https URL that asks for the message", examples=[True]),
    ] = False
    text: Annotated[
        str,
        Meta(
            min_length=1, max_length=1600, description="A text to the caller", examples=["Our address: 1 Main Street"]
        ),
    ] = ""
    flow: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9_-]{1,40}$(?!\n)", description="A function of flows.py", examples=["reservations"]),
    ] = ""
    forward: Annotated[str, Meta(pattern=E164, description="A phone number to dial", examples=["+351210000099"])] = ""
    say: Greeting = ""
    menu: Annotated[
        str, Meta(min_length=1, description='A menu of [menus], or "back"', examples=["billing", "back"])
    ] = ""
    hangup: Annotated[bool, Meta(description="Ends the call", examples=[True])] = False
    greeting: Greeting = ""
    label: Annotated[
        str, Meta(min_length=1, max_length=100, description='"For sales, press 1"', examples=["sales"])
    ] = ""
    words: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(min_length=1, description="What a caller may say instead of the key", examples=[["sales"]]),
    ] = ()
    seconds: Annotated[
        int, Meta(ge=5, le=600, description="How long phones ring; most voicemails answer after 25", examples=[20])
    ] = 20
    at_once: Annotated[bool, Meta(description="false: one after another", examples=[False])] = True


class HoursTable(Table, frozen=True, kw_only=True):
    """Opening hours by weekday and date."""

    days: Annotated[
        dict[str, Any],
        Meta(
            description='mon … sun or a range: ["09:00-18:00"]; 22:00-06:00 belongs to the day it begins on',
            examples=[{"mon-fri": ["09:00-18:00"]}],
            extra_json_schema=keyed(DAYS, RANGES),
        ),
    ] = {}
    dates: Annotated[
        dict[str, Any],
        Meta(
            description="Replaces the ranges of one day; [] is closed",
            examples=[{"2026-12-25": []}],
            extra_json_schema=keyed(DATE, RANGES),
        ),
    ] = {}


class AgentTable(Table, frozen=True, kw_only=True):
    """A person who takes calls: a number, a browser client, or both, which are rung together."""

    number: Annotated[str, Meta(pattern=E164, description="E.164", examples=["+351210000010"])] = ""
    client: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_]{1,121}$(?!\n)", description="The browser client", examples=["alice"])
    ] = ""
    pin: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{4,12}$(?!\n)",
            description="Asked when a call comes from the agent's number",
            examples=["${ALICE_PIN}"],
        ),
    ] = ""


class QueueTable(Table, frozen=True, kw_only=True):
    """Callers who wait for an agent."""

    agents: Agents = ()
    most_minutes: Annotated[int, Meta(ge=1, le=240, description="How long a caller waits at most", examples=[10])] = 10
    music: Annotated[
        str,
        Meta(pattern=r"^https://\S+$(?!\n)", description="The https URL of a sound", examples=["https://…/music.mp3"]),
    ] = ""
    most_waiting: Annotated[int, Meta(ge=1, le=1000, description="How many callers may wait", examples=[20])] = 0
    alert: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Agents who get a text for each caller", examples=[["alice"]])
    ] = ()
    otherwise: Act = None


class MenuTable(Table, frozen=True, kw_only=True):
    """A menu that others lead to."""

    greeting: Greeting = ""
    language: Language = ""
    menu: Options = {}
    otherwise: Act = None


class NumberTable(Table, frozen=True, kw_only=True):
    """A phone number, or several, and what it does: exactly one of `menu` and `answer`."""

    number: Annotated[
        str | tuple[str, ...],
        Meta(
            description='E.164, a short code, a list of them, or "*": any other',
            examples=["+351210000001"],
            extra_json_schema={
                "anyOf": [
                    {"type": "string", "pattern": r"^(\*|[0-9]{3,6}|\+[1-9][0-9]{6,14})$(?!\n)"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
        ),
    ] = ""
    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="Unique; required when there are several; it travels in URLs",
            examples=["Front desk"],
        ),
    ] = ""
    language: Language = ""
    voice: Voice = ""
    time_zone: TimeZone = ""
    hours: Annotated[
        str, Meta(min_length=1, description='A name of [hours.NAME], or "always"', examples=["office"])
    ] = ""
    caller_id: CallerId = ""
    tries: Tries = 0
    blocked: Blocked = ()
    greeting: Greeting = ""
    menu: Options = {}
    answer: Act = None
    otherwise: Act = None
    closed: Act = None
    texts: Annotated[
        dict[str, Annotated[str, Meta(min_length=1, max_length=1600)]],
        Meta(
            description='Answers to texts by keyword; "*" answers any other',
            examples=[{"HOURS": "Weekdays 9 to 18."}],
        ),
    ] = {}
    text_flow: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9_-]{1,40}$(?!\n)",
            description="A function of flows.py for texts without keyword",
            examples=["orders"],
        ),
    ] = ""
    speech: Annotated[bool, Meta(description="false: keys only", examples=[False])] = True
    agent_menu: Annotated[
        bool, Meta(description="false: agents who call hear what everybody hears", examples=[False])
    ] = True


class TopTable(Table, frozen=True, kw_only=True):
    """The file."""

    language: Language = "en"
    voice: Voice = ""
    time_zone: TimeZone = ""
    caller_id: CallerId = ""
    tries: Tries = 3
    blocked: Blocked = ()
    hours: Annotated[
        dict[str, Any],
        Meta(
            description='[hours.NAME] for numbers with hours = "NAME"; days and dates of [hours] hold for all',
            examples=[{"office": {"days": {"mon-fri": ["09:00-18:00"]}}}],
            extra_json_schema={
                "properties": {name: {"$ref": f"#/$defs/HoursTable/properties/{name}"} for name in ("days", "dates")},
                "additionalProperties": {"$ref": "#/$defs/HoursTable"},
            },
        ),
    ] = {}
    agents: Annotated[
        dict[str, Any],
        Meta(examples=[{"alice": {"client": "alice"}}], extra_json_schema=table_of("AgentTable")),
    ] = {}
    queues: Annotated[
        dict[str, Any], Meta(examples=[{"support": {"agents": ["alice"]}}], extra_json_schema=table_of("QueueTable"))
    ] = {}
    menus: Annotated[
        dict[str, Any],
        Meta(
            examples=[{"billing": {"menu": {"1": {"voicemail": True}}}}],
            extra_json_schema=table_of("MenuTable"),
        ),
    ] = {}
    numbers: Annotated[
        list[Any],
        Meta(
            description="[[numbers]], with two brackets, above each phone number",
            extra_json_schema={"items": {"$ref": "#/$defs/NumberTable"}, "minItems": 1},
        ),
    ] = []
    sentences: Annotated[
        dict[str, Any],
        Meta(
            examples=[{"pt": {"goodbye": "Até logo."}}],
            extra_json_schema={"additionalProperties": {"$ref": "#/$defs/Sentences"}},
        ),
    ] = {}
