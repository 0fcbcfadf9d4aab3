"""Dead letters: a message that nothing more is done about is kept whole, for ever, and with the reason."""

import json

import pytest

from switchboard.delivery.transitions import move_to_dead_letter
from switchboard.errors import StorageUnavailable
from switchboard.queues import LARGEST_MESSAGE, NEVER_EXPIRES, QueueMessage
from tests.fake_worker import FakeWorker
from tests.fakes import FakeQueues

REASON = "it failed five times"


async def buried(body: bytes, queue: str = "sms-outbox-poison") -> FakeQueues:
    """The queues after this was buried."""
    worker = FakeWorker()
    await move_to_dead_letter(worker.context, QueueMessage(queue, "m9", body), REASON)
    return worker.queues


@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
async def test_a_letter_has_the_message_its_queue_and_the_reason(queue: str) -> None:
    """The queue is the one that its sender pushed to, whichever it lay in last."""
    for each in (queue, f"{queue}-poison"):
        outbox = await buried(b'{"to": "x", "body": "ol\xc3\xa1"}', each)
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
async def test_what_leaves_no_room_for_a_reason_is_kept_as_it_came(body: str) -> None:
    """The message is what must not be lost; escapes count, because the queue counts them."""
    (letter,) = (await buried(body.encode())).messages
    assert (letter.body, letter.time_to_live) == (body, NEVER_EXPIRES)


async def test_what_just_leaves_room_has_its_reason() -> None:
    """A letter may be as large as a message may be."""
    room = LARGEST_MESSAGE - len((await buried(b"")).messages[0].body)
    (letter,) = (await buried(b"x" * room)).messages
    assert len(letter.body) == LARGEST_MESSAGE
    assert json.loads(letter.body)["reason"] == REASON


async def test_a_letter_that_cannot_be_written_is_raised() -> None:
    """Whoever wrote it keeps the message meanwhile."""
    worker = FakeWorker()
    worker.queues.error = StorageUnavailable("queue dead-letter did not take a message")
    with pytest.raises(StorageUnavailable):
        await move_to_dead_letter(worker.context, QueueMessage("sms-outbox-poison", "m9", b"x"), REASON)
