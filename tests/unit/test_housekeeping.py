"""What is looked after by the clock: full queues, old records, ends that were never told, and what nobody drives."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from switchboard.delivery.circuit_breaker import CircuitBreaker
from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.states import Kind, Phase
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import (
    AccountFault,
    ConfigurationError,
    NotReached,
    Rejected,
    SecretsUnavailable,
    StorageUnavailable,
)
from switchboard.queues import QUEUES, QueueDepth
from tests.fake_worker import CALL, SERVICE, TEXT, FakeWorker, queued, record
from tests.fakes import FakeQueues, FakeTwilio
from tests.memory import NOON, MemoryLedger

DAY = 24 * 3600.0
RETENTION = 30 * DAY
ENDED = ["delivered", "failed", "rejected", "refused", "opted_out", "expired", "unresolved"]


def text(identity: str, state: str, **changes: object) -> DeliveryRecord:
    """A text's record."""
    return record(queued({**TEXT, "id": identity}), state=state, **changes)


def shown(sid: str, status: str, **changes: object) -> TwilioResource:
    """What Twilio knows of a SID."""
    return TwilioResource(sid=sid, status=status, direction="outbound-api", created=NOON, **changes)  # type: ignore[arg-type]


class Aged(FakeWorker):
    """A worker whose records were written at noon, and so many seconds have gone by."""

    async def tidy(self, seconds: float, *records: DeliveryRecord) -> None:
        """The nightly round."""
        await self.hold(*records)
        self.clock.pass_(seconds)
        await self.clean_up()

    @property
    def left(self) -> dict[str, str]:
        """The state of each record that is left, by its id."""
        return {each.key.id: each.state for each in self.ledger.records()}


@pytest.mark.parametrize("state", sorted(set(ENDED) - {"unresolved"}))
async def test_what_ended_is_purged_after_its_retention(state: str) -> None:
    """Thirty days after its last change, and not before."""
    young, old = Aged(), Aged()
    await young.tidy(RETENTION, text("t1", state))
    await old.tidy(RETENTION + 1, text("t1", state))
    assert (young.left, old.left) == ({"t1": state}, {})


async def test_an_unresolved_record_stays_until_an_operator_decides() -> None:
    """Its dead letter has no retention: replayed without the record it would be sent again."""
    worker = Aged()
    await worker.tidy(10 * RETENTION, text("t1", "unresolved"))
    assert worker.left == {"t1": "unresolved"}


async def test_the_retention_is_the_settings() -> None:
    """RETENTION_DAYS."""
    worker = Aged()
    worker.set(retention_days=8)
    await worker.tidy(8 * DAY + 1, text("t1", "delivered"))
    assert worker.left == {}


async def test_what_is_open_is_never_purged() -> None:
    """Nobody knows its end: it is told as such, and kept as what ended then."""
    worker = Aged()
    await worker.tidy(RETENTION + 1, text("t1", "unknown"), text("t2", "claimed"))
    assert worker.left == {"t1": "unresolved", "t2": "unresolved"}


