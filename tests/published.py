"""Published events: each is checked by the official schema of CloudEvents and by the schema of its type, then read."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OFFICIAL = ROOT / "tests" / "cloudevents" / "cloudevents.json"
# Microsoft's worker runtime is tested in an environment without it.
HAS_JSONSCHEMA = find_spec("jsonschema") is not None


def read(body: str | bytes) -> dict[str, Any]:
    """An event's attributes and its data in one dict, for short assertions: no name is in both. Checks the schemas."""
    event: dict[str, Any] = json.loads(body)
    check(event)
    data: dict[str, Any] = event.pop("data")
    return event | data


def check(event: dict[str, Any]) -> None:
    """Assert that an event is valid: by the official schema of CloudEvents, and by the schema of its type."""
    if not HAS_JSONSCHEMA:
        return
    for validator in validators(event["type"]):
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]
        assert not problems, problems
    assert datetime.fromisoformat(event["time"]).tzinfo == UTC


@cache
def validators(event_type: str) -> list[Any]:
    """The validators of one type of event."""
    from jsonschema import Draft7Validator, Draft202012Validator

    own = ROOT / "schemas" / "events" / f"{event_type}.json"
    official = json.loads(OFFICIAL.read_text())
    checker = Draft202012Validator.FORMAT_CHECKER
    return [
        Draft7Validator(official, format_checker=checker),
        Draft202012Validator(json.loads(own.read_text()), format_checker=checker),
    ]
