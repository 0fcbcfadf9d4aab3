"""Status reports applied to records: in any order, repeated, late, or of a second text."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from switchboard.delivery.ledger import RecordChanged
from switchboard.delivery.record import DeliveryRecord, Stored
from switchboard.delivery.status_reports import StatusReport, is_news, merge
from switchboard.errors import StorageUnavailable
from switchboard.status_updates import StatusUpdate
from tests.fake_worker import CALL, FROM, SERVICE, TO, FakeWorker, queued, record
from tests.memory import NOON, MemoryLedger

LATER = NOON + timedelta(minutes=1)
KEY = queued().key
FIRST, SECOND = "SM" + "1" * 32, "SM" + "2" * 32


def report(status: str, sid: str = FIRST, attempt: int = 0, code: int = 0, sender: str = "") -> StatusReport:
    """A report of this status."""
    return StatusReport(sid=sid, status=status, attempt=attempt, error_code=code, sender=sender)


# The state before; the report; the state, Twilio's unknown status and the code after.
MERGES = [
    ("claimed", report("queued"), "queued", "", 0),
    ("claimed", report("delivered"), "delivered", "", 0),
    ("unknown", report("sent"), "sent", "", 0),
    ("released", report("undelivered", code=30003), "undelivered", "", 30003),
    ("claimed", report("teleported"), "accepted", "teleported", 0),
    ("unresolved", report("delivered"), "delivered", "", 0),
    ("expired", report("sent"), "sent", "", 0),
    ("rejected", report("teleported"), "accepted", "teleported", 0),
    ("accepted", report("queued"), "queued", "", 0),
    ("scheduled", report("canceled"), "canceled", "", 0),
    ("sent", report("sending"), "sent", "", 0),
    ("sent", report("sent"), "sent", "", 0),
    ("sent", report("teleported"), "sent", "teleported", 0),
    ("sent", report("failed", code=30007), "failed", "", 30007),
    ("delivered", report("sent"), "delivered", "", 0),
    ("delivered", report("undelivered", code=30003), "delivered", "", 0),
    ("delivered", report("read"), "read", "", 0),
    ("failed", report("delivered"), "failed", "", 0),
]


@pytest.mark.parametrize(("before", "reported", "state", "word", "code"), MERGES)
def test_a_report_moves_a_record_forwards_only(
    before: str, reported: StatusReport, state: str, word: str, code: int
) -> None:
    """An open state takes any report. An unknown status is stored, and means only that Twilio has the text."""
    after = merge(record(state=before), reported, LATER)
    assert (after.state, after.word, after.code) == (state, word, code)


@pytest.mark.parametrize("state", ["claimed", "unknown", "released", "unresolved"])
def test_a_report_replaces_our_reason_and_code(state: str) -> None:
    """SID and time are recorded."""
    after = merge(record(state=state, reason="unknown", code=7), report("queued"), LATER)
    assert (after.reason, after.code, after.sids, after.accepted_at) == ("", 0, (FIRST,), LATER)


def test_the_times_are_those_of_the_first_report() -> None:
    """A repeated report changes nothing."""
    taken = merge(record(), report("queued"), NOON)
    ended = merge(taken, report("delivered"), LATER)
    again = merge(ended, report("delivered"), LATER + timedelta(hours=1))
    assert (ended.accepted_at, ended.ended_at) == (NOON, LATER)
    assert again == ended


@pytest.mark.parametrize("words", tuple(permutations(["queued", "sending", "sent", "delivered"])))
async def test_callbacks_in_any_order_have_the_same_end(words: tuple[str, ...]) -> None:
    """Each twice: the record is delivered, with exactly one event for it."""
    worker = FakeWorker()
    await worker.hold(record())
    for word in words:
        await worker.record_report(KEY, report(word))
        await worker.record_report(KEY, report(word))
    assert worker.record.state == "delivered"
    assert [event["state"] for event in worker.events].count("delivered") == 1
    assert len({event["id"] for event in worker.events}) == len(worker.events)


async def test_reports_after_the_end_publish_nothing() -> None:
    """Delivered, sent, queued, each twice: one event."""
    worker = FakeWorker()
    await worker.hold(record())
    for word in ("delivered", "delivered", "sent", "sent", "queued", "queued"):
        await worker.record_report(KEY, report(word))
    (event,) = worker.events
    assert event["id"] == f"sms.status:{KEY.partition}:sms:t1:0:delivered"
    assert (event["sid"], event["state"], event["to"], event["command_id"]) == (FIRST, "delivered", TO, "t1")


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ("claimed", "accepted", False),
        ("claimed", "scheduled", False),
        ("unknown", "queued", False),
        ("claimed", "sent", True),
        ("released", "delivered", True),
        ("accepted", "queued", True),
        ("scheduled", "canceled", True),
        ("queued", "queued", False),
        ("delivered", "read", True),
        ("unresolved", "delivered", True),
    ],
)
def test_acceptance_alone_publishes_nothing(before: str, after: str, news: bool) -> None:
    """Each later change of state does."""
    assert is_news(record(state=before), record(state=after)) is news


async def test_an_event_has_the_sender_that_twilio_chose() -> None:
    """The number of a service's pool, and the service; without a number, only the service."""
    worker = FakeWorker()
    await worker.hold(record(sender=SERVICE))
    await worker.record_report(KEY, report("sent", sender="+15005550077"))
    await worker.record_report(KEY, report("delivered"))
    chosen, unknown = worker.events
    assert (chosen["from"], chosen["messaging_service_sid"]) == ("+15005550077", SERVICE)
    assert (unknown.get("from"), unknown["messaging_service_sid"]) == (None, SERVICE)


