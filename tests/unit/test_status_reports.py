"""What Twilio says of a delivery -> its record and its events: in any order, repeated, late, or of a second text."""

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


def said(word: str, sid: str = FIRST, attempt: int = 0, code: int = 0, sender: str = "") -> StatusReport:
    """Twilio says so."""
    return StatusReport(sid=sid, status=word, attempt=attempt, error_code=code, sender=sender)


# The state before; what is said; the state, Twilio's unknown word and the code after.
MERGES = [
    ("claimed", said("queued"), "queued", "", 0),
    ("claimed", said("delivered"), "delivered", "", 0),
    ("unknown", said("sent"), "sent", "", 0),
    ("released", said("undelivered", code=30003), "undelivered", "", 30003),
    ("claimed", said("teleported"), "accepted", "teleported", 0),
    ("unresolved", said("delivered"), "delivered", "", 0),
    ("expired", said("sent"), "sent", "", 0),
    ("rejected", said("teleported"), "accepted", "teleported", 0),
    ("accepted", said("queued"), "queued", "", 0),
    ("scheduled", said("canceled"), "canceled", "", 0),
    ("sent", said("sending"), "sent", "", 0),
    ("sent", said("sent"), "sent", "", 0),
    ("sent", said("teleported"), "sent", "teleported", 0),
    ("sent", said("failed", code=30007), "failed", "", 30007),
    ("delivered", said("sent"), "delivered", "", 0),
    ("delivered", said("undelivered", code=30003), "delivered", "", 0),
    ("delivered", said("read"), "read", "", 0),
    ("failed", said("delivered"), "failed", "", 0),
]


@pytest.mark.parametrize(("before", "heard", "state", "word", "code"), MERGES)
def test_what_twilio_says_moves_a_record_forwards_only(
    before: str, heard: StatusReport, state: str, word: str, code: int
) -> None:
    """Any open state takes what it hears; an unknown word is kept, and says no more than that Twilio has it."""
    after = merge(record(state=before), heard, LATER)
    assert (after.state, after.word, after.code) == (state, word, code)


@pytest.mark.parametrize("state", ["claimed", "unknown", "released", "unresolved"])
def test_what_twilio_has_is_no_longer_ours_to_explain(state: str) -> None:
    """Our reason and our code go when Twilio's word comes; its SID and the time are noted."""
    after = merge(record(state=state, reason="nobody could tell", code=7), said("queued"), LATER)
    assert (after.reason, after.code, after.sids, after.accepted_at) == ("", 0, (FIRST,), LATER)


def test_the_times_are_those_of_the_first_news() -> None:
    """Accepted once and ended once; what repeats it later changes nothing."""
    taken = merge(record(), said("queued"), NOON)
    ended = merge(taken, said("delivered"), LATER)
    again = merge(ended, said("delivered"), LATER + timedelta(hours=1))
    assert (ended.accepted_at, ended.ended_at) == (NOON, LATER)
    assert again == ended


@pytest.mark.parametrize("words", tuple(permutations(["queued", "sending", "sent", "delivered"])))
async def test_callbacks_in_any_order_end_alike(words: tuple[str, ...]) -> None:
    """Each twice: the record says delivered, and exactly one event says so."""
    worker = FakeWorker()
    await worker.hold(record())
    for word in words:
        await worker.record_report(KEY, said(word))
        await worker.record_report(KEY, said(word))
    assert worker.record.state == "delivered"
    assert [event["state"] for event in worker.events].count("delivered") == 1
    assert len({event["id"] for event in worker.events}) == len(worker.events)


async def test_delivered_sent_queued_is_one_event() -> None:
    """What comes after the end is no news."""
    worker = FakeWorker()
    await worker.hold(record())
    for word in ("delivered", "delivered", "sent", "sent", "queued", "queued"):
        await worker.record_report(KEY, said(word))
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
def test_acceptance_alone_is_no_news(before: str, after: str, news: bool) -> None:
    """The sender is told of each real change after it."""
    assert is_news(record(state=before), record(state=after)) is news


async def test_an_event_says_what_twilio_chose() -> None:
    """The number out of a service's pool, and the service; without a number, the service alone."""
    worker = FakeWorker()
    await worker.hold(record(sender=SERVICE))
    await worker.record_report(KEY, said("sent", sender="+15005550077"))
    await worker.record_report(KEY, said("delivered"))
    chosen, unknown = worker.events
    assert (chosen["from"], chosen["messaging_service_sid"]) == ("+15005550077", SERVICE)
    assert (unknown.get("from"), unknown["messaging_service_sid"]) == (None, SERVICE)


@pytest.mark.parametrize(("code", "retryable"), [(30003, True), (30007, False)])
async def test_a_failure_after_acceptance_is_the_end_and_says_whether_to_ask_again(code: int, retryable: bool) -> None:
    """Nothing is sent again by itself: the sender decides."""
    worker = FakeWorker()
    await worker.hold(record(state="sent", sids=(FIRST,)))
    await worker.record_report(KEY, said("undelivered", code=code))
    (event,) = worker.events
    assert (event["error_code"], event["retryable"]) == (code, retryable)
    assert worker.record.phase == "ended"
    assert worker.requeued == []


async def test_a_calls_end_has_its_seconds() -> None:
    """Which is what a call is billed by."""
    worker, call = FakeWorker(), queued(CALL, "call-outbox")
    await worker.hold(record(call, state="in-progress", sids=("CA1",)))
    await worker.record_report(call.key, StatusReport(sid="CA1", status="completed", attempt=0, duration=42))
    (event,) = worker.events
    assert (event["type"], event["state"], event["duration"]) == ("switchboard.call.status", "completed", 42)


