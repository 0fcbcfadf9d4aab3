"""An operator resolves an unresolved delivery: nothing is lost or sent twice, wherever the command is interrupted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.delivery_resolution import COPY_DELAY_SECONDS, DeliveryResolution
from ops.errors import OpsError, UsageError
from switchboard.delivery.deliver import deliver as deliver_message
from switchboard.delivery.record import DeliveryKey
from switchboard.delivery.status_reports import StatusReport, record_report
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import StorageUnavailable
from switchboard.queues import QueueMessage
from tests import published
from tests.fakes import ENVIRONMENT, FakeServices, FakeTwilioClient
from tests.ops_context import TEXT, TO, FakeCommandContext

SID = "SM" + "1" * 32
OTHER = "SM" + "2" * 32


def resolution(context: FakeCommandContext) -> DeliveryResolution:
    """Returns a resolution that asks for each confirmation."""
    return DeliveryResolution(context, yes=False)


def listed(sid: str = SID, status: str = "delivered") -> TwilioResource:
    """Returns a text of Twilio's list."""
    return TwilioResource(sid=sid, status=status, direction="outbound-api", created=datetime.now(UTC), body="Hello")


async def deliver(context: FakeCommandContext, body: str) -> FakeTwilioClient:
    """Delivers a copy by a worker with the same ledger, and returns its Twilio."""
    services = FakeServices(ENVIRONMENT, ledger=context.fakes.memory, queues=context.fakes.fake_queues)
    await deliver_message(services.delivery_context, QueueMessage("sms-outbox", "m2", body.encode()))
    assert isinstance(services.twilio, FakeTwilioClient)
    return services.twilio


async def test_a_resent_delivery_is_sent_once_more() -> None:
    """The copy is the next attempt, invisible until the record is released; a worker sends it."""
    context = FakeCommandContext()
    await resolution(context).resend(await context.fakes.add_unresolved())
    (copy,) = context.fakes.fake_queues.messages
    assert (context.fakes.record().state, context.fakes.record().attempt) == ("released", 1)
    assert (copy.queue, copy.delay, copy.time_to_live) == ("sms-outbox", COPY_DELAY_SECONDS, -1)
    assert context.fakes.fake_dead_letters.messages == []
    twilio = await deliver(context, copy.body)
    assert len(twilio.requests) == 1
    assert (context.fakes.record().state, context.fakes.record().attempt) == ("queued", 1)


async def test_a_resent_text_has_a_full_day() -> None:
    """However old the dead letter is: the day begins now, not at first_seen."""
    context = FakeCommandContext()
    old = json.loads(TEXT)
    envelope = {"command": old, "id": "t1", "attempt": 2, "first_seen": "2026-01-01T00:00:00Z"}
    stored = await context.fakes.add_unresolved(json.dumps(envelope), attempt=2)
    await resolution(context).resend(stored)
    record = context.fakes.record()
    assert record.attempt == 3
    assert record.give_up_at > datetime.now(UTC) + timedelta(hours=23)
    assert (record.ended_at, record.reason) == (None, "")


async def test_interrupted_before_the_record_is_written_nothing_is_lost_or_sent() -> None:
    """A worker drops the copy of an ended record; the dead letter remains, and the command can be run again."""
    context = FakeCommandContext()
    stored = await context.fakes.add_unresolved()
    context.fakes.memory.failures.before = 1
    with pytest.raises(StorageUnavailable):
        await resolution(context).resend(stored)
    twilio = await deliver(context, context.fakes.fake_queues.bodies("sms-outbox")[0])
    assert twilio.requests == []
    assert len(context.fakes.fake_dead_letters.messages) == 1
    await resolution(context).resend(await resolution(context).find_unresolved("t1", TO))
    twilio = await deliver(context, context.fakes.fake_queues.bodies("sms-outbox")[-1])
    assert len(twilio.requests) == 1


async def test_interrupted_before_the_dead_letter_is_deleted_it_is_sent_once() -> None:
    """The copy is sent; run again, the command finds nothing unresolved."""
    context = FakeCommandContext()
    stored = await context.fakes.add_unresolved()
    context.fakes.fake_dead_letters.failure = StorageUnavailable("queue dead-letter did not answer")
    with pytest.raises(StorageUnavailable):
        await resolution(context).resend(stored)
    twilio = await deliver(context, context.fakes.fake_queues.bodies("sms-outbox")[0])
    assert len(twilio.requests) == 1
    with pytest.raises(OpsError, match="not unresolved: it is queued"):
        await resolution(context).find_unresolved("t1", TO)


async def test_a_callback_that_arrives_meanwhile_has_precedence() -> None:
    """It settles the record, and a worker drops the copy."""
    context = FakeCommandContext()
    stored = await context.fakes.add_unresolved()
    await record_report(
        context.services.ledger_context, stored.record.key, StatusReport(sid=SID, status="delivered", attempt=0)
    )
    with pytest.raises(OpsError, match="changed the record meanwhile"):
        await resolution(context).resend(stored)
    twilio = await deliver(context, context.fakes.fake_queues.bodies("sms-outbox")[0])
    assert (twilio.requests, context.fakes.record().state) == ([], "delivered")


