"""What meets a record: another's id, what has been done already, other workers, and a STOP on its way."""

import json
from typing import Any

import pytest

from switchboard.errors import NotReached, Rejected, SecretsUnavailable, StorageUnavailable
from switchboard.ledger import hashed
from tests.desk import CALL, COMMANDS, FROM, SERVICE, TEXT, Desk, order, record
from tests.memory import NOON

KEY = order().key
SCHEDULED: dict[str, Any] = {**TEXT, "send_at": "2026-02-01T12:00:00Z", "messaging_service_sid": SERVICE}


async def test_the_same_id_with_other_content_is_refused() -> None:
    """The record of the first is left alone, and the second is not sent."""
    desk = Desk()
    await desk.deliver(TEXT)
    await desk.deliver({**TEXT, "body": "Another body."}, message_id="m2")
    (event,) = desk.events
    assert (event["id"], event["state"], event["command_id"]) == ("command.ended:m2:refused", "refused", "t1")
    assert "already given to another command" in event["reason"]
    assert (desk.record.state, len(desk.twilio.asked)) == ("queued", 1)


async def test_one_id_may_name_a_campaign() -> None:
    """The same id goes to each recipient once; and a call by it is not the text."""
    desk = Desk()
    for number in ("+15005550010", "+15005550011"):
        for _ in range(2):
            await desk.deliver({**TEXT, "to": number})
    await desk.deliver({**CALL, "id": "t1"}, "call-outbox")
    assert [command.to for command, _ in desk.twilio.asked] == ["+15005550010", "+15005550011", "+15005550010"]
    assert {row.key.partition for row in desk.ledger.records()} == {hashed("+15005550010"), hashed("+15005550011")}


@pytest.mark.parametrize("queue", COMMANDS)
async def test_the_same_command_again_is_dropped(queue: str) -> None:
    """The queue's redelivery, and the sender's repeated push as another message: nothing happens."""
    desk = Desk()
    for message_id in ("m1", "m1", "m2"):
        await desk.deliver(COMMANDS[queue], queue, message_id)
    assert len(desk.twilio.asked) == 1
    assert desk.outbox.messages == []


@pytest.mark.parametrize("error", [Rejected("no", code=21211, status=400), None])
async def test_what_has_ended_is_dropped_for_ever(error: Exception | None) -> None:
    """Rejected or delivered: another push of the same id neither sends nor tells."""
    desk = Desk(error)
    await desk.deliver(TEXT)
    told = len(desk.events)
    desk.twilio.error = None
    desk.clock.pass_(20 * 24 * 3600)
    await desk.deliver(TEXT)
    assert (len(desk.twilio.asked), len(desk.events)) == (1, told)


async def test_a_message_that_meets_a_young_claim_comes_back_when_it_has_ended() -> None:
    """Another worker is at it."""
    desk = Desk()
    await desk.hold(record())
    desk.clock.pass_(50)
    await desk.deliver(TEXT)
    assert (desk.returned[0].delay, desk.envelopes[0]["attempt"], desk.twilio.asked) == (71, 0, [])


async def test_a_message_that_meets_an_old_claim_doubts() -> None:
    """Its worker died before, while or after it asked: nobody knows which."""
    desk = Desk()
    await desk.hold(record())
    desk.clock.pass_(120)
    await desk.deliver(TEXT)
    assert (desk.record.state, desk.returned[0].delay, desk.twilio.asked) == ("unknown", 301, [])


async def test_of_two_workers_with_the_same_command_one_sends() -> None:
    """The other meets its claim while Twilio answers, and comes back to find it done."""
    desk = Desk()
    desk.twilio.meanwhile = lambda: desk.deliver(TEXT, message_id="m2")
    await desk.deliver(TEXT)
    assert (len(desk.twilio.asked), len(desk.returned)) == (1, 1)
    await desk.take_next()
    assert (len(desk.twilio.asked), desk.record.state, desk.outbox.messages) == (1, "queued", [])