async def test_a_text_that_is_scheduled_is_not_purged_before_its_time() -> None:
    """Twilio keeps it up to 35 days, longer than a record is kept; a STOP must find it until then."""
    worker = Aged()
    worker.set(retention_days=8)
    worker.twilio.list = [shown("SM1", "scheduled")]
    await worker.tidy(34 * DAY, text("t1", "scheduled", sender=SERVICE, sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "scheduled"}


async def test_a_scheduled_text_that_twilio_lost_is_purged_in_the_end() -> None:
    """Its latest time and a retention are over."""
    worker = Aged()
    await worker.tidy(65 * DAY, text("t1", "scheduled", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {}


async def test_a_scheduled_text_whose_end_was_never_told_is_asked_about_in_the_end() -> None:
    """However long ago it was taken."""
    worker = Aged()
    worker.twilio.list = [shown("SM1", "delivered")]
    await worker.tidy(36 * DAY, text("t1", "scheduled", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "delivered"}
    assert [event["state"] for event in worker.events] == ["delivered"]


@pytest.mark.parametrize(("word", "code"), [("delivered", 0), ("undelivered", 30003)])
async def test_an_end_that_was_never_told_is_asked_for(word: str, code: int) -> None:
    """By SID, a day after the last news; what Twilio answers is told as a callback would be."""
    worker = Aged()
    worker.twilio.list = [shown("SM1", word, error_code=code)]
    await worker.tidy(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": word}
    assert [(event["sid"], event["state"]) for event in worker.events] == [("SM1", word)]


async def test_a_calls_end_is_asked_for_with_its_seconds() -> None:
    """Calls have an end too."""
    worker, call = Aged(), queued(CALL, "call-outbox")
    worker.twilio.list = [shown("CA1", "completed", duration=42)]
    await worker.tidy(DAY + 1, record(call, state="ringing", sids=("CA1",), accepted_at=NOON))
    (event,) = worker.events
    assert (event["kind"], event["state"], event["duration"]) == ("call.status", "completed", 42)


@pytest.mark.parametrize(("days", "asked"), [(1, False), (1.01, True), (3.9, True), (4.1, False)])
async def test_an_end_is_asked_for_on_three_nights_not_for_ever(days: float, asked: bool) -> None:
    """Some carriers never tell one."""
    worker = Aged()
    worker.twilio.list = [shown("SM1", "delivered")]
    await worker.tidy(days * DAY, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "delivered" if asked else "sent"}


async def test_no_news_is_told_as_none() -> None:
    """Twilio reports what the record says: no event, and it is looked up the next night again."""
    worker = Aged()
    worker.twilio.list = [shown("SM1", "sent")]
    await worker.tidy(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.events == []
    worker.twilio.list = [shown("SM1", "delivered")]
    await worker.tidy(DAY + 1)
    assert worker.left == {"t1": "delivered"}


@pytest.mark.parametrize("error", [NotReached("no connection"), Rejected("no", code=20001)])
async def test_one_that_cannot_be_asked_for_keeps_nobody_from_the_next(error: Exception) -> None:
    """It is a line in the log; tomorrow is another night."""
    worker = Aged()
    worker.twilio.error = error
    await worker.hold(text("t2", "unknown"))
    worker.clock.pass_(RETENTION)
    await worker.tidy(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=worker.clock.now()))
    assert worker.left == {"t1": "sent", "t2": "unresolved"}


async def test_one_that_twilio_no_longer_has_keeps_nobody_from_the_next() -> None:
    """Somebody deleted it there: that is no fault of our account."""
    worker = Aged()
    worker.twilio.list = [shown("SM2", "delivered")]
    records = [text(f"t{number}", "sent", sids=(f"SM{number}",), accepted_at=NOON) for number in (1, 2)]
    await worker.tidy(DAY + 1, *records)
    assert worker.left == {"t1": "sent", "t2": "delivered"}


@pytest.mark.parametrize(
    "error",
    [
        AccountFault("no", code=20003, status=401),
        SecretsUnavailable("the vault did not answer"),
        ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL"),
    ],
)
async def test_a_fault_of_ours_ends_the_asking_and_not_the_round(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Every other would meet the same."""
    worker = Aged()
    worker.twilio.error = error
    await worker.hold(text("t9", "claimed"))
    worker.clock.pass_(RETENTION)
    now = worker.clock.now()
    await worker.tidy(DAY + 1, *(text(f"t{number}", "sent", sids=("SM1",), accepted_at=now) for number in range(3)))
    assert caplog.text.count("event=housekeeping_stopped") == 1
    assert worker.left["t9"] == "unresolved"


@pytest.mark.parametrize("state", ["claimed", "unknown"])
async def test_what_nobody_drives_any_more_is_told_as_unresolved(state: str, caplog: pytest.LogCaptureFixture) -> None:
    """A day after it would have been given up: an event and an alert, once."""
    worker = Aged()
    await worker.tidy(RETENTION, text("t1", state))
    assert (worker.left, worker.events) == ({"t1": state}, [])
    await worker.tidy(1)
    await worker.tidy(DAY)
    (event,) = worker.events
    assert (event["state"], event["command_id"], event["queue"]) == ("unresolved", "t1", "sms-outbox")
    assert event["reason"] == worker.record.reason
    assert worker.record.ended_at == NOON + timedelta(seconds=RETENTION + 1)
    assert caplog.text.count("event=delivery_unresolved id=sms:t1") == 1


class StoppedLine(CircuitBreaker):
    """A line that each message finds stopped."""

    def lets_through(self, sender: str) -> bool:
        """Whichever message came before was let through."""
        return False


async def test_what_waits_for_our_account_is_not_given_up() -> None:
    """Its message comes back and back without touching the record, however long the credentials are wrong."""
    worker = Aged(AccountFault("no", code=20003, status=401))
    await worker.deliver(TEXT)
    worker.breaker = StoppedLine(worker.clock)
    while worker.clock.now() < NOON + timedelta(days=3):
        await worker.deliver_next()
    await worker.tidy(0)
    assert (worker.left, worker.events) == ({"t1": "released"}, [])
    worker.twilio.error, worker.breaker = None, CircuitBreaker(worker.clock)
    await worker.deliver_next()
    assert worker.left == {"t1": "queued"}


async def test_an_end_that_cannot_be_told_is_not_written() -> None:
    """The round fails, and the next night does it."""
    worker = Aged()
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.tidy(RETENTION + 1, text("t1", "claimed"))
    assert worker.left == {"t1": "claimed"}
    worker.queues.error = None
    await worker.tidy(0)
    assert (worker.left, len(worker.events)) == ({"t1": "unresolved"}, 1)


class Interrupted(MemoryLedger):
    """Its pages break off after so many records."""

    pages = 2

    async def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """A few pages, and then the table is away."""
        count = 0
        async for page in super().older(phase, seconds, younger_than=younger_than, state=state):
            if count == self.pages:
                raise StorageUnavailable("table deliveries did not answer")
            count += 1
            yield page


async def test_a_round_that_was_cut_short_goes_on_the_next_time() -> None:
    """What was purged is gone, and what was not is found again."""
    worker = Aged(ledger=Interrupted())
    with pytest.raises(StorageUnavailable):
        await worker.tidy(RETENTION + 1, *(text(f"t{number}", "delivered") for number in range(5)))
    assert sorted(worker.left) == ["t2", "t3", "t4"]
    with pytest.raises(StorageUnavailable):
        await worker.tidy(0)
    await worker.tidy(0)
    assert worker.left == {}


class Raced(MemoryLedger):
    """Somebody writes each record between its page and its end."""

    async def delete(self, stored: Stored) -> None:
        """Not this version."""
        raise RecordChanged("the record was written since it was read")


async def test_a_record_that_changed_meanwhile_is_kept() -> None:
    """A `read` may come long after `delivered`."""
    worker = Aged(ledger=Raced())
    await worker.tidy(RETENTION + 1, text("t1", "delivered"))
    assert worker.left == {"t1": "delivered"}


async def test_the_round_says_what_it_did(caplog: pytest.LogCaptureFixture) -> None:
    """One line, by which its absence can be noticed."""
    caplog.set_level("INFO")
    worker = Aged()
    worker.twilio.list = [shown("SM2", "delivered")]
    await worker.hold(text("t1", "delivered"), text("t3", "claimed"))
    worker.clock.pass_(28 * DAY)
    await worker.tidy(2 * DAY + 1, text("t2", "sent", sids=("SM2",), accepted_at=worker.clock.now()))
    assert "event=housekeeping_done unresolved=1 purged=1 looked_up=1" in caplog.text


class FullQueues(FakeQueues):
    """One message an hour old on each queue."""

    async def depth(self, queue: str) -> QueueDepth:
        """Always the same."""
        return QueueDepth(1, NOON - timedelta(hours=1))


async def test_each_queue_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Its depth and the age of its oldest message, 0 where there is none: alerts watch these."""
    caplog.set_level("INFO")
    worker, empty = FakeWorker(), FakeWorker()
    worker.queues = FullQueues()
    await worker.log_queue_depths()
    await empty.log_queue_depths()
    lines = [each.getMessage() for each in caplog.records]
    assert lines == [
        *(f"event=queue_depth queue={queue} messages=1 oldest_seconds=3600" for queue in QUEUES),
        *(f"event=queue_depth queue={queue} messages=0 oldest_seconds=0" for queue in QUEUES),
    ]


async def test_a_look_up_without_news_makes_room_for_the_next() -> None:
    """The record is written, so the same night does not read it again, and an interrupted night continues after it."""
    worker = Aged()
    worker.twilio.list = [shown("SM1", "sent")]
    await worker.tidy(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    fetched = worker.twilio.fetched
    await worker.tidy(60)
    assert worker.twilio.fetched == fetched == 1


class Slow(FakeTwilio):
    """Takes a minute for each look-up."""

    def __init__(self, worker: FakeWorker) -> None:
        super().__init__()
        self._worker = worker

    async def fetch(self, kind: Kind, sid: str) -> TwilioResource:
        """Answer after a minute."""
        self._worker.clock.pass_(60)
        return await super().fetch(kind, sid)


async def test_a_slow_twilio_keeps_nothing_from_what_protects_deliveries(caplog: pytest.LogCaptureFixture) -> None:
    """Abandoned deliveries are reported first, the look-ups end after their time, and the next night continues."""
    worker = Aged()
    worker.twilio = Slow(worker)
    late = NOON + timedelta(days=29)
    stuck = [text(f"t{number}", "sent", sids=(f"SM{number}",), accepted_at=late) for number in range(40)]
    worker.twilio.list = [shown(f"SM{number}", "delivered") for number in range(40)]
    await worker.hold(text("open", "claimed"))
    worker.clock.pass_(RETENTION - DAY)
    await worker.tidy(DAY + 1, *stuck)
    assert worker.left["open"] == "unresolved"
    assert "event=housekeeping_unfinished part=look_up" in caplog.text
    assert 0 < worker.twilio.fetched < 40
    for _ in range(4):
        await worker.tidy(0)
    assert {state for name, state in worker.left.items() if name != "open"} == {"delivered"}
