"""An operator's decision about a delivery that nobody could settle: never lost, never twice, cut off anywhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.errors import OpsError, UsageError
from ops.resolution import COPY_SECONDS, Resolution
from switchboard.delivery.deliver import deliver as deliver_message
from switchboard.delivery.record import DeliveryKey
from switchboard.delivery.status_reports import StatusReport, record_report
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import StorageUnavailable
from switchboard.queues import QueueMessage
from tests import published
from tests.fakes import ENVIRONMENT, FakeServices, FakeTwilio
from tests.ops_desk import TEXT, TO, FakeDesk

SID = "SM" + "1" * 32
OTHER = "SM" + "2" * 32


def decision(desk: FakeDesk) -> Resolution:
    """What is tested."""
    return Resolution(desk, yes=False)


def listed(sid: str = SID, word: str = "delivered") -> TwilioResource:
    """A text as Twilio's list shows it."""
    return TwilioResource(sid=sid, status=word, direction="outbound-api", created=datetime.now(UTC), body="Hello")


async def deliver(desk: FakeDesk, body: str) -> FakeTwilio:
    """Hand a copy to a worker that shares the ledger: what Twilio was asked."""
    services = FakeServices(ENVIRONMENT, ledger=desk.fakes.memory, queues=desk.fakes.fake_queues)
    await deliver_message(services.delivery_context, QueueMessage("sms-outbox", "m2", body.encode()))
    assert isinstance(services.twilio, FakeTwilio)
    return services.twilio


async def test_resent_it_is_sent_once_more() -> None:
    """The copy is the next attempt, hidden until the record says so; a worker sends it."""
    desk = FakeDesk()
    await decision(desk).resend(await desk.fakes.unresolved())
    (copy,) = desk.fakes.fake_queues.messages
    assert (desk.fakes.record().state, desk.fakes.record().attempt) == ("released", 1)
    assert (copy.queue, copy.delay, copy.time_to_live) == ("sms-outbox", COPY_SECONDS, -1)
    assert desk.fakes.buried.lying == []
    twilio = await deliver(desk, copy.body)
    assert len(twilio.asked) == 1
    assert (desk.fakes.record().state, desk.fakes.record().attempt) == ("queued", 1)


async def test_a_resent_text_has_its_whole_time_before_it() -> None:
    """However long it lay there: a day from now, not from when it was first seen."""
    desk = FakeDesk()
    old = json.loads(TEXT)
    envelope = {"command": old, "id": "t1", "attempt": 2, "first_seen": "2026-01-01T00:00:00Z"}
    stored = await desk.fakes.unresolved(json.dumps(envelope), attempt=2)
    await decision(desk).resend(stored)
    record = desk.fakes.record()
    assert record.attempt == 3
    assert record.give_up_at > datetime.now(UTC) + timedelta(hours=23)
    assert (record.ended_at, record.reason) == (None, "")


async def test_cut_off_before_the_record_is_written_nothing_is_lost_and_nothing_sent() -> None:
    """The copy meets an ended record and is let go; the letter is still there, and the decision can be given again."""
    desk = FakeDesk()
    stored = await desk.fakes.unresolved()
    desk.fakes.memory.failures.before = 1
    with pytest.raises(StorageUnavailable):
        await decision(desk).resend(stored)
    twilio = await deliver(desk, desk.fakes.fake_queues.bodies("sms-outbox")[0])
    assert twilio.asked == []
    assert len(desk.fakes.buried.lying) == 1
    await decision(desk).resend(await decision(desk).unresolved("t1", TO))
    twilio = await deliver(desk, desk.fakes.fake_queues.bodies("sms-outbox")[-1])
    assert len(twilio.asked) == 1


async def test_cut_off_before_the_letter_is_gone_it_is_sent_once() -> None:
    """The copy is on its way; given again, there is nothing more to decide."""
    desk = FakeDesk()
    stored = await desk.fakes.unresolved()
    desk.fakes.buried.failure = StorageUnavailable("queue dead-letter did not answer")
    with pytest.raises(StorageUnavailable):
        await decision(desk).resend(stored)
    twilio = await deliver(desk, desk.fakes.fake_queues.bodies("sms-outbox")[0])
    assert len(twilio.asked) == 1
    with pytest.raises(OpsError, match="nothing to decide: it is queued"):
        await decision(desk).unresolved("t1", TO)


async def test_a_callback_that_comes_meanwhile_goes_before_the_decision() -> None:
    """The record is settled; the copy meets that, and is let go."""
    desk = FakeDesk()
    stored = await desk.fakes.unresolved()
    await record_report(
        desk.edges.ledger_context, stored.record.key, StatusReport(sid=SID, status="delivered", attempt=0)
    )
    with pytest.raises(OpsError, match="changed meanwhile"):
        await decision(desk).resend(stored)
    twilio = await deliver(desk, desk.fakes.fake_queues.bodies("sms-outbox")[0])
    assert (twilio.asked, desk.fakes.record().state) == ([], "delivered")


