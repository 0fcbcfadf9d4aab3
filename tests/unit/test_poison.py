"""Messages of the poison queues: requeued, dropped, refused, or moved to dead-letter."""

import json

import pytest

from switchboard.errors import StorageUnavailable
from switchboard.queues import NEVER_EXPIRES, QueueMessage
from tests.fake_worker import COMMANDS, TEXT, TO, FakeWorker, message, queued, record
from tests.memory import NOON

DAY = 24 * 3600.0
ENDED_OR_ACCEPTED = ["refused", "rejected", "opted_out", "expired", "unresolved", "queued", "sent", "delivered"]


async def handle(worker: FakeWorker, command: object = TEXT, queue: str = "sms-outbox") -> None:
    """Handles a message of a poison queue, which has the body only and an id of its own."""
    await worker.handle_poison(message(command, f"{queue}-poison", "p1"))


def copy(attempt: int) -> object:
    """A requeued copy, first seen at noon."""
    return json.loads(queued(attempt=attempt).to_json())


@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_command_without_a_record_is_requeued(queue: str) -> None:
    """Its worker crashed before the claim: nothing was sent."""
    worker = FakeWorker()
    await handle(worker, COMMANDS[queue], queue)
    (put,), (envelope,) = worker.requeued, worker.envelopes
    assert (put.queue, put.time_to_live, put.delay) == (queue, NEVER_EXPIRES, 5)
    assert (envelope["command"], envelope["id"], envelope["attempt"]) == (COMMANDS[queue], COMMANDS[queue]["id"], 0)
    assert worker.letters == []


@pytest.mark.parametrize("state", ["claimed", "unknown", "released"])
async def test_a_command_with_an_open_record_is_requeued(state: str) -> None:
    """With the same attempt, because some message must drive the delivery."""
    worker = FakeWorker()
    await worker.hold(record(state=state, attempt=2))
    await handle(worker, copy(2))
    assert [envelope["attempt"] for envelope in worker.envelopes] == [2]
    assert (worker.letters, worker.record.state) == ([], state)


@pytest.mark.parametrize("state", ENDED_OR_ACCEPTED)
async def test_a_command_whose_delivery_is_accepted_or_ended_is_dropped(state: str) -> None:
    """The message failed, not the delivery."""
    worker = FakeWorker()
    await worker.hold(record(state=state))
    await handle(worker)
    assert worker.queues.messages == []


@pytest.mark.parametrize(("age", "delay"), [(0, 5), (60, 60), (1800, 1800), (7200, 3600)])
async def test_an_old_command_is_requeued_with_a_longer_delay(age: float, delay: float) -> None:
    """Its own age, 5 s to an hour: a message that crashes workers costs few of them."""
    worker = FakeWorker()
    worker.clock.pass_(age)
    await handle(worker, copy(1))
    assert worker.requeued[0].delay == delay


async def test_the_age_is_that_of_the_record() -> None:
    """A sender's own message does not contain first_seen."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(600)
    await handle(worker)
    assert worker.requeued[0].delay == 600


async def test_a_command_is_requeued_until_its_time_is_over() -> None:
    """A command that always fails is requeued for a day, less and less often, then moves to dead-letter."""
    worker = FakeWorker()
    await handle(worker)
    rounds = 0
    while worker.requeued:
        (put,) = worker.requeued
        worker.queues.messages.remove(put)
        worker.clock.pass_(put.delay)
        await worker.handle_poison(QueueMessage("sms-outbox-poison", "p2", put.body.encode()))
        rounds += 1
    assert 20 <= rounds <= 40
    assert (worker.clock.now() - NOON).total_seconds() == DAY
    assert "its time is over" in worker.letters[0]["reason"]


async def test_a_command_without_an_id_moves_to_dead_letter() -> None:
    """Nothing connects it to its delivery: the id of the first message is lost."""
    worker = FakeWorker()
    await handle(worker, {"to": TO, "body": "Hello world."})
    assert "has no id" in worker.letters[0]["reason"]
    assert worker.requeued == []


async def test_a_copy_of_a_command_without_an_id_has_the_message_id() -> None:
    """The envelope has the id of the first message."""
    worker = FakeWorker()
    await handle(worker, json.loads(queued({"to": TO, "body": "x"}).to_json(attempt=1)))
    assert [envelope["id"] for envelope in worker.envelopes] == ["m1"]


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b"x" * 65_536, b"[" * 30_000, b'{"id": "t1", "to": "0912", "body": "x"}', b"[]"]
)
@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_message_that_is_not_a_command_moves_to_dead_letter(queue: str, body: bytes) -> None:
    """With the violated rule but without the value, and the name of its outbox."""
    worker = FakeWorker()
    await handle(worker, body, queue)
    (letter,) = worker.queues.messages
    assert (letter.queue, letter.time_to_live) == ("dead-letter", NEVER_EXPIRES)
    if len(body) < 60_000:
        kept = json.loads(letter.body)
        assert (kept["queue"], kept["message_id"], kept["body"]) == (queue, "p1", body.decode(errors="replace"))
        assert "is not a command" in kept["reason"]
        assert "0912" not in kept["reason"]


async def test_an_unavailable_ledger_requeues_the_command() -> None:
    """That is always safe: the next delivery reads the record."""
    worker = FakeWorker()
    worker.failures.away = True
    await handle(worker)
    assert (len(worker.requeued), worker.letters) == (1, [])


async def test_a_command_that_cannot_be_requeued_moves_to_dead_letter() -> None:
    """One of the two queues accepts it."""
    worker = FakeWorker()
    worker.queues.broken = {"sms-outbox"}
    await handle(worker)
    assert "could not be requeued" in worker.letters[0]["reason"]


@pytest.mark.parametrize("body", [TEXT, b"{"])
async def test_the_function_fails_only_when_both_queues_fail(body: object) -> None:
    """The poison queue keeps the message."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue storage did not handle a message")
    with pytest.raises(StorageUnavailable):
        await handle(worker, body)


@pytest.mark.parametrize(
    ("state", "ended"), [("", "expired"), ("released", "expired"), ("claimed", "unresolved"), ("unknown", "unresolved")]
)
async def test_a_command_whose_time_is_over_ends_with_an_event(state: str, ended: str) -> None:
    """Expired when Twilio certainly never accepted it, else unresolved; the message moves to dead-letter."""
    worker = FakeWorker()
    if state:
        await worker.hold(record(state=state))
    worker.clock.pass_(DAY)
    await handle(worker, copy(0))
    assert "its time is over" in worker.letters[0]["reason"]
    assert ([event["state"] for event in worker.events], worker.record.state) == ([ended], ended)


async def test_an_expired_command_is_requeued_while_the_ledger_is_unavailable() -> None:
    """Whether it was delivered is not known yet."""
    worker = FakeWorker()
    worker.clock.pass_(DAY)
    worker.failures.away = True
    await handle(worker, copy(0))
    assert (len(worker.requeued), worker.letters, worker.events) == (1, [], [])


@pytest.mark.parametrize("state", ["claimed", "queued", "delivered"])
async def test_another_command_with_the_same_id_is_refused(state: str) -> None:
    """It is not dropped as delivered, and does not end the other delivery."""
    worker = FakeWorker()
    await worker.hold(record(state=state))
    await handle(worker, {**TEXT, "body": "Something else."})
    (event,) = worker.events
    assert (event["state"], event["reason"]) == ("refused", "id: already given to another command")
    assert (worker.record.state, worker.requeued, worker.letters) == (state, [], [])
