"""A message of an outbox, read: a sender's own, a copy of ours, and what is neither."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
    """Read a message an hour after noon."""
    return queued_command.read(message(value, queue, message_id), LATER)


def test_a_senders_message_begins_a_delivery() -> None:
    """At attempt 0, seen now, and queued now where the queue does not say when."""
    begun = read(TEXT)
    assert begun.command == SendSms(id="t1", to=TO, body="Hello world.")
    assert (begun.outbox, begun.message_id, begun.attempt) == ("sms-outbox", "m1", 0)
    assert begun.first_seen == begun.queued_at == LATER
    assert (begun.key.partition, begun.key.row) == (hashlib.sha256(TO.encode()).hexdigest()[:32], "sms:t1")


def test_a_message_was_queued_when_its_queue_says() -> None:
    """How long it waited is counted from there."""
    begun = queued_command.read(QueueMessage("sms-outbox", "m1", json.dumps(TEXT).encode(), NOON), LATER)
    assert (begun.first_seen, begun.queued_at) == (LATER, NOON)


def test_the_queue_says_which_command_it_is() -> None:
    """Not its looks; and a poison queue holds what its own queue does."""
    assert read(CALL, "call-outbox").command == PlaceCall(id="c1", to=TO, say="Hello world.")
    assert read(CALL, "call-outbox-poison").key.row == "call:c1"
    with pytest.raises(CommandRefused, match="unknown field"):
        read(CALL, "sms-outbox")


def test_a_command_without_an_id_has_its_messages() -> None:
    """Which a copy keeps, though the copy is another message."""
    begun = read({"to": TO, "body": "x"}, message_id="queue-id-7")
    copy = queued_command.read(QueueMessage("sms-outbox", "another", begun.to_json(attempt=1).encode()), LATER)
    assert begun.key.id == copy.key.id == "queue-id-7"


def test_a_copy_of_ours_goes_on_where_it_was() -> None:
    """With its attempt, and the time it was first seen."""
    copy = read(ENVELOPE)
    assert (copy.attempt, copy.first_seen, copy.queued_at) == (3, NINE, NINE)
    assert copy.command == read(TEXT).command


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
def test_a_copy_is_the_same_order_again(queue: str) -> None:
    """Written and read: the same command by the same key, told from others by the same fingerprint."""
    begun = read(TEXT if queue == "sms-outbox" else CALL, queue)
    copy = read(json.loads(begun.to_json(attempt=begun.attempt + 1)), queue)
    assert (copy.command, copy.key, copy.fingerprint) == (begun.command, begun.key, begun.fingerprint)
    assert (copy.attempt, copy.first_seen) == (1, begun.first_seen)


@pytest.mark.parametrize("value", [TEXT, ENVELOPE])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_base64_is_the_same_order(value: object, end: bytes) -> None:
    """Half of the world's clients send that, and a person may re-queue a copy of ours by one of them."""
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
def test_what_is_no_envelope_of_ours_is_refused(changed: dict[str, object]) -> None:
    """Somebody else wrote it: nothing in it is believed."""
    with pytest.raises(CommandRefused, match="not an envelope of Switchboard"):
        read(ENVELOPE | changed)


@pytest.mark.parametrize("missing", ["id", "attempt", "first_seen"])
def test_an_envelope_without_a_part_is_refused(missing: str) -> None:
    """Without one, a copy would begin anew."""
    with pytest.raises(CommandRefused, match="not an envelope of Switchboard"):
        read({name: value for name, value in ENVELOPE.items() if name != missing})


@pytest.mark.parametrize("command", [{"to": "0912", "body": "x"}, [], None, 7, "x", CALL])
def test_an_envelope_around_no_command_is_refused(command: object) -> None:
    """By the rule that a sender's own would meet."""
    with pytest.raises(CommandRefused):
        read(ENVELOPE | {"command": command})


