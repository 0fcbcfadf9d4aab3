"""schemas/ and docs/contract.md are what the code generates, and a schema and the code accept the same commands."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from local.schemas.commands import BETWEEN_FIELDS, UNSAID
from local.schemas.files import files
from switchboard.commands import COMMAND_TYPES, Command, PlaceCall, SendSms, parse
from switchboard.errors import CommandRefused
from switchboard.events import EVENT_TYPES, type_of
from tests.command_json import SERVICE, TEMPLATE, TO, call, text, with_twiml, with_url

ROOT = Path(__file__).parents[2]
GENERATED = files()
VALIDATORS: dict[type[Command], Draft202012Validator] = {
    kind: Draft202012Validator(json.loads((ROOT / "schemas" / "commands" / f"{queue}.json").read_text()))
    for queue, kind in COMMAND_TYPES.items()
}


@pytest.mark.parametrize("name", GENERATED)
def test_a_file_is_what_the_code_generates(name: str) -> None:
    """`make schemas` changes nothing."""
    assert (ROOT / name).read_text() == GENERATED[name]


def test_no_file_is_left_over() -> None:
    """A schema of a type that is gone is gone."""
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schemas").rglob("*") if path.is_file()}
    assert there == {name for name in GENERATED if name.startswith("schemas/")}


@pytest.mark.parametrize("name", [name for name in GENERATED if name.endswith(".json") and "asyncapi" not in name])
def test_a_schema_is_one(name: str) -> None:
    """By the meta-schema of its dialect, and every reference leads somewhere."""
    schema = json.loads(GENERATED[name])
    Draft202012Validator.check_schema(schema)
    for reference in re.findall(r'"\$ref": "#/\$defs/(\w+)"', GENERATED[name]):
        assert reference in schema["$defs"]


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=type_of)
def test_an_event_without_one_of_its_attributes_is_not_valid(kind: Any) -> None:  # noqa: ANN401  # any type of event
    """All but `subject` are always written."""
    schema = json.loads(GENERATED[f"schemas/events/{type_of(kind)}.json"])
    validator = Draft202012Validator(schema)
    blank = {"specversion": "1.0", "id": "x", "source": "/x", "type": type_of(kind), "time": "2026-01-31T09:00:00Z"}
    required = schema["$defs"][f"{kind.__name__}Data"].get("required", [])
    event = blank | {"datacontenttype": "application/json", "data": dict.fromkeys(required, "x")}
    assert validator.is_valid(event)
    for name in event:
        assert not validator.is_valid({each: value for each, value in event.items() if each != name}), name
    for changed in ({"subject": ""}, {"type": "switchboard.other"}, {"specversion": "0.3"}, {"source": ""}):
        assert not validator.is_valid(event | changed), changed


def refusal(kind: type[Command], value: object) -> str:
    """The reason why the code refuses a command, "" when it does not."""
    try:
        parse(kind, value)
    except CommandRefused as refused:
        return refused.reason
    return ""


def check(kind: type[Command], value: object) -> None:
    """Assert that schema and code agree, but for what the schema cannot say."""
    is_valid, reason = VALIDATORS[kind].is_valid(value), refusal(kind, value)
    if is_valid and reason:
        assert any(re.match(each.reasons, reason) for each in UNSAID[kind]), f"only the code refuses: {value} {reason}"
    assert is_valid or reason, f"only the schema refuses: {value}"


characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, max_size=12)
nothing: st.SearchStrategy[Any] = st.sampled_from([None, "", [], {}, 0, False])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
addresses = st.sampled_from(
    [
        *(TO, TO + "\n", "0912", "12345", "Acme", "whatsapp:" + TO, "whatsapp:US.123", "whatsapp:0912", "rcs:" + TO),
        *("rcs:brand_agent", "messenger:1", "client:alice", "client:a b", "sip:a@b", "sip:a", "sms:1", "+" + "1" * 16),
    ]
)
urls = st.sampled_from(
    ["https://x/", "HTTPS://x/", "https://[::1", "https://x:99999/", "http://x/", "http://127.0.0.1/", "https://x/\n"]
) | texts.map(lambda path: "https://example.com/" + path)
times = st.sampled_from(
    [
        *("2026-01-31T09:00:00Z", "2026-01-31 09:00:00+0100", "2026-01-31t09:00:00.123456789z", "2026-01-31T09:00:00"),
        *("2026-02-30T09:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:00:60Z", "1999-12-31T23:59:59Z", "tomorrow"),
        *("2026-01-31T09:00:00+24:00", "2026-01-31T09:00:00Z\n", "9999-12-31T23:59:59-14:00", "2026-01-31T09:00:00,1Z"),
    ]
)
sids = st.sampled_from([SERVICE, TEMPLATE, "MG1", SERVICE + "\n"])
numbers = st.sampled_from([-1, 0, 1, 4, 5, 5.0, 5.5, 600, 601, 36_000, 36_001, True, "5", 1e300])
variables = st.sampled_from(
    [{"1": "Ana"}, {"1": 3}, {"1": 1.5}, {"1": True}, {"1": None}, {}, '{"1": "Ana"}', "{}", "[]", "{", "null"]
)
bodies = st.integers(0, 1602).map(lambda length: "😀" * length) | texts
SHAPES: dict[type[Command], dict[str, st.SearchStrategy[Any]]] = {
    SendSms: {
        "to": addresses,
        "id": texts | st.from_regex(r"[A-Za-z0-9._:-]{99,101}\n?", fullmatch=True),
        "body": bodies,
        "media_urls": st.lists(urls, max_size=11),
        "content_sid": sids,
        "content_variables": variables,
        "from": addresses,
        "messaging_service_sid": sids,
        "send_at": times,
        "validity_period": numbers,
    },
    PlaceCall: {
        "to": addresses,
        "id": texts,
        "from": addresses,
        "say": texts | st.sampled_from(["\x00", "\ufffe", "a\n", "x" * 3900, "x" * 4001, "&" * 1000]),
        "url": urls,
        "twiml": st.sampled_from(["<Response/>", "<Response>", "Hello", "<Response>" + "x" * 4000 + "</Response>"]),
        "language": st.sampled_from(["pt", "pt-PT", "portuguese!", "pt\n"]),
        "voice": st.sampled_from(["Polly.Ines", "Ines, please", "x" * 81]),
        "timeout": numbers,
        "record": st.booleans() | st.sampled_from(["yes", 1]),
        "machine_detection": st.sampled_from(["Enable", "DetectMessageEnd", "Disable"]),
        "send_digits": st.sampled_from(["1w#", "1" * 33, "12a", "1\n"]),
        "validity_period": numbers,
    },
}
GOOD: dict[type[Command], list[dict[str, object]]] = {
    SendSms: [text(), {"to": TO, "content_sid": TEMPLATE}, text(messaging_service_sid=SERVICE), {}],
    PlaceCall: [call(), with_url("https://x/"), with_twiml("<Response/>"), {}],
}


def test_every_field_has_a_shape() -> None:
    """A field that is added is drawn too."""
    for kind, shapes in SHAPES.items():
        assert shapes.keys() == {field.encode_name for field in msgspec.structs.fields(kind)}


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(data=st.data(), kind=st.sampled_from([SendSms, PlaceCall]))
def test_a_schema_and_the_code_accept_the_same_commands(data: st.DataObject, kind: type[Command]) -> None:
    """Good commands with some fields changed: to what is likely, to what is empty, and to anything."""
    value = dict(data.draw(st.sampled_from(GOOD[kind])))
    for name in data.draw(st.lists(st.sampled_from(sorted(SHAPES[kind])), unique=True, max_size=4)):
        drawn = data.draw(SHAPES[kind][name] | nothing | json_values)
        value[name] = drawn
    check(kind, value)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(kind=st.sampled_from([SendSms, PlaceCall]), value=json_values)
@example(kind=SendSms, value=text(bdoy="x"))
@example(kind=SendSms, value=text(bdoy=None))
def test_a_schema_and_the_code_refuse_the_same_values(kind: type[Command], value: object) -> None:
    """Anything that is JSON; a field that nobody knows, null too."""
    check(kind, value)


BROKEN: dict[type[Command], list[dict[str, object]]] = {
    SendSms: [
        {"to": TO, "body": None},
        text(messaging_service_sid=SERVICE, **{"from": "Acme"}),
        text(content_variables={"1": "Ana"}),
        text(to="rcs:" + TO, **{"from": "whatsapp:" + TO}),
    ],
    PlaceCall: [call(url="https://x/"), {**with_url("https://x/"), "voice": "Polly.Ines"}],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_rule_between_fields_is_in_the_schema(kind: type[Command]) -> None:
    """Broken alone, in the order of the rules, each by its own part of the schema."""
    for rule, value in zip(BETWEEN_FIELDS[kind], BROKEN[kind], strict=True):
        assert refusal(kind, value)
        assert not Draft202012Validator(rule.schema).is_valid(value), rule.rule
        others = [each for each in BETWEEN_FIELDS[kind] if each is not rule]
        assert all(Draft202012Validator(each.schema).is_valid(value) for each in others), rule.rule


def test_what_the_schema_cannot_say_is_on_the_page() -> None:
    """And the rules between fields."""
    page = (ROOT / "docs" / "contract.md").read_text()
    for kind in COMMAND_TYPES.values():
        rules = [each.rule for each in UNSAID[kind]] + [each.rule for each in BETWEEN_FIELDS[kind]]
        assert all(f"- {rule}\n" in page for rule in rules)
