"""Reading a message of an outbox: a sender's own, a requeued copy, or neither."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from switchboard import commands
from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery import queued_command
from switchboard.errors import CommandRefused
from switchboard.queues import QueueMessage
from tests.fake_worker import CALL, SERVICE, SETTINGS, TEXT, TO, message, queued
from tests.memory import NOON

ENVELOPE: dict[str, Any] = {"command": TEXT, "id": "t1", "attempt": 3, "first_seen": "2026-01-31T09:00:00Z"}
NINE = datetime(2026, 1, 31, 9, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def read(value: object, queue: str = "sms-outbox", message_id: str = "m1") -> queued_command.QueuedCommand:
    """Reads a message an hour after noon."""
    return queued_command.read(message(value, queue, message_id), LATER)


def test_a_senders_message_begins_a_delivery() -> None:
    """At attempt 0, first seen now."""
    first = read(TEXT)
    assert first.command == SendSms(id="t1", to=TO, body="Hello world.")
    assert (first.outbox, first.message_id, first.attempt) == ("sms-outbox", "m1", 0)
    assert first.first_seen == first.queued_at == LATER
    assert (first.key.partition, first.key.row) == (hashlib.sha256(TO.encode()).hexdigest()[:32], "sms:t1")


def test_queued_at_is_the_insertion_time() -> None:
    """Its waiting time counts from there."""
    first = queued_command.read(QueueMessage("sms-outbox", "m1", json.dumps(TEXT).encode(), NOON), LATER)
    assert (first.first_seen, first.queued_at) == (LATER, NOON)


def test_the_queue_decides_the_kind_of_command() -> None:
    """Not the fields. A poison queue has the kind of its outbox."""
    assert read(CALL, "call-outbox").command == PlaceCall(id="c1", to=TO, say="Hello world.")
    assert read(CALL, "call-outbox-poison").key.row == "call:c1"
    with pytest.raises(CommandRefused, match="unknown field"):
        read(CALL, "sms-outbox")


def test_a_command_without_an_id_has_the_message_id() -> None:
    """A copy keeps it, although it is another message."""
    first = read({"to": TO, "body": "x"}, message_id="queue-id-7")
    copy = queued_command.read(QueueMessage("sms-outbox", "another", first.to_json(attempt=1).encode()), LATER)
    assert first.key.id == copy.key.id == "queue-id-7"


def test_a_copy_has_attempt_and_first_seen() -> None:
    """From its envelope."""
    copy = read(ENVELOPE)
    assert (copy.attempt, copy.first_seen, copy.queued_at) == (3, NINE, NINE)
    assert copy.command == read(TEXT).command


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
def test_a_copy_is_the_same_command(queue: str) -> None:
    """Same command, same key, same fingerprint."""
    first = read(TEXT if queue == "sms-outbox" else CALL, queue)
    copy = read(json.loads(first.to_json(attempt=first.attempt + 1)), queue)
    assert (copy.command, copy.key, copy.fingerprint) == (first.command, first.key, first.fingerprint)
    assert (copy.attempt, copy.first_seen) == (1, first.first_seen)


@pytest.mark.parametrize("value", [TEXT, ENVELOPE])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_base64_is_the_same_command(value: object, end: bytes) -> None:
    """Many clients send base64, and an operator may requeue a copy with one of them."""
    assert read(base64.b64encode(json.dumps(value).encode()) + end) == read(value)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "x" * 101},
        {"id": 7},
        {"attempt": -1},
        {"attempt": "1"},
        {"attempt": 1.5},
        {"first_seen": "yesterday"},
        {"first_seen": "2026-01-31T09:00:00"},
        {"first_seen": None},
        {"attempts": 1},
    ],
)
def test_an_invalid_envelope_is_refused(changed: dict[str, object]) -> None:
    """Switchboard did not write it, so nothing in it is used."""
    with pytest.raises(CommandRefused, match="not an envelope of Switchboard"):
        read(ENVELOPE | changed)


@pytest.mark.parametrize("missing", ["id", "attempt", "first_seen"])
def test_an_incomplete_envelope_is_refused(missing: str) -> None:
    """Without one of its parts a copy would start again at the first attempt."""
    with pytest.raises(CommandRefused, match="not an envelope of Switchboard"):
        read({name: value for name, value in ENVELOPE.items() if name != missing})


@pytest.mark.parametrize("command", [{"to": "0912", "body": "x"}, [], None, 7, "x", CALL])
def test_an_envelope_without_a_valid_command_is_refused(command: object) -> None:
    """By the rule that a sender's own message violates."""
    with pytest.raises(CommandRefused):
        read(ENVELOPE | {"command": command})