@pytest.mark.parametrize(("code", "retryable"), [(30003, True), (30007, False)])
async def test_a_failure_after_acceptance_says_whether_it_is_retryable(code: int, retryable: bool) -> None:
    """Nothing is sent again by itself: the sender decides."""
    worker = FakeWorker()
    await worker.hold(record(state="sent", sids=(FIRST,)))
    await worker.record_report(KEY, report("undelivered", code=code))
    (event,) = worker.events
    assert (event["error_code"], event["retryable"]) == (code, retryable)
    assert worker.record.phase == "ended"
    assert worker.requeued == []


async def test_the_end_of_a_call_has_its_duration() -> None:
    """In seconds, by which Twilio bills it."""
    worker, call = FakeWorker(), queued(CALL, "call-outbox")
    await worker.hold(record(call, state="in-progress", sids=("CA1",)))
    await worker.record_report(call.key, StatusReport(sid="CA1", status="completed", attempt=0, duration=42))
    (event,) = worker.events
    assert (event["type"], event["state"], event["duration"]) == ("switchboard.call.status", "completed", 42)


async def test_a_late_report_of_an_earlier_attempt_stops_the_waiting_one() -> None:
    """Twilio had accepted the first attempt; the copy on the queue is dropped."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=1))
    await worker.record_report(KEY, report("sent", attempt=0))
    assert (worker.record.state, worker.record.attempt, worker.record.sids) == ("sent", 1, (FIRST,))
    assert worker.events[0]["id"].endswith(":0:sent")


async def test_a_second_sid_of_one_command_is_published_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An event and an alert, once; the record has both SIDs."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    for _ in range(2):
        await worker.record_report(KEY, report("queued", SECOND))
    (event,) = worker.events
    assert (event["type"], event["sid"], event["command_id"]) == ("switchboard.command.duplicate", SECOND, "t1")
    assert worker.record.sids == (FIRST, SECOND)
    assert caplog.text.count("event=duplicate_sid id=sms:t1") == 1


async def test_a_second_sid_with_a_later_status_publishes_both_events() -> None:
    """A duplicate and a status: the record has the furthest state of the two."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    await worker.record_report(KEY, report("delivered", SECOND))
    assert [event["type"] for event in worker.events] == ["switchboard.command.duplicate", "switchboard.sms.status"]
    assert worker.record.state == "delivered"


async def test_a_report_without_a_record_changes_nothing() -> None:
    """No record is created."""
    worker = FakeWorker()
    assert await worker.record_report(KEY, report("sent")) is None
    assert (worker.events, worker.ledger.records()) == ([], [])


