"""A STOP or START through the webhook's function: recorded before it is published and answered."""

from collections.abc import Iterator

import pytest

from switchboard.delivery.record import partition_of
from switchboard.errors import NotReached
from tests import payloads, published
from tests.fake_worker import queued, record
from tests.fakes import FakeServices, FakeTwilioClient
from tests.functions import post, serving
from tests.memory import Failures, MemoryLedger, MemoryOptOuts

STOP = payloads.read("incoming_stop")
PARTITION = partition_of(STOP.form["From"])
SENDER = STOP.form["To"]


@pytest.fixture
def twilio() -> FakeTwilioClient:
    """A Twilio that accepts every command."""
    return FakeTwilioClient()


@pytest.fixture
def ledger() -> MemoryLedger:
    """The delivery records."""
    return MemoryLedger()


@pytest.fixture
def opt_outs() -> MemoryOptOuts:
    """The opt-outs."""
    return MemoryOptOuts()


@pytest.fixture(autouse=True)
def worker(twilio: FakeTwilioClient, ledger: MemoryLedger, opt_outs: MemoryOptOuts) -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices(twilio=twilio, ledger=ledger, opt_outs=opt_outs)
    with serving(current):
        yield current


async def test_a_stop_is_recorded_published_and_answered_with_nothing(opt_outs: MemoryOptOuts) -> None:
    """For the number it was sent to, and for its messaging service."""
    answer = await post(STOP.path, STOP.form)
    service = {sid for sid in (STOP.form.get("MessagingServiceSid"),) if sid}
    assert opt_outs.stopped == {(PARTITION, sender) for sender in {SENDER, *service}}
    assert (answer.status, "<Message" in answer.text) == (200, False)
    assert [published.read(event)["type"] for event in answer.events] == ["switchboard.sms.received"]


async def test_a_start_removes_the_opt_out(opt_outs: MemoryOptOuts) -> None:
    """The recipient gets texts again."""
    await post(STOP.path, STOP.form)
    await post(STOP.path, STOP.form | {"Body": "START", "OptOutType": "START"})
    assert opt_outs.stopped == set()


async def test_a_stop_cancels_scheduled_texts(twilio: FakeTwilioClient, ledger: MemoryLedger) -> None:
    """At Twilio, which does not do that by itself."""
    command = queued({"id": "t1", "to": STOP.form["From"], "body": "Hello."})
    await ledger.insert(record(command, state="scheduled", sender=SENDER, sids=("SM1",)))
    await post(STOP.path, STOP.form)
    assert (twilio.canceled, ledger.records()[0].state) == (["SM1"], "canceled")


async def test_a_stop_that_cannot_be_recorded_answers_500(opt_outs: MemoryOptOuts) -> None:
    """The repeated webhook publishes it."""
    opt_outs.failures.away = True
    answer = await post(STOP.path, STOP.form)
    assert (answer.status, answer.events) == (500, ())


async def test_a_failed_cancellation_answers_500(twilio: FakeTwilioClient, ledger: MemoryLedger) -> None:
    """Otherwise a recipient who opted out would get the text. The text's own event is published before."""
    command = queued({"id": "t1", "to": STOP.form["From"], "body": "Hello."})
    await ledger.insert(record(command, state="scheduled", sender=SENDER, sids=("SM1",)))
    twilio.error = NotReached("no connection")
    answer = await post(STOP.path, STOP.form)
    assert (answer.status, len(answer.events)) == (500, 1)


@pytest.mark.parametrize("name", ["incoming_text", "incoming_keyword", "incoming_mms"])
async def test_another_text_needs_no_table(name: str) -> None:
    """It is published and answered while tables are unavailable."""
    payload = payloads.read(name)
    away = Failures(away=True)
    with serving(FakeServices(ledger=MemoryLedger(failures=away), opt_outs=MemoryOptOuts(away))):
        answer = await post(payload.path, payload.form)
    assert (answer.status, len(answer.events)) == (200, 1)
