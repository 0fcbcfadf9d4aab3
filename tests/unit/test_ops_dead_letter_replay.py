"""Replaying dead letters: which are replayed, which are not and why, and that none is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ops.dead_letter_queue import DeadLetterMessage
from ops.dead_letter_replay import ReplayResult, has_no_id, replay
from switchboard.errors import StorageUnavailable
from tests.ops_context import SETTINGS, TEXT, TO, FakeCommandContext, FakeOperatorServices, read

OLD = '{"command": {"id": "t1", "to": "+15005550010", "body": "Hello"}, "id": "t1", "attempt": 2, '
OLD_COPY = OLD + '"first_seen": "2026-01-01T00:00:00Z"}'


async def replayed(services: FakeOperatorServices, outbox: str = "", *, without_record: bool = False) -> ReplayResult:
    """Replays the only dead letter."""
    async with services.dead_letters.hide(lambda _: True) as hidden:
        return await replay(services, hidden[0], outbox, without_record=without_record)


async def add_record(services: FakeOperatorServices, state: str, attempt: int = 0) -> None:
    """Inserts a record of the command in this state."""
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    await services.memory.insert(msgspec.structs.replace(claimed, state=state, attempt=attempt))


async def test_a_dead_letter_is_put_onto_its_outbox_and_deleted() -> None:
    """In an envelope with its id and attempt, and a full day of time."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(OLD_COPY)
    await add_record(services, "released", 2)
    assert (await replayed(services)).replayed
    (message,) = services.fake_queues.messages
    queued = read(message.body)
    assert (queued.key.id, queued.attempt, queued.command.to) == ("t1", 2, TO)
    assert queued.give_up_at > datetime.now(UTC)
    assert (message.queue, message.time_to_live) == ("sms-outbox", -1)
    assert services.fake_dead_letters.messages == []


async def test_interrupted_before_the_deletion_the_same_id_is_replayed_again() -> None:
    """Two copies with one id are sent once. An id that the app made stays the same too."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add('{"to": "+15005550010", "body": "Hello"}', message_id="m7")
    services.fake_dead_letters.failure = StorageUnavailable("queue dead-letter did not answer")
    with pytest.raises(StorageUnavailable):
        await replayed(services)
    assert (await replayed(services)).replayed
    assert {read(body).key.id for body in services.fake_queues.bodies("sms-outbox")} == {"m7"}


async def test_a_queue_that_does_not_answer_leaves_the_dead_letter() -> None:
    """The message is not lost."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(TEXT)
    services.fake_queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(StorageUnavailable):
        await replayed(services)
    assert len(services.fake_dead_letters.messages) == 1


@pytest.mark.parametrize(
    ("state", "attempt", "said"),
    [
        ("unresolved", 0, "deliveries resolve t1 --to"),
        ("delivered", 0, "its delivery is delivered"),
        ("sent", 0, "its delivery is sent"),
        ("expired", 0, "its delivery is expired"),
        ("released", 3, "a later attempt"),
    ],
)
async def test_a_dead_letter_whose_replay_would_do_nothing_stays(state: str, attempt: int, said: str) -> None:
    """A worker would drop the message because of the record, and the dead letter would be gone."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(TEXT)
    await add_record(services, state, attempt)
    result = await replayed(services)
    assert not result.replayed
    assert said in result.detail
    assert services.fake_queues.messages == []
    assert len(services.fake_dead_letters.messages) == 1


@pytest.mark.parametrize("state", ["claimed", "unknown", "released"])
async def test_the_dead_letter_of_an_open_delivery_is_replayed(state: str) -> None:
    """A record without a message makes no progress."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(TEXT)
    await add_record(services, state)
    assert (await replayed(services)).replayed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ('{"to": "0912", "body": "Hello"}', "to: not E.164"),
        (json.dumps({"id": "t", "to": TO, "body": "x", "send_at": "2026-01-31T09:00:00Z"}), "send_at has passed"),
        (TEXT.replace("Hello", "Another text"), "belongs to another command"),
    ],
)
async def test_a_message_that_the_app_would_refuse_stays_with_the_reason(body: str, said: str) -> None:
    """The reason is part of the result."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(body)
    await add_record(services, "released")
    assert said in (await replayed(services)).detail
    assert len(services.fake_dead_letters.messages) == 1


async def test_a_dead_letter_without_an_outbox_needs_the_option() -> None:
    """A message that was too large for a reason beside it does not name its outbox."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.messages.append(DeadLetterMessage("dead-letter-1", TEXT, None, None))
    assert "name it by --queue" in (await replayed(services)).detail
    assert (await replayed(services, "sms-outbox")).replayed


@pytest.mark.parametrize(
    ("body", "without"),
    [(TEXT, False), (OLD_COPY, False), ('{"to": "+15005550010", "body": "Hello"}', True)],
)
def test_a_message_without_an_id_is_recognized(body: str, *, without: bool) -> None:
    """The operator is warned: it may be sent twice."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(body)
    assert has_no_id(services.fake_dead_letters.messages[0]) is without


@pytest.mark.parametrize("attempt", [0, 2])
async def test_an_old_dead_letter_without_a_record_stays_unless_it_is_asked_for(attempt: int) -> None:
    """Its record may be purged, and it may have been sent. Asked for, its first attempt begins anew."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(OLD_COPY.replace('"attempt": 2', f'"attempt": {attempt}'))
    result = await replayed(services)
    assert not result.replayed
    assert "--without-record" in result.detail
    assert services.fake_queues.messages == []
    assert (await replayed(services, without_record=True)).replayed
    assert read(services.fake_queues.messages[0].body).attempt == 0


async def test_a_new_dead_letter_without_a_record_is_replayed() -> None:
    """Nothing was ever tried: a record would still be there."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add(TEXT)
    assert (await replayed(services)).replayed


async def test_the_retention_is_the_deployments() -> None:
    """RETENTION_DAYS, where the commands know it."""
    services = FakeCommandContext().fakes
    services.environ = {**services.environ, "RETENTION_DAYS": "36500"}
    services.fake_dead_letters.add(OLD_COPY.replace('"attempt": 2', '"attempt": 0'))
    assert (await replayed(services)).replayed


async def test_a_replayed_deadline_begins_again() -> None:
    """The operator wants it sent now: a validity of a minute is a minute from now."""
    services = FakeCommandContext().fakes
    services.fake_dead_letters.add('{"id": "t1", "to": "+15005550010", "body": "1234", "validity_period": 60}')
    assert (await replayed(services)).replayed
    assert read(services.fake_queues.messages[0].body).give_up_at > datetime.now(UTC)
