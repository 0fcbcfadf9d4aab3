"""Dead letters put back onto their outboxes: what is put back, what is not and why, and nothing lost in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ops.letters import Letter
from ops.replaying import Outcome, Replay, has_no_id
from switchboard.errors import StorageUnavailable
from tests.ops_desk import SETTINGS, TEXT, TO, FakeDesk, FakeOperatorServices, read

OLD = '{"command": {"id": "t1", "to": "+15005550010", "body": "Hello"}, "id": "t1", "attempt": 2, '
OLD_COPY = OLD + '"first_seen": "2026-01-01T00:00:00Z"}'


async def replayed(edges: FakeOperatorServices, queue: str = "") -> Outcome:
    """What becomes of the only letter."""
    async with edges.letters.held(lambda _: True) as held:
        return await Replay(edges, queue).replay(held[0])


async def with_record(edges: FakeOperatorServices, state: str, attempt: int = 0) -> None:
    """There is a record of the command, in this state."""
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    await edges.memory.insert(msgspec.structs.replace(claimed, state=state, attempt=attempt))


async def test_a_letter_goes_back_whole_and_is_deleted() -> None:
    """As an envelope that keeps its id and attempt, with its whole time before it."""
    edges = FakeDesk().fakes
    edges.buried.bury(OLD_COPY)
    assert (await replayed(edges)).replayed
    (message,) = edges.fake_queues.messages
    order = read(message.body)
    assert (order.key.id, order.attempt, order.command.to) == ("t1", 2, TO)
    assert order.give_up_at > datetime.now(UTC)
    assert (message.queue, message.time_to_live) == ("sms-outbox", -1)
    assert edges.buried.lying == []


async def test_cut_off_before_it_is_deleted_the_same_id_goes_back_again() -> None:
    """Two copies of one id: the ledger sends it once. An id of our own making stays the same too."""
    edges = FakeDesk().fakes
    edges.buried.bury('{"to": "+15005550010", "body": "Hello"}', message_id="m7")
    edges.buried.failure = StorageUnavailable("queue dead-letter did not answer")
    with pytest.raises(StorageUnavailable):
        await replayed(edges)
    assert (await replayed(edges)).replayed
    assert {read(body).key.id for body in edges.fake_queues.bodies("sms-outbox")} == {"m7"}


async def test_a_queue_that_does_not_take_it_leaves_the_letter() -> None:
    """Never lost."""
    edges = FakeDesk().fakes
    edges.buried.bury(TEXT)
    edges.fake_queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(StorageUnavailable):
        await replayed(edges)
    assert len(edges.buried.lying) == 1


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
async def test_a_letter_that_nothing_would_come_of_stays(state: str, attempt: int, said: str) -> None:
    """The message would be let go by the record it meets, and the letter would be gone for nothing."""
    edges = FakeDesk().fakes
    edges.buried.bury(TEXT)
    await with_record(edges, state, attempt)
    outcome = await replayed(edges)
    assert not outcome.replayed
    assert said in outcome.said
    assert edges.fake_queues.messages == []
    assert len(edges.buried.lying) == 1


@pytest.mark.parametrize("state", ["claimed", "unknown", "released"])
async def test_a_letter_of_an_open_delivery_goes_back(state: str) -> None:
    """Its record drives nothing by itself."""
    edges = FakeDesk().fakes
    edges.buried.bury(TEXT)
    await with_record(edges, state)
    assert (await replayed(edges)).replayed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ('{"to": "0912", "body": "Hello"}', "to: not E.164"),
        (json.dumps({"id": "t", "to": TO, "body": "x", "send_at": "2026-01-31T09:00:00Z"}), "send_at is over"),
        (TEXT.replace("Hello", "Other words"), "given to another command"),
    ],
)
async def test_what_the_app_would_refuse_is_told_here(body: str, said: str) -> None:
    """And stays where it is."""
    edges = FakeDesk().fakes
    edges.buried.bury(body)
    await with_record(edges, "released")
    assert said in (await replayed(edges)).said
    assert len(edges.buried.lying) == 1


async def test_a_letter_without_its_queue_wants_to_be_told() -> None:
    """A message too large for a reason beside it: only a person knows where it belongs."""
    edges = FakeDesk().fakes
    edges.buried.lying.append(Letter("letter-1", TEXT, None, None))
    assert "say --queue" in (await replayed(edges)).said
    assert (await replayed(edges, "sms-outbox")).replayed


@pytest.mark.parametrize(
    ("body", "without"),
    [(TEXT, False), (OLD_COPY, False), ('{"to": "+15005550010", "body": "Hello"}', True)],
)
def test_what_has_no_id_of_its_senders_own_is_known(body: str, *, without: bool) -> None:
    """Of that the operator is warned: it may go out twice."""
    edges = FakeDesk().fakes
    edges.buried.bury(body)
    assert has_no_id(edges.buried.lying[0]) is without