def test_a_command_without_room_for_an_envelope_is_refused() -> None:
    """It could never be requeued, so it is refused when it is first read."""
    template = {"to": TO, "content_sid": "HX" + "b2" * 16}
    fits, large = ({**template, "content_variables": {"1": "x" * size}} for size in (60_000, 61_440))
    assert len(read(fits).to_json(attempt=999_999_999)) < 64 * 1024
    with pytest.raises(CommandRefused, match="61,440 at most"):
        read(large)


@pytest.mark.parametrize(
    ("command", "hours"),
    [
        (TEXT, 24),
        (CALL, 24),
        ({**CALL, "validity_period": 60}, 1 / 60),
        ({**TEXT, "validity_period": 36_000}, 10),
        ({**TEXT, "validity_period": 1}, 1 / 3600),
        ({**TEXT, "send_at": "2026-01-31T14:15:00Z", "messaging_service_sid": SERVICE}, 2),
        ({**TEXT, "send_at": "2026-02-28T12:00:00Z", "messaging_service_sid": SERVICE}, 24),
        ({**TEXT, "send_at": "2026-01-31T22:15:00Z", "validity_period": 7200}, 10),
    ],
)
def test_give_up_at_is_the_earliest_limit(command: dict[str, object], hours: float) -> None:
    """A day after first_seen, the validity period, or 15 minutes before `send_at`, where the validity begins."""
    queue = "call-outbox" if "say" in command else "sms-outbox"
    assert queued(command, queue).give_up_at == NOON + timedelta(hours=hours)


def test_a_claim_has_no_body() -> None:
    """Its digest and length recognize the text in Twilio's list.

    The sender is resolved, because settings may change.
    """
    claim = queued(attempt=2).claim(SETTINGS, "run-1", LATER)
    assert (claim.state, claim.attempt, claim.run, claim.to) == ("claimed", 2, "run-1", TO)
    assert (claim.sender, claim.first_seen, claim.first_claimed_at) == (SETTINGS.sender, NOON, LATER)
    assert (claim.body_digest, claim.body_length) == (hashlib.sha256(b"Hello world.").hexdigest(), 12)
    assert "Hello world." not in str([getattr(claim, name) for name in claim.__struct_fields__])


def test_a_claim_of_a_call_has_no_digest() -> None:
    """Nothing identifies a call in a list."""
    claim = queued(CALL, "call-outbox").claim(SETTINGS, "run-1", LATER)
    assert (claim.body_digest, claim.body_length) == ("", 0)


def test_the_text_form_of_a_command_has_neither_number_nor_body() -> None:
    """A traceback may contain it."""
    assert repr(queued()) == "QueuedCommand(sms:t1 attempt=0)"


@pytest.mark.parametrize(
    ("body", "identity"),
    [
        (TEXT, "t1"),
        (ENVELOPE, "t1"),
        ({"id": "campaign-7", "to": "0912"}, "campaign-7"),
        ({"to": TO, "body": "x"}, ""),
        ({"id": "no spaces", "to": TO}, ""),
        ({"id": 7}, ""),
        ([TEXT], ""),
        (b"{", ""),
        (base64.b64encode(json.dumps(TEXT).encode()), "t1"),
    ],
)
def test_the_id_in_a_message_is_found_in_an_invalid_command_too(body: object, identity: str) -> None:
    """The sender and the poison function need it."""
    assert queued_command.own_id(message(body)) == identity


def test_a_wrapped_message_keeps_its_id() -> None:
    """Its own or its queue's, so that its copy is the same delivery."""
    own, given = (
        queued_command.wrap(message(TEXT), LATER, 120),
        queued_command.wrap(message({"to": TO, "body": "x"}), LATER, 120),
    )
    assert own is not None
    assert given is not None
    assert (read(own.encode()).key, read(own.encode()).first_seen) == (read(TEXT).key, LATER)
    assert read(own.encode()).paused == 120
    assert read(given.encode(), message_id="another").key.id == "m1"


def test_a_wrapped_envelope_keeps_its_fields_and_adds_the_pause() -> None:
    """It has id, attempt and times already."""
    wrapped = queued_command.wrap(message({**ENVELOPE, "paused": 60}), LATER, 120)
    assert wrapped is not None
    assert json.loads(wrapped) == {
        **json.loads(json.dumps(ENVELOPE)),
        "queued_at": ENVELOPE["first_seen"],
        "paused": 180,
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"null", b"\xff"])
def test_a_message_that_is_not_a_json_object_is_not_wrapped(body: bytes) -> None:
    """It contains no command."""
    assert queued_command.wrap(message(body), LATER, 120) is None


