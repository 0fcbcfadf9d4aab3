"""The JSON Schema of numbers.toml for editors: the file in schemas/ is what the code makes."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switchboard import prompts
from switchboard.numbers import schema
from switchboard.numbers.tables import VERBS
from tests.numbers_files import WHOLE

FILE = Path(__file__).parents[2] / "schemas" / "numbers.schema.json"
MADE = schema.schema()


def parts(value: object) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference means."""
    found: Any = MADE
    for step in part["$ref"].removeprefix("#/").split("/") if "$ref" in part else ():
        found = found[step]
    return found if "$ref" in part else part


def test_the_file_is_what_the_code_makes() -> None:
    """After a change: make schemas."""
    assert FILE.read_text() == schema.text()


def test_it_is_json_schema_2020_12() -> None:
    """The dialect that the editors' extensions read."""
    assert json.loads(FILE.read_text())["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_reference_leads_somewhere() -> None:
    """A reference that does not would switch an editor's checks off."""
    references = [part for part in parts(MADE) if "$ref" in part]
    assert references
    assert all(isinstance(resolved(part), dict) for part in references)


def covered(value: object, part: dict[str, Any], path: str) -> Iterator[str]:
    """The paths of a document that the schema does not name."""
    part = resolved(part)
    if isinstance(value, list):
        for each in value:
            yield from covered(each, part.get("items", {}), path)
    elif isinstance(value, dict):
        for key, each in value.items():
            found = part.get("properties", {}).get(key)
            patterns = [each for pattern, each in part.get("patternProperties", {}).items() if re.search(pattern, key)]
            more = part.get("additionalProperties")
            below = found or next(iter(patterns), None) or (more if isinstance(more, dict) else None)
            if below is None:
                yield f"{path}.{key}"
            else:
                yield from covered(each, below, f"{path}.{key}")


def test_it_names_everything_that_the_file_can_say() -> None:
    """Every key of the whole file."""
    assert list(covered(tomllib.loads(WHOLE), MADE, "")) == []


def test_it_names_nothing_else() -> None:
    """The test above can fail; unknown fields are marked in the editor."""
    other = tomllib.loads(WHOLE.replace("speech = false", "speach = false").replace("menu.1 =", "menu.x ="))
    assert {path.rsplit(".")[-1] for path in covered(other, MADE, "")} == {"speach", "x"}
    closed = [MADE, *(each for name, each in MADE["$defs"].items() if "properties" in each)]
    assert all(each.get("additionalProperties") is False for each in closed)


def test_an_action_is_exactly_one_verb() -> None:
    """Label and words are for options alone."""
    action, option = MADE["$defs"]["Action"], MADE["$defs"]["Option"]
    assert [each["required"] for each in action["oneOf"]] == [[verb] for verb in VERBS]
    assert set(option["properties"]) - set(action["properties"]) == {"label", "words"}
    assert set(VERBS) < set(action["properties"])


@pytest.mark.parametrize(
    ("table", "field", "written", "fits"),
    [
        ("AgentTable", "number", "+351210000010", True),
        ("AgentTable", "number", "${OPERATOR_NUMBER}", True),
        ("AgentTable", "number", "210", False),
        ("AgentTable", "pin", "${ALICE_PIN}", True),
        ("AgentTable", "pin", "12", False),
        ("QueueTable", "music", "https://media.fabrikam.net/a.mp3", True),
        ("QueueTable", "music", "music.mp3", False),
    ],
)
def test_a_text_may_be_a_setting(table: str, field: str, written: str, fits: bool) -> None:
    """What it holds is checked when the file is read."""
    pattern = MADE["$defs"][table]["properties"][field]["pattern"]
    assert (re.search(pattern, written) is not None) is fits


def test_sentences_are_the_products_own_by_name() -> None:
    """Each with the English one beside it."""
    sentences = MADE["$defs"]["Sentences"]["properties"]
    assert set(sentences) == set(prompts.NAMES)
    assert sentences["goodbye"]["description"] == prompts.english().goodbye
