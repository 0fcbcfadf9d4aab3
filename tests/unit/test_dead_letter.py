"""Dead letters: the message, complete, with the reason."""

import json

import pytest

from switchboard.delivery.transitions import move_to_dead_letter
from switchboard.errors import StorageUnavailable
from switchboard.queues import LARGEST_MESSAGE, NEVER_EXPIRES, QueueMessage
from tests.fake_worker import FakeWorker
from tests.fakes import FakeQueues

REASON = "it failed five times"


async def dead_lettered(body: bytes, queue: str = "sms-outbox-poison") -> FakeQueues:
    """Returns the queues after a message was moved to `dead-letter`."""
    worker = FakeWorker()
    await move_to_dead_letter(worker.context, QueueMessage(queue, "m9", body), REASON)
    return worker.queues


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
async def test_a_dead_letter_has_the_message_its_queue_and_the_reason(queue: str) -> None:
    """The queue is the outbox that its sender pushed to, also for a message of a poison queue."""
    for each in (queue, f"{queue}-poison"):
        outbox = await dead_lettered(b'{"to": "x", "body": "ol\xc3\xa1"}', each)
        (letter,) = outbox.messages
        kept = json.loads(letter.body)
        assert (letter.queue, letter.time_to_live, letter.delay) == ("dead-letter", NEVER_EXPIRES, 0)
        assert kept.pop("time").endswith("Z")
        assert kept == {
            "queue": queue,
            "message_id": "m9",
            "reason": REASON,
            "body": '{"to": "x", "body": "olá"}',
        }


@pytest.mark.parametrize(
    "body", ["x" * LARGEST_MESSAGE, "x" * (LARGEST_MESSAGE - 10), '"' * (LARGEST_MESSAGE // 2 + 1)]
)
async def test_a_message_without_room_for_a_reason_is_kept_unchanged(body: str) -> None:
    """The message must not be lost. Escapes count, because the queue counts them."""
    (letter,) = (await dead_lettered(body.encode())).messages
    assert (letter.body, letter.time_to_live) == (body, NEVER_EXPIRES)


async def test_a_message_with_just_enough_room_has_its_reason() -> None:
    """A dead letter may be as large as a queue message."""
    room = LARGEST_MESSAGE - len((await dead_lettered(b"")).messages[0].body)
    (letter,) = (await dead_lettered(b"x" * room)).messages
    assert len(letter.body) == LARGEST_MESSAGE
    assert json.loads(letter.body)["reason"] == REASON


async def test_a_dead_letter_that_cannot_be_written_raises() -> None:
    """The caller's queue keeps the message."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue dead-letter did not take a message")
    with pytest.raises(StorageUnavailable):
        await move_to_dead_letter(worker.context, QueueMessage("sms-outbox-poison", "m9", b"x"), REASON)