@pytest.mark.parametrize(
    "body", [b'{"command": 123456789012345678901234567890}', b'{"command": ' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_an_envelope_with_unusual_json_is_refused(body: bytes) -> None:
    """Numbers beyond 64 bits, and deep nesting."""
    with pytest.raises(CommandRefused):
        read(body)
    assert queued_command.wrap(message(body), LATER, 120) is None


def test_what_xml_cannot_hold_is_wrapped_escaped() -> None:
    """U+FFFE in a command or in a copy of ours: Queue Storage carries a message inside XML."""
    command = {**TEXT, "body": "x\ufffe\uffff"}
    for value in (command, ENVELOPE | {"command": command}):
        wrapped = queued_command.wrap(message(json.dumps(value, ensure_ascii=False).encode()), LATER, 0)
        assert wrapped is not None
        assert not {"\ufffe", "\uffff"} & set(wrapped)
        assert read(wrapped.encode()).command == SendSms(id="t1", to=TO, body="x\ufffe\uffff")


class LaterSms(SendSms, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A text of a later version: with a field and two defaults that there are not today."""

    priority: int = 5
    validity_period: int | None = 3600
    send_at: datetime | None = LATER


@pytest.mark.parametrize("value", [TEXT, {**TEXT, "validity_period": 3600}, {**TEXT, "media_urls": [], "from": None}])
def test_a_field_or_a_default_that_is_added_changes_no_fingerprint(value: dict[str, object]) -> None:
    """Messages on their way, and records in the table, outlive a version of the app."""
    later = commands.canonical(commands.parse(LaterSms, value), value)
    assert later == read(value).canonical


def test_the_canonical_form_is_the_same_command() -> None:
    """A copy of ours has it: what its sender gave stays given, also where it equals a later default."""
    given = {**TEXT, "validity_period": 3600, "from": None, "media_urls": ()}
    assert json.loads(read(given).canonical) == {**TEXT, "validity_period": 3600}
    assert json.loads(read(given).to_json())["command"] == {**TEXT, "validity_period": 3600}


# Written by the first version: the records of its commands are in the tables.
FIRST_FINGERPRINTS: list[tuple[str, dict[str, object], str]] = [
    ("sms-outbox", dict(TEXT), "bbca98c36c519dacc663a2e4575e44a2c378fba2905b15c9ac3f4b57ad2a839c"),
    (
        "sms-outbox",
        {
            "to": TO,
            "content_sid": "HX" + "b2" * 16,
            "content_variables": {"2": "Bia", "1": "Ana"},
            "media_urls": ["https://example.com/a"],
            "messaging_service_sid": SERVICE,
            "send_at": "2026-02-01T12:00:00.5+01:00",
            "validity_period": 60,
        },
        "4d32ead5b1b0116a22d363e5e7cee1667d1e8ac84e6a0a61646714a51e196117",
    ),
    (
        "sms-outbox",
        {"to": "whatsapp:" + TO, "body": "olá \ufffe", "from": "whatsapp:+15005550001"},
        "11e093c80a6a1799840242458b23242fc8a07a0489b666e6ce6bdc9509b484ec",
    ),
    (
        "call-outbox",
        {
            "id": "c1",
            "to": TO,
            "say": "Hello",
            "language": "en-GB",
            "voice": "Polly.Amy",
            "timeout": 20,
            "record": True,
            "machine_detection": "Enable",
            "send_digits": "1w",
            "from": "+15005550001",
        },
        "d9ac5b3d6f88092becd028d966694a0130a14a159c3f6b6aca8fb0f15949559f",
    ),
    (
        "call-outbox",
        {"to": TO, "url": "https://example.com/", "record": False},
        "8f2b7f8a5511e43eb62bf59e07d86b98f62f5fbc0e9276e671c7d396f5ba48fb",
    ),
]


@pytest.mark.parametrize(("queue", "command", "fingerprint"), FIRST_FINGERPRINTS)
def test_a_record_of_the_first_version_is_recognized(queue: str, command: dict[str, object], fingerprint: str) -> None:
    """The same command pushed again is the same delivery, not another command by its id."""
    assert read(command, queue).fingerprint == fingerprint