async def test_a_late_word_for_an_earlier_attempt_stops_the_one_in_waiting() -> None:
    """The first text was taken after all; the copy on the queue finds that and is dropped."""
    worker = FakeWorker()
    await worker.hold(record(state="released", attempt=1))
    await worker.record_report(KEY, said("sent", attempt=0))
    assert (worker.record.state, worker.record.attempt, worker.record.sids) == ("sent", 1, (FIRST,))
    assert worker.events[0]["id"].endswith(":0:sent")


async def test_a_second_sid_of_one_command_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Twilio made two of it: an event and an alert, once; both SIDs are ours."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    for _ in range(2):
        await worker.record_report(KEY, said("queued", SECOND))
    (event,) = worker.events
    assert (event["type"], event["sid"], event["command_id"]) == ("switchboard.command.duplicate", SECOND, "t1")
    assert worker.record.sids == (FIRST, SECOND)
    assert caplog.text.count("event=duplicate_sid id=sms:t1") == 1


async def test_a_second_sid_that_is_further_is_told_as_both() -> None:
    """A duplicate, and a state: the record stands for the furthest of the two."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    await worker.record_report(KEY, said("delivered", SECOND))
    assert [event["type"] for event in worker.events] == ["switchboard.command.duplicate", "switchboard.sms.status"]
    assert worker.record.state == "delivered"


async def test_an_id_that_nobody_knows_settles_nothing() -> None:
    """There is no record, and none is made."""
    worker = FakeWorker()
    assert await worker.record_report(KEY, said("sent")) is None
    assert (worker.events, worker.ledger.records()) == ([], [])


async def test_an_opt_out_in_a_callback_is_written_down() -> None:
    """21610 may come after acceptance: for the sender of the record, and the number that a service chose."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sender=SERVICE, sids=(FIRST,)))
    await worker.record_report(KEY, said("undelivered", code=21610, sender=FROM))
    assert worker.opt_outs.stopped == {(KEY.partition, SERVICE), (KEY.partition, FROM)}


class RacedLedger(MemoryLedger):
    """Somebody else writes between reading and writing, so many times."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self.races = races

    async def replace(self, stored: Stored, record: DeliveryRecord) -> Stored:
        """Write, unless somebody was faster."""
        if self.races:
            self.races -= 1
            raise RecordChanged("the record was written since it was read")
        return await super().replace(stored, record)


@pytest.mark.parametrize("races", [1, 9])
async def test_who_meets_another_write_reads_again_and_merges(races: int) -> None:
    """The event is repeated by its id, and the record is written in the end."""
    worker = FakeWorker(ledger=RacedLedger(races))
    await worker.hold(record(state="queued", sids=(FIRST,)))
    settled = await worker.record_report(KEY, said("sent"))
    assert settled is not None
    assert settled.state == worker.record.state == "sent"
    assert len({event["id"] for event in worker.events}) == 1


async def test_what_another_wrote_meanwhile_is_not_undone() -> None:
    """Two workers hear two callbacks: the one that read before the other wrote merges into what was written."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    stale = await worker.ledger.read(KEY)
    assert stale is not None
    await worker.record_report(KEY, said("delivered"))
    assert await worker.apply_report(stale, said("sent")) is None
    await worker.record_report(KEY, said("sent"))
    assert worker.record.state == "delivered"


async def test_a_record_that_changes_without_end_is_said_again() -> None:
    """Twilio comes again, because the callback's URL asks for that."""
    worker = FakeWorker(ledger=RacedLedger(1000))
    await worker.hold(record(state="queued", sids=(FIRST,)))
    with pytest.raises(StorageUnavailable):
        await worker.record_report(KEY, said("sent"))


async def test_an_event_that_cannot_be_told_leaves_the_record_as_it_was() -> None:
    """Told before written: so it is told when Twilio comes again, and never lost."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    worker.queues.error = StorageUnavailable("queue events did not take a message")
    with pytest.raises(StorageUnavailable):
        await worker.record_report(KEY, said("sent"))
    assert worker.record.state == "queued"
    worker.queues.error = None
    await worker.record_report(KEY, said("sent"))
    assert [event["state"] for event in worker.events] == ["sent"]


async def test_a_write_that_fails_after_the_event_repeats_it_by_the_same_id() -> None:
    """A crash between the two costs the consumer one message that it drops."""
    worker = FakeWorker()
    await worker.hold(record(state="queued", sids=(FIRST,)))
    stored = await worker.ledger.read(KEY)
    assert stored is not None
    worker.failures.before = 1
    with pytest.raises(StorageUnavailable):
        await worker.apply_report(stored, said("sent"))
    worker.clock.pass_(60)
    await worker.record_report(KEY, said("sent"))
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
    await worker.record_report(KEY, said("sent"))
    assert {event["time"] for event in worker.events} == {"2026-01-31T12:00:00Z"}
    assert len(worker.events) == 2


class TableTime(datetime):
    """A time as the tables' SDK returns it: a subclass, which keeps more digits."""


async def test_a_record_from_a_table_has_an_event() -> None:
    """Its times are of the SDK's own class."""
    worker, noon = FakeWorker(), TableTime(2026, 1, 31, 12, tzinfo=UTC)
    await worker.hold(record(state="queued", sids=(FIRST,), first_claimed_at=noon, first_seen=noon))
    await worker.record_report(KEY, said("sent"))
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
