"""What failed five times: put back while something can come of it, else buried whole with the reason."""

import json

import pytest

from switchboard.errors import StorageUnavailable
from switchboard.queues import NEVER_EXPIRES, QueueMessage
from tests.fake_worker import COMMANDS, TEXT, TO, FakeWorker, message, queued, record
from tests.memory import NOON

DAY = 24 * 3600.0
ENDED_OR_TAKEN = ["refused", "rejected", "opted_out", "expired", "unresolved", "queued", "sent", "delivered"]


async def take(worker: FakeWorker, command: object = TEXT, queue: str = "sms-outbox") -> None:
    """A message comes to a poison queue, which has its body only: its queue's id of it is a new one."""
    await worker.handle_poison(message(command, f"{queue}-poison", "p1"))


def copy(attempt: int) -> object:
    """A copy of ours, first seen at noon."""
    return json.loads(queued(attempt=attempt).to_json())


@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_command_without_a_record_is_put_back(queue: str) -> None:
    """Its worker died before it could claim: nothing was sent, and nothing is lost."""
    worker = FakeWorker()
    await take(worker, COMMANDS[queue], queue)
    (put,), (envelope,) = worker.requeued, worker.envelopes
    assert (put.queue, put.time_to_live, put.delay) == (queue, NEVER_EXPIRES, 5)
    assert (envelope["command"], envelope["id"], envelope["attempt"]) == (COMMANDS[queue], COMMANDS[queue]["id"], 0)
    assert worker.letters == []


@pytest.mark.parametrize("state", ["claimed", "unknown", "released"])
async def test_a_command_in_the_open_is_put_back(state: str) -> None:
    """Somebody has to drive it on; its attempt is what it was."""
    worker = FakeWorker()
    await worker.hold(record(state=state, attempt=2))
    await take(worker, copy(2))
    assert [envelope["attempt"] for envelope in worker.envelopes] == [2]
    assert (worker.letters, worker.record.state) == ([], state)


@pytest.mark.parametrize("state", ENDED_OR_TAKEN)
async def test_a_command_that_has_served_is_let_go(state: str) -> None:
    """Twilio has it, or it has ended: what failed was its message, not the delivery."""
    worker = FakeWorker()
    await worker.hold(record(state=state))
    await take(worker)
    assert worker.queues.messages == []


@pytest.mark.parametrize(("age", "delay"), [(0, 5), (60, 60), (1800, 1800), (7200, 3600)])
async def test_what_has_failed_for_long_comes_back_more_seldom(age: float, delay: float) -> None:
    """Its own age, 5 s to an hour, so that a message that kills workers costs few of them."""
    worker = FakeWorker()
    worker.clock.pass_(age)
    await take(worker, copy(1))
    assert worker.requeued[0].delay == delay


async def test_the_age_is_the_records_where_there_is_one() -> None:
    """A sender's own message does not say when it was first seen."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(600)
    await take(worker)
    assert worker.requeued[0].delay == 600


async def test_it_is_put_back_until_its_time_is_over() -> None:
    """A command that fails for ever goes round for a day, ever more seldom, and is then buried."""
    worker = FakeWorker()
    await take(worker)
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


async def test_a_body_without_an_id_is_buried() -> None:
    """Nothing tells whether it was delivered: its message's id is gone with its message."""
    worker = FakeWorker()
    await take(worker, {"to": TO, "body": "Hello world."})
    assert "has no id" in worker.letters[0]["reason"]
    assert worker.requeued == []


async def test_a_copy_of_a_command_without_an_id_has_its_own() -> None:
    """The envelope kept the first message's id."""
    worker = FakeWorker()
    await take(worker, json.loads(queued({"to": TO, "body": "x"}).to_json(attempt=1)))
    assert [envelope["id"] for envelope in worker.envelopes] == ["m1"]


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b"x" * 65_536, b"[" * 30_000, b'{"id": "t1", "to": "0912", "body": "x"}', b"[]"]
)
@pytest.mark.parametrize("queue", COMMANDS)
async def test_what_is_no_command_is_buried(queue: str, body: bytes) -> None:
    """With the rule that it breaks, but not the value, and under the name of its own queue."""
    worker = FakeWorker()
    await take(worker, body, queue)
    (letter,) = worker.queues.messages
    assert (letter.queue, letter.time_to_live) == ("dead-letter", NEVER_EXPIRES)
    if len(body) < 60_000:
        kept = json.loads(letter.body)
        assert (kept["queue"], kept["message_id"], kept["body"]) == (queue, "p1", body.decode(errors="replace"))
        assert "is not a command" in kept["reason"]
        assert "0912" not in kept["reason"]


async def test_a_ledger_that_is_away_keeps_nothing_from_being_put_back() -> None:
    """That is always safe: the message meets the record when it comes."""
    worker = FakeWorker()
    worker.failures.away = True
    await take(worker)
    assert (len(worker.requeued), worker.letters) == (1, [])


async def test_what_cannot_be_put_back_is_buried() -> None:
    """One of the two queues takes it."""
    worker = FakeWorker()
    worker.queues.broken = {"sms-outbox"}
    await take(worker)
    assert "could not be requeued" in worker.letters[0]["reason"]


@pytest.mark.parametrize("body", [TEXT, b"{"])
async def test_it_fails_only_when_it_could_do_neither(body: object) -> None:
    """The poison queue keeps it meanwhile."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue storage did not take a message")
    with pytest.raises(StorageUnavailable):
        await take(worker, body)


@pytest.mark.parametrize(
    ("state", "ended"), [("", "expired"), ("released", "expired"), ("claimed", "unresolved"), ("unknown", "unresolved")]
)
async def test_one_whose_time_is_over_is_buried_and_its_end_told(state: str, ended: str) -> None:
    """A sender hears that it expired when it was surely never taken, and otherwise that nobody knows."""
    worker = FakeWorker()
    if state:
        await worker.hold(record(state=state))
    worker.clock.pass_(DAY)
    await take(worker, copy(0))
    assert "its time is over" in worker.letters[0]["reason"]
    assert ([event["state"] for event in worker.events], worker.record.state) == ([ended], ended)


async def test_one_whose_time_is_over_while_the_ledger_is_away_comes_back() -> None:
    """Whether it was delivered cannot be told now: it is no dead letter yet."""
    worker = FakeWorker()
    worker.clock.pass_(DAY)
    worker.failures.away = True
    await take(worker, copy(0))
    assert (len(worker.requeued), worker.letters, worker.events) == (1, [], [])


@pytest.mark.parametrize("state", ["claimed", "queued", "delivered"])
async def test_another_command_by_the_same_id_is_refused(state: str) -> None:
    """It must neither pass for served nor end the other's delivery."""
    worker = FakeWorker()
    await worker.hold(record(state=state))
    await take(worker, {**TEXT, "body": "Something else."})
    (event,) = worker.events
    assert (event["state"], event["reason"]) == ("refused", "id: already given to another command")
    assert (worker.record.state, worker.requeued, worker.letters) == (state, [], [])
