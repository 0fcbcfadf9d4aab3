"""What meets a record: another's id, what has been done already, other workers, and a STOP on its way."""

import json
from typing import Any

import pytest

from switchboard.delivery.record import partition_of
from switchboard.errors import NotReached, Rejected, SecretsUnavailable, StorageUnavailable
from tests.fake_worker import CALL, COMMANDS, FROM, SERVICE, TEXT, FakeWorker, queued, record
from tests.memory import NOON

KEY = queued().key
SCHEDULED: dict[str, Any] = {**TEXT, "send_at": "2026-02-01T12:00:00Z", "messaging_service_sid": SERVICE}


async def test_the_same_id_with_other_content_is_refused() -> None:
    """The record of the first is left alone, and the second is not sent."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "body": "Another body."}, message_id="m2")
    (event,) = worker.events
    assert (event["id"], event["state"], event["command_id"]) == ("command.ended:m2:refused", "refused", "t1")
    assert "already given to another command" in event["reason"]
    assert (worker.record.state, len(worker.twilio.asked)) == ("queued", 1)


async def test_one_id_may_name_a_campaign() -> None:
    """The same id goes to each recipient once; and a call by it is not the text."""
    worker = FakeWorker()
    for number in ("+15005550010", "+15005550011"):
        for _ in range(2):
            await worker.deliver({**TEXT, "to": number})
    await worker.deliver({**CALL, "id": "t1"}, "call-outbox")
    assert [command.to for command, _ in worker.twilio.asked] == ["+15005550010", "+15005550011", "+15005550010"]
    assert {row.key.partition for row in worker.ledger.records()} == {
        partition_of("+15005550010"),
        partition_of("+15005550011"),
    }


@pytest.mark.parametrize("queue", COMMANDS)
async def test_the_same_command_again_is_dropped(queue: str) -> None:
    """The queue's redelivery, and the sender's repeated push as another message: nothing happens."""
    worker = FakeWorker()
    for message_id in ("m1", "m1", "m2"):
        await worker.deliver(COMMANDS[queue], queue, message_id)
    assert len(worker.twilio.asked) == 1
    assert worker.queues.messages == []


@pytest.mark.parametrize("error", [Rejected("no", code=21211, status=400), None])
async def test_what_has_ended_is_dropped_for_ever(error: Exception | None) -> None:
    """Rejected or delivered: another push of the same id neither sends nor tells."""
    worker = FakeWorker(error)
    await worker.deliver(TEXT)
    told = len(worker.events)
    worker.twilio.error = None
    worker.clock.pass_(20 * 24 * 3600)
    await worker.deliver(TEXT)
    assert (len(worker.twilio.asked), len(worker.events)) == (1, told)


async def test_a_message_that_meets_a_young_claim_comes_back_when_it_has_ended() -> None:
    """Another worker is at it."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(50)
    await worker.deliver(TEXT)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"], worker.twilio.asked) == (71, 0, [])


async def test_a_message_that_meets_an_old_claim_doubts() -> None:
    """Its worker died before, while or after it asked: nobody knows which."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(120)
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.requeued[0].delay, worker.twilio.asked) == ("unknown", 301, [])


async def test_of_two_workers_with_the_same_command_one_sends() -> None:
    """The other meets its claim while Twilio answers, and comes back to find it done."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.deliver(TEXT, message_id="m2")
    await worker.deliver(TEXT)
    assert (len(worker.twilio.asked), len(worker.requeued)) == (1, 1)
    await worker.deliver_next()
    assert (len(worker.twilio.asked), worker.record.state, worker.queues.messages) == (1, "queued", [])


async def test_a_copy_that_was_superseded_is_dropped() -> None:
    """The copy of the next attempt was sent; the one before comes late."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=2))
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (worker.twilio.asked, worker.queues.messages) == ([], [])


async def test_a_copy_overtakes_a_record_that_was_never_released() -> None:
    """The worker died between copy and record: the copy says that the attempt before was surely not taken."""
    worker = FakeWorker()
    await worker.hold(record(state="claimed", attempt=0))
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (len(worker.twilio.asked), worker.record.state, worker.record.attempt) == (1, "queued", 1)


async def test_a_new_attempt_keeps_what_the_first_left() -> None:
    """When it was first claimed, which a look into Twilio's list goes back to, and what SIDs are known."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=1, sids=("SM9",)))
    worker.clock.pass_(600)
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (worker.record.first_claimed_at, worker.record.sids[0]) == (NOON, "SM9")


async def test_an_end_that_cannot_be_told_leaves_the_message_where_it_is() -> None:
    """Nothing is written, and the queue brings it again."""
    worker = FakeWorker(Rejected("no", code=21211, status=400))
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    for command in ({"to": "0912"}, TEXT):
        with pytest.raises(StorageUnavailable):
            await worker.deliver(command)
    assert worker.record.state == "claimed"


async def test_a_stop_that_overtakes_a_scheduled_text_cancels_it() -> None:
    """It came while Twilio took the text, and found no SID to cancel: acceptance looks once more."""
    worker = FakeWorker()
    worker.twilio.first_status = "scheduled"
    worker.twilio.meanwhile = lambda: worker.opt_outs.add(KEY.partition, SERVICE)
    await worker.deliver(SCHEDULED)
    assert worker.twilio.canceled == list(worker.record.sids)
    assert (worker.record.state, [event["state"] for event in worker.events]) == ("canceled", ["canceled"])


async def test_a_text_that_is_not_scheduled_is_past_canceling() -> None:
    """It is on its way already."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.opt_outs.add(KEY.partition, FROM)
    await worker.deliver(TEXT)
    assert (worker.twilio.canceled, worker.record.state) == ([], "queued")


@pytest.mark.parametrize("error", [NotReached("no connection"), SecretsUnavailable("the vault did not answer")])
async def test_a_scheduled_text_that_could_not_be_canceled_is_tried_again(error: Exception) -> None:
    """The message comes back, though the text is taken, until it is canceled."""
    worker = FakeWorker()
    await worker.hold(record(queued(SCHEDULED), state="scheduled", sids=("SM1",)))
    await worker.opt_outs.add(KEY.partition, SERVICE)
    worker.twilio.error = error
    await worker.deliver(SCHEDULED)
    assert (len(worker.requeued), worker.record.state) == (1, "scheduled")
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, worker.twilio.canceled, worker.requeued) == ("canceled", ["SM1"], [])


async def test_a_cancel_that_comes_too_late_is_the_end_of_it() -> None:
    """Twilio refuses: the text went out before the STOP."""
    worker = FakeWorker()
    await worker.hold(record(queued(SCHEDULED), state="scheduled", sids=("SM1",)))
    await worker.opt_outs.add(KEY.partition, SERVICE)
    worker.twilio.error = Rejected("no", code=30409, status=400)
    await worker.deliver(SCHEDULED)
    assert (worker.requeued, worker.record.state) == ([], "scheduled")