async def test_a_copy_that_was_superseded_is_dropped() -> None:
    """The copy of the next attempt was sent; the one before comes late."""
    desk = Desk()
    await desk.hold(record(state="released", attempt=2))
    await desk.deliver(json.loads(order(attempt=1).to_json()))
    assert (desk.twilio.asked, desk.outbox.messages) == ([], [])


async def test_a_copy_overtakes_a_record_that_was_never_released() -> None:
    """The worker died between copy and record: the copy says that the attempt before was surely not taken."""
    desk = Desk()
    await desk.hold(record(state="claimed", attempt=0))
    await desk.deliver(json.loads(order(attempt=1).to_json()))
    assert (len(desk.twilio.asked), desk.record.state, desk.record.attempt) == (1, "queued", 1)


async def test_a_new_attempt_keeps_what_the_first_left() -> None:
    """When it was first claimed, which a look into Twilio's list goes back to, and what SIDs are known."""
    desk = Desk()
    await desk.hold(record(state="released", attempt=1, sids=("SM9",)))
    desk.clock.pass_(600)
    await desk.deliver(json.loads(order(attempt=1).to_json()))
    assert (desk.record.first_claimed_at, desk.record.sids[0]) == (NOON, "SM9")


async def test_an_end_that_cannot_be_told_leaves_the_message_where_it_is() -> None:
    """Nothing is written, and the queue brings it again."""
    desk = Desk(Rejected("no", code=21211, status=400))
    desk.outbox.error = StorageUnavailable("queue events did not take a message")
    for command in ({"to": "0912"}, TEXT):
        with pytest.raises(StorageUnavailable):
            await desk.deliver(command)
    assert desk.record.state == "claimed"


async def test_a_stop_that_overtakes_a_scheduled_text_cancels_it() -> None:
    """It came while Twilio took the text, and found no SID to cancel: acceptance looks once more."""
    desk = Desk()
    desk.twilio.first_word = "scheduled"
    desk.twilio.meanwhile = lambda: desk.opt_outs.add(KEY.partition, SERVICE)
    await desk.deliver(SCHEDULED)
    assert desk.twilio.canceled == list(desk.record.sids)
    assert (desk.record.state, [event["state"] for event in desk.events]) == ("canceled", ["canceled"])


async def test_a_text_that_is_not_scheduled_is_past_canceling() -> None:
    """It is on its way already."""
    desk = Desk()
    desk.twilio.meanwhile = lambda: desk.opt_outs.add(KEY.partition, FROM)
    await desk.deliver(TEXT)
    assert (desk.twilio.canceled, desk.record.state) == ([], "queued")


@pytest.mark.parametrize("error", [NotReached("no connection"), SecretsUnavailable("the vault did not answer")])
async def test_a_scheduled_text_that_could_not_be_canceled_is_tried_again(error: Exception) -> None:
    """The message comes back, though the text is taken, until it is canceled."""
    desk = Desk()
    await desk.hold(record(order(SCHEDULED), state="scheduled", sids=("SM1",)))
    await desk.opt_outs.add(KEY.partition, SERVICE)
    desk.twilio.error = error
    await desk.deliver(SCHEDULED)
    assert (len(desk.returned), desk.record.state) == (1, "scheduled")
    desk.twilio.error = None
    await desk.take_next()
    assert (desk.record.state, desk.twilio.canceled, desk.returned) == ("canceled", ["SM1"], [])


async def test_a_cancel_that_comes_too_late_is_the_end_of_it() -> None:
    """Twilio refuses: the text went out before the STOP."""
    desk = Desk()
    await desk.hold(record(order(SCHEDULED), state="scheduled", sids=("SM1",)))
    await desk.opt_outs.add(KEY.partition, SERVICE)
    desk.twilio.error = Rejected("no", code=30409, status=400)
    await desk.deliver(SCHEDULED)
    assert (desk.returned, desk.record.state) == ([], "scheduled")
