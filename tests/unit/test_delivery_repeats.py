"""Messages whose delivery has a record: repeated ids, repeated messages, concurrent workers, and a STOP meanwhile."""

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
    """The first record does not change, and the second command is not sent."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "body": "Another body."}, message_id="m2")
    (event,) = worker.events
    assert (event["id"], event["state"], event["command_id"]) == ("command.ended:m2:refused", "refused", "t1")
    assert "already given to another command" in event["reason"]
    assert (worker.record.state, len(worker.twilio.requests)) == ("queued", 1)


async def test_one_id_may_name_a_campaign() -> None:
    """Each recipient gets the id once. A call with the same id is another delivery."""
    worker = FakeWorker()
    for number in ("+15005550010", "+15005550011"):
        for _ in range(2):
            await worker.deliver({**TEXT, "to": number})
    await worker.deliver({**CALL, "id": "t1"}, "call-outbox")
    assert [command.to for command, _ in worker.twilio.requests] == ["+15005550010", "+15005550011", "+15005550010"]
    assert {row.key.partition for row in worker.ledger.records()} == {
        partition_of("+15005550010"),
        partition_of("+15005550011"),
    }


@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_repeated_command_is_dropped(queue: str) -> None:
    """The same message again, and another message with the same command."""
    worker = FakeWorker()
    for message_id in ("m1", "m1", "m2"):
        await worker.deliver(COMMANDS[queue], queue, message_id)
    assert len(worker.twilio.requests) == 1
    assert worker.queues.messages == []


@pytest.mark.parametrize("error", [Rejected("no", code=21211, status=400), None])
async def test_a_command_whose_delivery_ended_is_dropped(error: Exception | None) -> None:
    """Another push of the same id neither sends nor publishes anything."""
    worker = FakeWorker(error)
    await worker.deliver(TEXT)
    published = len(worker.events)
    worker.twilio.error = None
    worker.clock.pass_(20 * 24 * 3600)
    await worker.deliver(TEXT)
    assert (len(worker.twilio.requests), len(worker.events)) == (1, published)


async def test_a_young_claim_requeues_the_message_until_it_has_ended() -> None:
    """Another worker makes the attempt."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(50)
    await worker.deliver(TEXT)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"], worker.twilio.requests) == (71, 0, [])


async def test_an_old_claim_becomes_unknown() -> None:
    """Its worker crashed before, during or after the request."""
    worker = FakeWorker()
    await worker.hold(record())
    worker.clock.pass_(120)
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.requeued[0].delay, worker.twilio.requests) == ("unknown", 301, [])


async def test_of_two_workers_with_the_same_command_one_sends() -> None:
    """The other one finds the claim, requeues its message, and later drops it."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.deliver(TEXT, message_id="m2")
    await worker.deliver(TEXT)
    assert (len(worker.twilio.requests), len(worker.requeued)) == (1, 1)
    await worker.deliver_next()
    assert (len(worker.twilio.requests), worker.record.state, worker.queues.messages) == (1, "queued", [])


async def test_a_copy_of_an_earlier_attempt_is_dropped() -> None:
    """The record is at a later attempt."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=2))
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (worker.twilio.requests, worker.queues.messages) == ([], [])


async def test_a_copy_of_the_next_attempt_claims_a_record_that_was_not_released() -> None:
    """The worker crashed between copy and record: the copy means that the attempt before certainly failed."""
    worker = FakeWorker()
    await worker.hold(record(state="claimed", attempt=0))
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (len(worker.twilio.requests), worker.record.state, worker.record.attempt) == (1, "queued", 1)


async def test_a_new_attempt_keeps_first_claim_and_sids() -> None:
    """Reconciliation looks back to the first claim, and needs all SIDs."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=1, sids=("SM9",)))
    worker.clock.pass_(600)
    await worker.deliver(json.loads(queued(attempt=1).to_json()))
    assert (worker.record.first_claimed_at, worker.record.sids[0]) == (NOON, "SM9")


async def test_an_end_whose_event_fails_is_not_recorded() -> None:
    """The queue delivers the message again."""
    worker = FakeWorker(Rejected("no", code=21211, status=400))
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    for command in ({"to": "0912"}, TEXT):
        with pytest.raises(StorageUnavailable):
            await worker.deliver(command)
    assert worker.record.state == "claimed"


async def test_a_stop_while_a_text_is_being_scheduled_cancels_it() -> None:
    """The STOP found no SID to cancel, so the opt-outs are checked again after acceptance."""
    worker = FakeWorker()
    worker.twilio.first_status = "scheduled"
    worker.twilio.meanwhile = lambda: worker.opt_outs.add(KEY.partition, SERVICE)
    await worker.deliver(SCHEDULED)
    assert worker.twilio.canceled == list(worker.record.sids)
    assert (worker.record.state, [event["state"] for event in worker.events]) == ("canceled", ["canceled"])


async def test_a_text_that_is_not_scheduled_is_not_canceled() -> None:
    """Twilio sends it already."""
    worker = FakeWorker()
    worker.twilio.meanwhile = lambda: worker.opt_outs.add(KEY.partition, FROM)
    await worker.deliver(TEXT)
    assert (worker.twilio.canceled, worker.record.state) == ([], "queued")


@pytest.mark.parametrize("error", [NotReached("no connection"), SecretsUnavailable("the vault did not answer")])
async def test_a_failed_cancellation_requeues_the_message(error: Exception) -> None:
    """Until the text is canceled."""
    worker = FakeWorker()
    await worker.hold(record(queued(SCHEDULED), state="scheduled", sids=("SM1",)))
    await worker.opt_outs.add(KEY.partition, SERVICE)
    worker.twilio.error = error
    await worker.deliver(SCHEDULED)
    assert (len(worker.requeued), worker.record.state) == (1, "scheduled")
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, worker.twilio.canceled, worker.requeued) == ("canceled", ["SM1"], [])


async def test_a_cancellation_that_twilio_rejects_is_not_repeated() -> None:
    """The text was sent before the STOP."""
    worker = FakeWorker()
    await worker.hold(record(queued(SCHEDULED), state="scheduled", sids=("SM1",)))
    await worker.opt_outs.add(KEY.partition, SERVICE)
    worker.twilio.error = Rejected("no", code=30409, status=400)
    await worker.deliver(SCHEDULED)
    assert (worker.requeued, worker.record.state) == ([], "scheduled")
