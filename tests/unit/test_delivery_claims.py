"""A claim and what may overtake it: slow writes, callbacks that are faster, and storage that is away."""

import pytest

from switchboard.errors import (
    StorageUnavailable,
)
from switchboard.ledger import Record, Stored
from switchboard.settlement import Said
from tests.desk import SERVICE, TEXT, Desk, order
from tests.memory import MemoryLedger

KEY = order().key
# As the fake numbers what it makes.
FIRST_SID = "SM" + "1".zfill(32)


class SlowLedger(MemoryLedger):
    """Each claim takes so many seconds to be written."""

    seconds = 0.0

    async def insert(self, record: Record) -> Stored:
        """Write a new record, slowly."""
        stored = await super().insert(record)
        self.clock.pass_(self.seconds)
        return stored


@pytest.mark.parametrize(("spent", "asked"), [(0, [60.0]), (10, [50.0]), (30, [30.0]), (31, []), (119, [])])
async def test_a_request_starts_within_a_quarter_of_the_claim_and_ends_within_half(
    spent: float, asked: list[float]
) -> None:
    """By the worker's own clock since it sent the claim of 120 s; what starts too late is given up for later."""
    ledger = SlowLedger()
    ledger.seconds = spent
    desk = Desk(ledger=ledger)
    await desk.deliver(TEXT)
    assert desk.twilio.seconds == asked
    assert desk.record.state == ("queued" if asked else "released")
    assert [envelope["attempt"] for envelope in desk.envelopes] == ([] if asked else [1])


async def test_a_claim_that_the_settings_shorten_shortens_the_request() -> None:
    """DELIVERY_CLAIM_SECONDS."""
    desk = Desk()
    desk.set(claim_seconds=8)
    await desk.deliver(TEXT)
    assert desk.twilio.seconds == [4]


async def test_a_callback_that_is_faster_than_the_answer_is_not_undone() -> None:
    """Twilio says delivered before it has answered the create: the record stays delivered, told once."""
    desk = Desk()
    desk.twilio.meanwhile = lambda: desk.settlement.hear(KEY, Said(sid=FIRST_SID, word="delivered", attempt=0))
    await desk.deliver(TEXT)
    assert (desk.record.state, desk.record.sids) == ("delivered", (FIRST_SID,))
    assert [event["state"] for event in desk.events] == ["delivered"]


async def test_a_ledger_that_is_away_means_later_and_no_call_to_twilio() -> None:
    """Without a claim nothing is sent; the message comes back by itself and does not burn its five tries."""
    desk = Desk()
    desk.failures.away = True
    await desk.deliver(TEXT)
    assert desk.twilio.asked == []
    assert (desk.returned[0].delay, desk.envelopes[0]["attempt"]) == (5, 0)
    desk.failures.away = False
    await desk.take_next()
    assert (desk.record.state, len(desk.twilio.asked)) == ("queued", 1)


async def test_ledger_and_queues_both_away_leave_the_message_where_it_is() -> None:
    """Its own queue brings it again."""
    desk = Desk()
    desk.failures.away = True
    desk.outbox.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(StorageUnavailable):
        await desk.deliver(TEXT)


async def test_an_acceptance_that_cannot_be_written_is_looked_for() -> None:
    """The text is out, the record says claimed: the message comes back, waits, and finds it at Twilio."""
    desk = Desk()

    async def go_away() -> None:
        desk.failures.away = True

    desk.twilio.meanwhile = go_away
    await desk.deliver(TEXT)
    assert desk.record.state == "claimed"
    desk.failures.away = False
    for state in ("claimed", "unknown", "unknown"):
        await desk.take_next()
        assert (desk.record.state, len(desk.twilio.asked)) == (state, 1)
    assert desk.record.empty_looks == 1


async def test_a_text_by_a_service_goes_by_the_service() -> None:
    """And its record says so, because a STOP counts for it."""
    desk = Desk()
    desk.set(messaging_service_sid=SERVICE)
    await desk.deliver(TEXT)
    assert desk.twilio.senders == [desk.record.sender] == [SERVICE]