async def test_without_its_dead_letter_a_delivery_cannot_be_resent() -> None:
    """The text is stored nowhere else."""
    context = FakeCommandContext()
    stored = await context.fakes.add_unresolved()
    context.fakes.fake_dead_letters.messages.clear()
    with pytest.raises(OpsError, match="not in dead-letter"):
        await resolution(context).resend(stored)
    assert context.fakes.fake_queues.messages == []


async def test_the_dead_letter_of_another_command_is_not_used() -> None:
    """The same id for another number, and the same id and number with another text, are other commands."""
    context = FakeCommandContext()
    stored = await context.fakes.add_unresolved()
    context.fakes.fake_dead_letters.messages.clear()
    context.fakes.fake_dead_letters.add(TEXT.replace(TO, "+15005550011"))
    context.fakes.fake_dead_letters.add(TEXT.replace("Hello", "Another text"))
    with pytest.raises(OpsError, match="not in dead-letter"):
        await resolution(context).resend(stored)
    assert len(context.fakes.fake_dead_letters.messages) == 2


async def test_a_text_whose_send_at_has_passed_is_not_resent() -> None:
    """It would expire immediately."""
    context = FakeCommandContext()
    late = {"id": "t1", "to": TO, "body": "Hello", "send_at": "2026-01-31T09:00:00Z"}
    stored = await context.fakes.add_unresolved(json.dumps(late))
    with pytest.raises(OpsError, match="send_at has passed"):
        await resolution(context).resend(stored)


async def test_sent_settles_the_delivery_by_the_status_at_twilio() -> None:
    """The state is Twilio's, there is an event, and the dead letter is deleted."""
    context = FakeCommandContext()
    context.fakes.fake_twilio.list = [listed()]
    await resolution(context).mark_sent(await context.fakes.add_unresolved(), SID)
    record = context.fakes.record()
    assert (record.state, record.sids) == ("delivered", (SID,))
    (event,) = context.fakes.fake_queues.bodies("events")
    assert (published.read(event)["type"], published.read(event)["state"]) == ("switchboard.sms.status", "delivered")
    assert context.fakes.fake_dead_letters.messages == []


@pytest.mark.parametrize(
    ("sid", "error", "said"),
    [
        ("CA" + "1" * 32, UsageError, "begins with SM"),
        (OTHER, OpsError, f"Twilio has no {OTHER}"),
    ],
)
async def test_a_sid_that_cannot_be_this_delivery_is_refused(sid: str, error: type[OpsError], said: str) -> None:
    """A call's SID for a text, and a SID that Twilio does not list for this number."""
    context = FakeCommandContext()
    context.fakes.fake_twilio.list = [listed()]
    with pytest.raises(error, match=said):
        await resolution(context).mark_sent(await context.fakes.add_unresolved(), sid)
    assert context.fakes.record().state == "unresolved"


async def test_the_text_of_another_delivery_is_refused() -> None:
    """One text at Twilio belongs to one delivery."""
    context = FakeCommandContext()
    context.fakes.fake_twilio.list = [listed()]
    stored = await context.fakes.add_unresolved()
    other = msgspec.structs.replace(stored.record, key=DeliveryKey.of("sms", TO, "t2"), state="sent", sids=(SID,))
    await context.fakes.memory.insert(other)
    with pytest.raises(OpsError, match="belongs to the delivery sms:t2"):
        await resolution(context).mark_sent(stored, SID)


async def test_a_dropped_delivery_ends_as_refused_with_an_event() -> None:
    """One event; the dead letter is deleted; there is no request to Twilio."""
    context = FakeCommandContext()
    await resolution(context).drop(await context.fakes.add_unresolved())
    record = context.fakes.record()
    assert (record.state, record.phase) == ("refused", "ended")
    (event,) = context.fakes.fake_queues.bodies("events")
    assert (published.read(event)["type"], published.read(event)["state"]) == ("switchboard.command.ended", "refused")
    assert context.fakes.fake_dead_letters.messages == []


async def test_a_late_callback_settles_a_dropped_delivery() -> None:
    """Twilio had accepted it."""
    context = FakeCommandContext()
    await resolution(context).drop(await context.fakes.add_unresolved())
    await record_report(
        context.services.ledger_context,
        context.fakes.record().key,
        StatusReport(sid=SID, status="delivered", attempt=0),
    )
    assert context.fakes.record().state == "delivered"


@pytest.mark.parametrize("way", ["mark_sent", "resend", "drop"])
async def test_the_answer_no_changes_nothing(way: str) -> None:
    """Neither the record, nor the queue, nor the dead letter."""
    context = FakeCommandContext(refuses=True)
    context.fakes.fake_twilio.list = [listed()]
    stored = await context.fakes.add_unresolved()
    with pytest.raises(OpsError, match="not confirmed"):
        await (
            resolution(context).mark_sent(stored, SID)
            if way == "mark_sent"
            else getattr(resolution(context), way)(stored)
        )
    assert context.fakes.record() == stored.record
    assert context.fakes.fake_queues.messages == []
    assert len(context.fakes.fake_dead_letters.messages) == 1


async def test_an_id_with_several_recipients_needs_a_number() -> None:
    """The command does not choose between two unresolved deliveries."""
    context = FakeCommandContext()
    await context.fakes.add_unresolved()
    await context.fakes.add_unresolved(TEXT.replace(TO, "+15005550011"))
    with pytest.raises(UsageError, match="several are unresolved"):
        await resolution(context).find_unresolved("t1", "")
    assert (await resolution(context).find_unresolved("t1", TO)).record.to == TO