async def test_without_its_letter_nothing_can_be_sent_again() -> None:
    """The body is kept nowhere else."""
    desk = FakeDesk()
    stored = await desk.fakes.unresolved()
    desk.fakes.buried.lying.clear()
    with pytest.raises(OpsError, match="not in dead-letter"):
        await decision(desk).resend(stored)
    assert desk.fakes.fake_queues.messages == []


async def test_another_commands_letter_is_left_alone() -> None:
    """The same id for another number, and the same id and number with other words, are not it."""
    desk = FakeDesk()
    stored = await desk.fakes.unresolved()
    desk.fakes.buried.lying.clear()
    desk.fakes.buried.bury(TEXT.replace(TO, "+15005550011"))
    desk.fakes.buried.bury(TEXT.replace("Hello", "Other words"))
    with pytest.raises(OpsError, match="not in dead-letter"):
        await decision(desk).resend(stored)
    assert len(desk.fakes.buried.lying) == 2


async def test_what_was_to_go_at_a_time_that_is_over_is_not_resent() -> None:
    """It would expire at once."""
    desk = FakeDesk()
    late = {"id": "t1", "to": TO, "body": "Hello", "send_at": "2026-01-31T09:00:00Z"}
    stored = await desk.fakes.unresolved(json.dumps(late))
    with pytest.raises(OpsError, match="send_at is over"):
        await decision(desk).resend(stored)


async def test_sent_settles_it_by_what_twilio_says() -> None:
    """The state is Twilio's, an event tells it, and the letter is gone."""
    desk = FakeDesk()
    desk.fakes.list.list = [listed()]
    await decision(desk).sent(await desk.fakes.unresolved(), SID)
    record = desk.fakes.record()
    assert (record.state, record.sids) == ("delivered", (SID,))
    (event,) = desk.fakes.fake_queues.bodies("events")
    assert (published.read(event)["type"], published.read(event)["state"]) == ("switchboard.sms.status", "delivered")
    assert desk.fakes.buried.lying == []


@pytest.mark.parametrize(
    ("sid", "error", "said"),
    [
        ("CA" + "1" * 32, UsageError, "begins with SM"),
        (OTHER, OpsError, f"Twilio has no {OTHER}"),
    ],
)
async def test_what_cannot_be_it_is_not_taken_for_it(sid: str, error: type[OpsError], said: str) -> None:
    """A call is no text, and what Twilio did not send to this number is not ours."""
    desk = FakeDesk()
    desk.fakes.list.list = [listed()]
    with pytest.raises(error, match=said):
        await decision(desk).sent(await desk.fakes.unresolved(), sid)
    assert desk.fakes.record().state == "unresolved"


async def test_another_deliverys_text_is_not_taken_for_it() -> None:
    """One text at Twilio is one delivery."""
    desk = FakeDesk()
    desk.fakes.list.list = [listed()]
    stored = await desk.fakes.unresolved()
    other = msgspec.structs.replace(stored.record, key=DeliveryKey.of("sms", TO, "t2"), state="sent", sids=(SID,))
    await desk.fakes.memory.insert(other)
    with pytest.raises(OpsError, match="is the delivery sms:t2"):
        await decision(desk).sent(stored, SID)


async def test_dropped_it_ends_as_refused_and_is_told() -> None:
    """One event; the letter is gone; Twilio was not asked."""
    desk = FakeDesk()
    await decision(desk).drop(await desk.fakes.unresolved())
    record = desk.fakes.record()
    assert (record.state, record.phase) == ("refused", "ended")
    (event,) = desk.fakes.fake_queues.bodies("events")
    assert (published.read(event)["type"], published.read(event)["state"]) == ("switchboard.command.ended", "refused")
    assert desk.fakes.buried.lying == []


async def test_a_callback_still_settles_what_was_dropped() -> None:
    """Twilio had it after all."""
    desk = FakeDesk()
    await decision(desk).drop(await desk.fakes.unresolved())
    await record_report(
        desk.edges.ledger_context, desk.fakes.record().key, StatusReport(sid=SID, status="delivered", attempt=0)
    )
    assert desk.fakes.record().state == "delivered"


@pytest.mark.parametrize("way", ["sent", "resend", "drop"])
async def test_an_operator_who_says_no_changes_nothing(way: str) -> None:
    """Neither record, nor queue, nor letter."""
    desk = FakeDesk(refuses=True)
    desk.fakes.list.list = [listed()]
    stored = await desk.fakes.unresolved()
    with pytest.raises(OpsError, match="nothing was done"):
        await (decision(desk).sent(stored, SID) if way == "sent" else getattr(decision(desk), way)(stored))
    assert desk.fakes.record() == stored.record
    assert desk.fakes.fake_queues.messages == []
    assert len(desk.fakes.buried.lying) == 1


async def test_a_campaigns_id_has_to_be_told_apart() -> None:
    """The same id for two numbers: the operator is asked for the number, not for luck."""
    desk = FakeDesk()
    await desk.fakes.unresolved()
    await desk.fakes.unresolved(TEXT.replace(TO, "+15005550011"))
    with pytest.raises(UsageError, match="several are unresolved"):
        await decision(desk).unresolved("t1", "")
    assert (await decision(desk).unresolved("t1", TO)).record.to == TO
