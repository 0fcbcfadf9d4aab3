"""`ops forget`: which records of a person may be deleted, and which protect the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.errors import UsageError
from ops.personal_data import (
    CHANGED,
    addresses_of,
    commands_of,
    delete_records,
    read_dead_letters,
    why_kept,
    why_message_may_wait,
)
from ops.waiting_commands import WaitingCommands, keys_of
from switchboard.delivery.record import Stored
from switchboard.queues import QueueMessage
from tests.memory import MemoryLedger
from tests.ops_context import SETTINGS, TEXT, TO, FakeDeadLetterQueue, read

NOW = datetime.now(UTC)
DAY = 24 * 3600.0
LONG_AGO = 10 * DAY


def stored(state: str, *, age: float = LONG_AGO, give_up_in: float = -DAY) -> Stored:
    """Returns a record in this state."""
    claimed = read(TEXT).claim(SETTINGS, "run", NOW)
    record = msgspec.structs.replace(claimed, state=state, give_up_at=NOW + timedelta(seconds=give_up_in))
    return Stored(record, "1", age)


@pytest.mark.parametrize("state", ["delivered", "failed", "refused", "rejected", "opted_out", "expired", "canceled"])
def test_a_record_that_ended_long_ago_is_deleted(state: str) -> None:
    """Nothing depends on it any more."""
    assert why_kept(stored(state), NOW) == ""


@pytest.mark.parametrize("state", ["claimed", "unknown", "released"])
def test_an_open_record_is_kept(state: str) -> None:
    """Its message would be sent by another worker as a first attempt."""
    assert "its message is on the queue" in why_kept(stored(state), NOW)


def test_an_unresolved_record_is_kept() -> None:
    """A replay of its dead letter would send it again."""
    assert "decide about it first" in why_kept(stored("unresolved"), NOW)


def test_a_record_is_kept_while_a_copy_of_its_message_can_be_sent() -> None:
    """Until the command gives up, however it ended."""
    assert "may be on the queue until" in why_kept(stored("delivered", give_up_in=60), NOW)
    assert why_kept(stored("delivered", give_up_in=-60), NOW) == ""


def test_a_record_is_kept_while_its_dead_letter_can_be_replayed() -> None:
    """A replay without a record looks like a first attempt."""
    assert "replayed" in why_kept(stored("expired"), NOW, has_dead_letter=True)


def test_an_accepted_text_is_kept_until_its_end_or_until_nobody_looks_for_it() -> None:
    """Some carriers report no end; a scheduled text is sent later."""
    assert "not reported its end" in why_kept(stored("sent", age=DAY), NOW)
    assert why_kept(stored("sent", age=LONG_AGO), NOW) == ""
    assert "not reported its end" in why_kept(stored("scheduled", age=LONG_AGO), NOW)


async def test_a_record_that_changed_meanwhile_is_not_deleted() -> None:
    """Another version may be open again."""
    ledger = MemoryLedger()
    before = await ledger.insert(stored("delivered").record)
    await ledger.replace(before, msgspec.structs.replace(before.record, state="read", run="other"))
    (kept,) = await delete_records(ledger, [before])
    assert (kept.reason, len(ledger.records())) == (CHANGED, 1)


async def test_a_deleted_record_is_gone() -> None:
    """And no other."""
    ledger = MemoryLedger()
    first = await ledger.insert(stored("delivered").record)
    other = msgspec.structs.replace(first.record, key=msgspec.structs.replace(first.record.key, id="t2"))
    await ledger.insert(other)
    assert await delete_records(ledger, [first]) == []
    assert [record.key.id for record in ledger.records()] == ["t2"]


def test_a_number_is_also_one_in_its_channels() -> None:
    """Each address is a partition of its own."""
    assert addresses_of(TO) == (TO, f"whatsapp:{TO}", f"rcs:{TO}")
    assert addresses_of("client:alice") == ("client:alice",)


@pytest.mark.parametrize("text", ["", "0912", "+1 500 555", "alice"])
def test_another_spelling_is_refused(text: str) -> None:
    """It would find nothing, and say that nothing is stored."""
    with pytest.raises(UsageError):
        addresses_of(text)


def test_a_dead_letter_without_its_outbox_is_recognized() -> None:
    """A message that was too large for a reason beside it."""
    queue = FakeDeadLetterQueue()
    queue.add(TEXT, queue="")
    (message,) = queue.messages
    bare = msgspec.structs.replace(message, dead_letter=None, content=TEXT)
    assert [(key.row, to) for key, to in commands_of(bare)] == [("sms:t1", TO)]


async def test_a_dead_letter_that_another_command_hides_is_not_overlooked() -> None:
    """A replay asks its question meanwhile; or a reader was killed, and its messages stay hidden for minutes."""
    queue = FakeDeadLetterQueue()
    queue.add(TEXT)
    assert await read_dead_letters(queue) == (queue.messages, True)
    queue.hidden_elsewhere = 1
    assert await read_dead_letters(queue) == (queue.messages, False)


def test_a_record_is_kept_while_a_message_of_its_sender_waits() -> None:
    """However long ago it was pushed: without a record it is a new command."""
    waiting = WaitingCommands(keys_of([QueueMessage("sms-outbox", "m2", TEXT.encode())]))
    assert "waits on sms-outbox" in why_message_may_wait(stored("delivered"), waiting)
    assert why_message_may_wait(stored("delivered"), WaitingCommands(frozenset())) == ""


@pytest.mark.parametrize(("queue", "reason"), [("sms-outbox-poison", True), ("call-outbox", False)])
def test_a_record_is_kept_while_its_outbox_has_more_than_can_be_seen(queue: str, reason: bool) -> None:
    """Among them may be its message; not on the outbox of another kind."""
    assert bool(why_message_may_wait(stored("delivered"), WaitingCommands(frozenset(), (queue,)))) is reason


def test_a_message_that_is_no_command_is_of_no_delivery() -> None:
    """And keeps no record."""
    assert keys_of([QueueMessage("sms-outbox", "m2", b"not JSON")]) == frozenset()
