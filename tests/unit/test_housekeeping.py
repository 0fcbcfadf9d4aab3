"""Housekeeping: queue depths, old records, missing final statuses, abandoned deliveries."""

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
from tests.fakes import FakeQueues, FakeTwilioClient
from tests.memory import NOON, MemoryLedger

DAY = 24 * 3600.0
RETENTION = 30 * DAY
ENDED = ["delivered", "failed", "rejected", "refused", "opted_out", "expired", "unresolved"]


def text(identity: str, state: str, **changes: object) -> DeliveryRecord:
    """The record of a text."""
    return record(queued({**TEXT, "id": identity}), state=state, **changes)


def listed(sid: str, status: str, **changes: object) -> TwilioResource:
    """A resource of Twilio's."""
    return TwilioResource(sid=sid, status=status, direction="outbound-api", created=NOON, **changes)  # type: ignore[arg-type]


class AgedRecords(FakeWorker):
    """A worker whose records were written at noon, some time ago."""

    async def clean_up_after(self, seconds: float, *records: DeliveryRecord) -> None:
        """Runs the nightly clean-up."""
        await self.hold(*records)
        self.clock.pass_(seconds)
        await self.clean_up()

    @property
    def left(self) -> dict[str, str]:
        """The state of each remaining record, by id."""
        return {each.key.id: each.state for each in self.ledger.records()}


@pytest.mark.parametrize("state", sorted(set(ENDED) - {"unresolved"}))
async def test_an_ended_record_is_purged_after_retention(state: str) -> None:
    """Thirty days after its last change, not sooner."""
    young, old = AgedRecords(), AgedRecords()
    await young.clean_up_after(RETENTION, text("t1", state))
    await old.clean_up_after(RETENTION + 1, text("t1", state))
    assert (young.left, old.left) == ({"t1": state}, {})


async def test_an_unresolved_record_stays_until_an_operator_decides() -> None:
    """Its dead letter has no retention: replayed without the record it would be sent again."""
    worker = AgedRecords()
    await worker.clean_up_after(10 * RETENTION, text("t1", "unresolved"))
    assert worker.left == {"t1": "unresolved"}


async def test_the_retention_is_a_setting() -> None:
    """RETENTION_DAYS."""
    worker = AgedRecords()
    worker.set(retention_days=8)
    await worker.clean_up_after(8 * DAY + 1, text("t1", "delivered"))
    assert worker.left == {}


async def test_an_open_record_is_not_purged() -> None:
    """It ends as unresolved, with an event, and is kept as an ended one."""
    worker = AgedRecords()
    await worker.clean_up_after(RETENTION + 1, text("t1", "unknown"), text("t2", "claimed"))
    assert worker.left == {"t1": "unresolved", "t2": "unresolved"}


