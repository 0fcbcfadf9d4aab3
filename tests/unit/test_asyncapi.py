"""schemas/asyncapi.json is an AsyncAPI 3.0 document whose references lead somewhere, and names what the code has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from switchboard.events import EVENT_TYPES, type_of
from switchboard.queues import EVENTS, POISON_SUFFIX, QUEUES

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "schemas" / "asyncapi.json").read_text())
SPECIFICATION = ROOT / "tests" / "asyncapi" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"


def references(value: object) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolved(reference: str) -> Any:  # noqa: ANN401  # JSON
    """What a reference leads to. Raises KeyError."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="the schema is not installed: npm ci, in tests/asyncapi")
def test_the_document_is_valid_by_the_schema_of_asyncapi() -> None:
    """Version 3.0, the schema of AsyncAPI itself; a document with a mistake is not."""
    validator = Draft7Validator(json.loads(SPECIFICATION.read_text()))
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(DOCUMENT)] == []
    assert not validator.is_valid(DOCUMENT | {"operations": {"x": {"action": "publish"}}})


def test_every_reference_leads_somewhere() -> None:
    """Within the document."""
    found = list(references(DOCUMENT))
    assert len(found) > 40
    assert all(resolved(reference) for reference in found)


def test_a_message_has_a_schema_and_no_discriminator() -> None:
    """Tools read `discriminator` as a name of OpenAPI 3.0's; a message for each type says the same."""
    assert "discriminator" not in json.dumps(DOCUMENT)
    for message in DOCUMENT["components"]["messages"].values():
        payload = resolved(message["payload"]["$ref"])
        Draft202012Validator.check_schema(payload)


def test_each_type_of_event_is_a_message_of_its_queue() -> None:
    """By the type that a consumer reads."""
    messages = [resolved(each["$ref"]) for each in DOCUMENT["channels"][EVENTS]["messages"].values()]
    assert [each["name"] for each in messages] == [type_of(kind) for kind in EVENT_TYPES]
    assert {each["contentType"] for each in messages} == {"application/cloudevents+json"}


def test_each_queue_is_a_channel() -> None:
    """But for those that the host alone writes to."""
    assert DOCUMENT["channels"].keys() == {queue for queue in QUEUES if not queue.endswith(POISON_SUFFIX)}
    assert {each["channel"]["$ref"] for each in DOCUMENT["operations"].values()} == {
        f"#/channels/{queue}" for queue in DOCUMENT["channels"]
    }