async def test_an_opt_out_in_a_callback_is_recorded() -> None:
    """21610 may come after acceptance: for the record's sender and the number that a service chose."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sender=SERVICE, sids=(FIRST,)))
    await worker.record_report(KEY, report("undelivered", code=21610, sender=FROM))
    assert worker.opt_outs.stopped == {(KEY.partition, SERVICE), (KEY.partition, FROM)}


class RacedLedger(MemoryLedger):
    """Another worker writes between read and replace, `races` times."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self.races = races

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Raises RecordChanged `races` times."""
        if self.races:
            self.races -= 1
            raise RecordChanged("the record was written since it was read")
        return await super().replace(stored, record)


@pytest.mark.parametrize("races", [1, 9])
async def test_a_changed_record_is_read_again_and_merged(races: int) -> None:
    """The event may repeat with the same id, and the record is written in the end."""
    worker = FakeWorker(ledger=RacedLedger(races))
    await worker.hold(record(state="queued", sids=(FIRST,)))
    written = await worker.record_report(KEY, report("sent"))
    assert written is not None
    assert written.state == worker.record.state == "sent"
    assert len({event["id"] for event in worker.events}) == 1


async def test_a_concurrent_report_is_not_undone() -> None:
    """The worker with the older version merges its report into the new one."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    stale = await worker.ledger.read(KEY)
    assert stale is not None
    await worker.record_report(KEY, report("delivered"))
    assert await worker.apply_report(stale, report("sent")) is None
    await worker.record_report(KEY, report("sent"))
    assert worker.record.state == "delivered"


async def test_a_record_that_changes_each_time_fails_the_report() -> None:
    """Twilio repeats the callback, because its URL asks for that."""
    worker = FakeWorker(ledger=RacedLedger(1000))
    await worker.hold(record(state="queued", sids=(FIRST,)))
    with pytest.raises(StorageUnavailable):
        await worker.record_report(KEY, report("sent"))


async def test_a_report_whose_event_fails_is_not_recorded() -> None:
    """The event is published before the write, so the repeated callback publishes it."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.record_report(KEY, report("sent"))
    assert worker.record.state == "queued"
    worker.queues.error = None
    await worker.record_report(KEY, report("sent"))
    assert [event["state"] for event in worker.events] == ["sent"]


async def test_a_failed_write_repeats_the_event_with_the_same_id() -> None:
    """A crash between the two costs the consumer a duplicate that it ignores."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    stored = await worker.ledger.read(KEY)
    assert stored is not None
    worker.failures.before = 1
    with pytest.raises(StorageUnavailable):
        await worker.apply_report(stored, report("sent"))
    worker.clock.pass_(60)
    await worker.record_report(KEY, report("sent"))
    first, second = worker.events
    assert (first["id"], first["time"]) == (second["id"], second["time"])
    assert first["observed_at"] < second["observed_at"]


@pytest.mark.parametrize("kind", ["sms", "call"])
async def test_an_event_has_twilios_time_where_twilio_says_it(kind: str) -> None:
    """A callback of a call's progress, and what a list says; a text's callback says none."""
    worker = FakeWorker()
    of = queued() if kind == "sms" else queued(CALL, "call-outbox")
    await worker.hold(record(of, state="queued", sids=(FIRST,)))
    worker.clock.pass_(3600)
    await worker.record_report(of.key, StatusReport(sid=FIRST, status="failed", attempt=0, time=LATER))
    (event,) = worker.events
    assert (event["time"], event["observed_at"]) == ("2026-01-31T12:01:00Z", "2026-01-31T13:00:00Z")


async def test_an_event_without_twilios_time_has_the_records() -> None:
    """When it was first claimed: whatever is written meanwhile, the same event has the same time."""
    worker = FakeWorker(ledger=RacedLedger(1))
    await worker.hold(record(state="queued", sids=(FIRST,)))
    worker.clock.pass_(60)
    await worker.record_report(KEY, report("sent"))
    assert {event["time"] for event in worker.events} == {"2026-01-31T12:00:00Z"}
    assert len(worker.events) == 2


class TableTime(datetime):
    """A time as the tables' SDK returns it: a subclass, which keeps more digits."""


async def test_a_record_from_a_table_has_an_event() -> None:
    """Its times are of the SDK's own class."""
    worker, noon = FakeWorker(), TableTime(2026, 1, 31, 12, tzinfo=UTC)
    await worker.hold(record(state="queued", sids=(FIRST,), first_claimed_at=noon, first_seen=noon))
    await worker.record_report(KEY, report("sent"))
    assert [event["time"] for event in worker.events] == ["2026-01-31T12:00:00Z"]


async def test_an_event_has_what_the_callback_says() -> None:
    """Segments, the service, and the parameters that have no field."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    update = StatusUpdate(
        sid=FIRST, status="sent", num_segments=3, messaging_service_sid=SERVICE, parameters={"Tomorrow": "x"}
    )
    await worker.record_report(KEY, StatusReport.of_callback(update, 0))
    (event,) = worker.events
    assert (event["num_segments"], event["messaging_service_sid"]) == (3, SERVICE)
    assert (event["parameters"], event["from"], event["to"]) == ({"Tomorrow": "x"}, FROM, TO)