async def test_a_scheduled_text_is_not_purged_before_its_time() -> None:
    """Twilio keeps it up to 35 days, longer than the retention, and a STOP needs its record."""
    worker = AgedRecords()
    worker.set(retention_days=8)
    worker.twilio.list = [listed("SM1", "scheduled")]
    await worker.clean_up_after(34 * DAY, text("t1", "scheduled", sender=SERVICE, sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "scheduled"}


async def test_a_scheduled_text_without_an_end_is_purged_in_the_end() -> None:
    """After its latest time and the retention."""
    worker = AgedRecords()
    await worker.clean_up_after(65 * DAY, text("t1", "scheduled", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {}


async def test_a_scheduled_text_without_a_final_status_is_looked_up() -> None:
    """However long ago it was accepted."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", "delivered")]
    await worker.clean_up_after(36 * DAY, text("t1", "scheduled", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "delivered"}
    assert [event["state"] for event in worker.events] == ["delivered"]


@pytest.mark.parametrize(("status", "code"), [("delivered", 0), ("undelivered", 30003)])
async def test_a_missing_final_status_is_looked_up(status: str, code: int) -> None:
    """By SID, a day after the last change. Twilio's answer is applied like a callback."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", status, error_code=code)]
    await worker.clean_up_after(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": status}
    assert [(event["sid"], event["state"]) for event in worker.events] == [("SM1", status)]


async def test_a_calls_final_status_is_looked_up_with_its_duration() -> None:
    """Calls have a final status too."""
    worker, call = AgedRecords(), queued(CALL, "call-outbox")
    worker.twilio.list = [listed("CA1", "completed", duration=42)]
    await worker.clean_up_after(DAY + 1, record(call, state="ringing", sids=("CA1",), accepted_at=NOON))
    (event,) = worker.events
    assert (event["type"], event["state"], event["duration"]) == ("switchboard.call.status", "completed", 42)


@pytest.mark.parametrize(("days", "is_looked_up"), [(1, False), (1.01, True), (3.9, True), (4.1, False)])
async def test_a_final_status_is_looked_up_on_three_nights_only(days: float, is_looked_up: bool) -> None:
    """Some carriers never report one."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", "delivered")]
    await worker.clean_up_after(days * DAY, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.left == {"t1": "delivered" if is_looked_up else "sent"}


async def test_a_look_up_without_a_change_publishes_nothing() -> None:
    """It is repeated the next night."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", "sent")]
    await worker.clean_up_after(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    assert worker.events == []
    worker.twilio.list = [listed("SM1", "delivered")]
    await worker.clean_up_after(DAY + 1)
    assert worker.left == {"t1": "delivered"}


@pytest.mark.parametrize("error", [NotReached("no connection"), Rejected("no", code=20001)])
async def test_a_failed_look_up_does_not_stop_the_clean_up(error: Exception) -> None:
    """It is logged, and repeated the next night."""
    worker = AgedRecords()
    worker.twilio.error = error
    await worker.hold(text("t2", "unknown"))
    worker.clock.pass_(RETENTION)
    await worker.clean_up_after(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=worker.clock.now()))
    assert worker.left == {"t1": "sent", "t2": "unresolved"}


async def test_a_deleted_text_does_not_stop_the_look_ups() -> None:
    """404 is no fault of the account."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM2", "delivered")]
    records = [text(f"t{number}", "sent", sids=(f"SM{number}",), accepted_at=NOON) for number in (1, 2)]
    await worker.clean_up_after(DAY + 1, *records)
    assert worker.left == {"t1": "sent", "t2": "delivered"}


@pytest.mark.parametrize(
    "error",
    [
        AccountFault("no", code=20003, status=401),
        SecretsUnavailable("the vault did not answer"),
        ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL"),
    ],
)
async def test_an_account_fault_stops_the_look_ups_not_the_clean_up(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Every other look-up would get the same error."""
    worker = AgedRecords()
    worker.twilio.error = error
    await worker.hold(text("t9", "claimed"))
    worker.clock.pass_(RETENTION)
    now = worker.clock.now()
    await worker.clean_up_after(
        DAY + 1, *(text(f"t{number}", "sent", sids=("SM1",), accepted_at=now) for number in range(3))
    )
    assert caplog.text.count("event=housekeeping_stopped") == 1
    assert worker.left["t9"] == "unresolved"


@pytest.mark.parametrize("state", ["claimed", "unknown"])
async def test_an_abandoned_delivery_ends_as_unresolved(state: str, caplog: pytest.LogCaptureFixture) -> None:
    """After the retention: one event and one alert."""
    worker = AgedRecords()
    await worker.clean_up_after(RETENTION, text("t1", state))
    assert (worker.left, worker.events) == ({"t1": state}, [])
    await worker.clean_up_after(1)
    await worker.clean_up_after(DAY)
    (event,) = worker.events
    assert (event["state"], event["command_id"], event["queue"]) == ("unresolved", "t1", "sms-outbox")
    assert event["reason"] == worker.record.reason
    assert worker.record.ended_at == NOON + timedelta(seconds=RETENTION + 1)
    assert caplog.text.count("event=delivery_unresolved id=sms:t1") == 1


class OpenBreaker(CircuitBreaker):
    """A breaker that allows no command."""

    def allows(self, kind: Kind, sender: str) -> bool:
        """Returns False."""
        return False


async def test_a_paused_delivery_is_not_abandoned() -> None:
    """Its message is requeued without a change of the record, however long the credentials are wrong."""
    worker = AgedRecords(AccountFault("no", code=20003, status=401))
    await worker.deliver(TEXT)
    worker.breaker = OpenBreaker(worker.clock)
    while worker.clock.now() < NOON + timedelta(days=3):
        await worker.deliver_next()
    await worker.clean_up_after(0)
    assert (worker.left, worker.events) == ({"t1": "released"}, [])
    worker.twilio.error, worker.breaker = None, CircuitBreaker(worker.clock)
    await worker.deliver_next()
    assert worker.left == {"t1": "queued"}


async def test_an_abandoned_delivery_whose_event_fails_is_not_recorded() -> None:
    """The clean-up fails, and the next night repeats it."""
    worker = AgedRecords()
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.clean_up_after(RETENTION + 1, text("t1", "claimed"))
    assert worker.left == {"t1": "claimed"}
    worker.queues.error = None
    await worker.clean_up_after(0)
    assert (worker.left, len(worker.events)) == ({"t1": "unresolved"}, 1)


class InterruptedLedger(MemoryLedger):
    """Its pages end with an error after `pages` records."""

    pages = 2

    async def older(
        self, phase: Phase, seconds: float, *, younger_than: float | None = None, state: str = ""
    ) -> AsyncIterator[list[Stored]]:
        """Yields some pages, then raises."""
        count = 0
        async for page in super().older(phase, seconds, younger_than=younger_than, state=state):
            if count == self.pages:
                raise StorageUnavailable("table deliveries did not answer")
            count += 1
            yield page


async def test_an_interrupted_clean_up_continues_the_next_time() -> None:
    """Purged records are gone, the others are found again."""
    worker = AgedRecords(ledger=InterruptedLedger())
    with pytest.raises(StorageUnavailable):
        await worker.clean_up_after(RETENTION + 1, *(text(f"t{number}", "delivered") for number in range(5)))
    assert sorted(worker.left) == ["t2", "t3", "t4"]
    with pytest.raises(StorageUnavailable):
        await worker.clean_up_after(0)
    await worker.clean_up_after(0)
    assert worker.left == {}


class RacedLedger(MemoryLedger):
    """Another worker writes each record between the read and the deletion."""

    async def delete(self, stored: Stored) -> None:
        """Raises RecordChanged."""
        raise RecordChanged("the record was written since it was read")


async def test_a_record_that_changed_meanwhile_is_kept() -> None:
    """`read` may come long after `delivered`."""
    worker = AgedRecords(ledger=RacedLedger())
    await worker.clean_up_after(RETENTION + 1, text("t1", "delivered"))
    assert worker.left == {"t1": "delivered"}


async def test_the_clean_up_logs_its_counts(caplog: pytest.LogCaptureFixture) -> None:
    """One line, so that its absence can be noticed."""
    caplog.set_level("INFO")
    worker = AgedRecords()
    worker.twilio.list = [listed("SM2", "delivered")]
    await worker.hold(text("t1", "delivered"), text("t3", "claimed"))
    worker.clock.pass_(28 * DAY)
    await worker.clean_up_after(2 * DAY + 1, text("t2", "sent", sids=("SM2",), accepted_at=worker.clock.now()))
    assert "event=housekeeping_done unresolved=1 purged=1 looked_up=1" in caplog.text


class FullQueues(FakeQueues):
    """Each queue has one message, an hour old."""

    async def depth(self, queue: str) -> QueueDepth:
        """Returns the same for each queue."""
        return QueueDepth(1, NOON - timedelta(hours=1))


async def test_each_queue_has_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    """Its depth and the age of its oldest message, 0 without one: alerts query these lines."""
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
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", "sent")]
    await worker.clean_up_after(DAY + 1, text("t1", "sent", sids=("SM1",), accepted_at=NOON))
    fetched = worker.twilio.fetched
    await worker.clean_up_after(60)
    assert worker.twilio.fetched == fetched == 1


class Slow(FakeTwilioClient):
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
    worker = AgedRecords()
    worker.twilio = Slow(worker)
    late = NOON + timedelta(days=29)
    stuck = [text(f"t{number}", "sent", sids=(f"SM{number}",), accepted_at=late) for number in range(40)]
    worker.twilio.list = [listed(f"SM{number}", "delivered") for number in range(40)]
    await worker.hold(text("open", "claimed"))
    worker.clock.pass_(RETENTION - DAY)
    await worker.clean_up_after(DAY + 1, *stuck)
    assert worker.left["open"] == "unresolved"
    assert "event=housekeeping_unfinished part=look_up" in caplog.text
    assert 0 < worker.twilio.fetched < 40
    for _ in range(4):
        await worker.clean_up_after(0)
    assert {state for name, state in worker.left.items() if name != "open"} == {"delivered"}


async def test_a_scheduled_text_that_stays_scheduled_is_purged_after_its_time() -> None:
    """The nightly look-ups end with the time in which Twilio may hold it, and then the retention runs."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM1", "scheduled")]
    await worker.hold(text("t1", "scheduled", sids=("SM1",), accepted_at=NOON))
    for _ in range(100):
        await worker.clean_up_after(DAY)
    assert worker.left == {}
    assert worker.twilio.fetched <= 40


async def test_one_bad_record_stops_no_part_of_the_night() -> None:
    """A record without a SID, and one whose event cannot be made: the others are done, and the run fails at its end."""
    worker = AgedRecords()
    worker.twilio.list = [listed("SM2", "delivered")]
    bad = text("t1", "sent", accepted_at=NOON + timedelta(seconds=RETENTION))
    good = text("t2", "sent", sids=("SM2",), accepted_at=NOON + timedelta(seconds=RETENTION))
    await worker.hold(text("old", "delivered"))
    worker.clock.pass_(RETENTION)
    with pytest.raises(IndexError):
        await worker.clean_up_after(DAY + 1, bad, good)
    assert worker.left == {"t1": "sent", "t2": "delivered"}