def test_a_command_that_leaves_no_room_for_an_envelope_is_refused() -> None:
    """It could be taken once, and never be put back: refused by name at the first reading."""
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
        ({**TEXT, "validity_period": 36_000}, 10),
        ({**TEXT, "validity_period": 1}, 1 / 3600),
        ({**TEXT, "send_at": "2026-01-31T14:15:00Z", "messaging_service_sid": SERVICE}, 2),
        ({**TEXT, "send_at": "2026-02-28T12:00:00Z", "messaging_service_sid": SERVICE}, 24),
        ({**TEXT, "send_at": "2026-01-31T22:15:00Z", "validity_period": 7200}, 2),
    ],
)
def test_it_is_given_up_at_the_first_of_its_ends(command: dict[str, object], hours: float) -> None:
    """A day after it was first seen, its validity, or a quarter of an hour before it was to be sent."""
    queue = "call-outbox" if "say" in command else "sms-outbox"
    assert queued(command, queue).give_up_at == NOON + timedelta(hours=hours)


def test_a_claim_has_what_is_known_but_not_the_body() -> None:
    """Its digest and length recognise the text at Twilio; the sender is resolved, because settings may change."""
    claim = queued(attempt=2).claim(SETTINGS, "run-1", LATER)
    assert (claim.state, claim.attempt, claim.run, claim.to) == ("claimed", 2, "run-1", TO)
    assert (claim.sender, claim.first_seen, claim.first_claimed_at) == (SETTINGS.sender, NOON, LATER)
    assert (claim.body_digest, claim.body_length) == (hashlib.sha256(b"Hello world.").hexdigest(), 12)
    assert "Hello world." not in str([getattr(claim, name) for name in claim.__struct_fields__])


def test_a_calls_claim_has_no_body() -> None:
    """Nothing recognises a call in a list."""
    claim = queued(CALL, "call-outbox").claim(SETTINGS, "run-1", LATER)
    assert (claim.body_digest, claim.body_length) == ("", 0)


def test_what_is_shown_of_an_order_holds_neither_number_nor_body() -> None:
    """An error's traceback may show it."""
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
def test_the_id_in_a_message_is_found_whatever_else_it_says(body: object, identity: str) -> None:
    """A sender finds its command by it, and so does the poison function."""
    assert queued_command.own_id(message(body)) == identity


def test_a_message_is_wrapped_with_the_id_it_will_always_have() -> None:
    """Its own or its queue's, so that it is the same delivery when it comes back as another message."""
    own, given = (
        queued_command.wrap(message(TEXT), LATER, 120),
        queued_command.wrap(message({"to": TO, "body": "x"}), LATER, 120),
    )
    assert own is not None
    assert given is not None
    assert (read(own.encode()).key, read(own.encode()).first_seen) == (read(TEXT).key, LATER)
    assert read(own.encode()).paused == 120
    assert read(given.encode(), message_id="another").key.id == "m1"


def test_an_envelope_keeps_what_it_says_and_adds_the_pause() -> None:
    """It has its id, its attempt and its times already."""
    wrapped = queued_command.wrap(message({**ENVELOPE, "paused": 60}), LATER, 120)
    assert wrapped is not None
    assert json.loads(wrapped) == {
        **json.loads(json.dumps(ENVELOPE)),
        "queued_at": ENVELOPE["first_seen"],
        "paused": 180,
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"null", b"\xff"])
def test_what_is_no_json_object_cannot_be_wrapped(body: bytes) -> None:
    """There is no command in it."""
    assert queued_command.wrap(message(body), LATER, 120) is None


@pytest.mark.parametrize(
    "body", [b'{"command": 123456789012345678901234567890}', b'{"command": ' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_an_envelope_around_any_json_is_refused_and_breaks_nothing(body: bytes) -> None:
    """Numbers beyond 64 bits and deep nesting included."""
    with pytest.raises(CommandRefused):
        read(body)
    assert queued_command.wrap(message(body), LATER, 120) is None
