"""A text that says STOP or START, through the webhook's function: written down before it is told and answered."""

from collections.abc import Iterator

import pytest

from switchboard.delivery.record import partition_of
from switchboard.errors import NotReached
from tests import payloads, published
from tests.fake_worker import queued, record
from tests.fakes import FakeServices, FakeTwilio
from tests.functions import post, serving
from tests.memory import Failures, MemoryLedger, MemoryOptOuts

STOP = payloads.read("incoming_stop")
PARTITION = partition_of(STOP.form["From"])
SENDER = STOP.form["To"]


@pytest.fixture
def twilio() -> FakeTwilio:
    """Twilio, which takes everything."""
    return FakeTwilio()


@pytest.fixture
def ledger() -> MemoryLedger:
    """The delivery records."""
    return MemoryLedger()


@pytest.fixture
def opt_outs() -> MemoryOptOuts:
    """Who told whom to stop."""
    return MemoryOptOuts()


@pytest.fixture(autouse=True)
def worker(twilio: FakeTwilio, ledger: MemoryLedger, opt_outs: MemoryOptOuts) -> Iterator[FakeServices]:
    """A worker whose edges are fakes."""
    current = FakeServices(twilio=twilio, ledger=ledger, opt_outs=opt_outs)
    with serving(current):
        yield current


async def test_a_stop_is_written_down_told_and_met_with_silence(opt_outs: MemoryOptOuts) -> None:
    """For the number it was sent to, and for the service in front of it."""
    answer = await post(STOP.path, STOP.form)
    service = {sid for sid in (STOP.form.get("MessagingServiceSid"),) if sid}
    assert opt_outs.stopped == {(PARTITION, sender) for sender in {SENDER, *service}}
    assert (answer.status, "<Message" in answer.text) == (200, False)
    assert [published.read(event)["type"] for event in answer.events] == ["switchboard.sms.received"]


async def test_a_start_takes_it_back(opt_outs: MemoryOptOuts) -> None:
    """The recipient is texted again."""
    await post(STOP.path, STOP.form)
    await post(STOP.path, STOP.form | {"Body": "START", "OptOutType": "START"})
    assert opt_outs.stopped == set()


async def test_a_stop_cancels_what_is_scheduled(twilio: FakeTwilio, ledger: MemoryLedger) -> None:
    """At Twilio, which does not do that by itself."""
    command = queued({"id": "t1", "to": STOP.form["From"], "body": "Hello."})
    await ledger.insert(record(command, state="scheduled", sender=SENDER, sids=("SM1",)))
    await post(STOP.path, STOP.form)
    assert (twilio.canceled, ledger.records()[0].state) == (["SM1"], "canceled")


async def test_a_stop_that_cannot_be_written_is_500_so_that_twilio_comes_again(opt_outs: MemoryOptOuts) -> None:
    """It is told when it could be written."""
    opt_outs.failures.away = True
    answer = await post(STOP.path, STOP.form)
    assert (answer.status, answer.events) == (500, ())


async def test_a_cancel_that_may_pass_is_500_so_that_twilio_comes_again(
    twilio: FakeTwilio, ledger: MemoryLedger
) -> None:
    """Else the text would go out to somebody who said STOP."""
    command = queued({"id": "t1", "to": STOP.form["From"], "body": "Hello."})
    await ledger.insert(record(command, state="scheduled", sender=SENDER, sids=("SM1",)))
    twilio.error = NotReached("no connection")
    answer = await post(STOP.path, STOP.form)
    assert (answer.status, answer.events) == (500, ())


@pytest.mark.parametrize("name", ["incoming_text", "incoming_keyword", "incoming_mms"])
async def test_any_other_text_depends_on_no_table(name: str) -> None:
    """It is told and answered, whatever the tables do."""
    payload = payloads.read(name)
    away = Failures(away=True)
    with serving(FakeServices(ledger=MemoryLedger(failures=away), opt_outs=MemoryOptOuts(away))):
        answer = await post(payload.path, payload.form)
    assert (answer.status, len(answer.events)) == (200, 1)
