"""No number, body or token is in a log of a delivery: reconciliation, callbacks, STOP, poison, timers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import (
    AccountFault,
    NotReached,
    OutcomeUnknown,
    Rejected,
    SecretsUnavailable,
    StorageUnavailable,
)
from tests import payloads
from tests.doubles import real_adapters
from tests.fake_worker import queued, record
from tests.fakes import FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import post, serving
from tests.log_search import CALL, CALLER, LIBRARY_ERROR, TEXT, WORDS, Log
from tests.memory import Failures, MemoryLedger, MemoryOptOuts

DAY = 24 * 3600.0
OURS = queued(json.loads(TEXT))
# The app's clock is the machine's: no delivery of these tests expires.
FAR = datetime(2999, 1, 1, tzinfo=UTC)
LIBRARY_MESSAGE = str(LIBRARY_ERROR)


def stored(state: str, **changes: object) -> DeliveryRecord:
    """The record of the text whose body is secret."""
    return record(OURS, **{"state": state, "give_up_at": FAR} | changes)


def listed(body: str) -> TwilioResource:
    """A text in Twilio's list, with its sender's number."""
    return TwilioResource(sid="SM1", status="sent", direction="outbound-api", created=None, body=body, sender=CALLER)


class Adapters:
    """The fakes of a worker."""

    def __init__(self) -> None:
        self.twilio = FakeTwilioClient()
        self.queues = FakeQueues()
        self.ledger = MemoryLedger()
        self.opt_outs = MemoryOptOuts()

    async def hold(self, *records: DeliveryRecord, seconds: float = 0) -> None:
        """Writes records, this long ago."""
        for each in records:
            await self.ledger.insert(each)
        self.ledger.clock.pass_(seconds)


@pytest.fixture
def adapters() -> Iterator[Adapters]:
    """The fakes of the current worker."""
    adapters = Adapters()
    current = FakeServices(
        twilio=adapters.twilio, queues=adapters.queues, ledger=adapters.ledger, opt_outs=adapters.opt_outs
    )
    with serving(current):
        yield adapters


RIVAL = stored("unknown", key=DeliveryKey(OURS.key.partition, "sms", "t2"))


@pytest.mark.parametrize(
    ("list_", "others", "verdict"),
    [
        ([listed(WORDS)], [], "ours"),
        ([], [], "nothing"),
        ([listed(WORDS)], [RIVAL], "undecided"),
        ([listed(f"{CALLER} {WORDS}!")], [], "ambiguous"),
    ],
)
async def test_a_reconciliation_logs_its_verdict_only(
    list_: list[TwilioResource], others: list[DeliveryRecord], verdict: str, adapters: Adapters, log: Log
) -> None:
    """No text of the list."""
    adapters.twilio.list = list_
    await adapters.hold(stored("unknown"), *others, seconds=301)
    await log.deliver("sms-outbox", TEXT)
    assert f"event=reconciled id=sms:t1 verdict={verdict}" in log.text
    assert log.found() == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OutcomeUnknown("no answer", twilio_message=LIBRARY_MESSAGE), "event=reconciliation_failed id=sms:t1"),
        (AccountFault("no", code=20003, twilio_message=LIBRARY_MESSAGE), "event=account_fault code=20003"),
        (SecretsUnavailable("the vault did not answer"), "event=reconciliation_failed id=sms:t1"),
    ],
)
async def test_a_failed_reconciliation_logs_the_type_of_its_error(
    error: Exception, line: str, adapters: Adapters, log: Log
) -> None:
    """Not Twilio's message."""
    adapters.twilio.error = error
    await adapters.hold(stored("unknown"), seconds=301)
    await log.deliver("sms-outbox", TEXT)
    assert line in log.text
    assert log.found() == []


@pytest.mark.parametrize("part", ["twilio", "queues"])
@pytest.mark.parametrize("state", ["unknown", "claimed", "released"])
async def test_an_unexpected_error_in_a_delivery_is_not_quoted(
    part: str, state: str, adapters: Adapters, log: Log
) -> None:
    """In every adapter."""
    getattr(adapters, part).error = LIBRARY_ERROR
    await adapters.hold(stored(state), seconds=301)
    await log.deliver("sms-outbox", OURS.to_json(attempt=0 if state != "released" else 1))
    assert log.found() == []


@pytest.mark.parametrize(
    "fault",
    [
        AccountFault("no", code=20003, twilio_message=LIBRARY_MESSAGE),
        AccountFault("no", code=21606, twilio_message=LIBRARY_MESSAGE),
        AccountFault("no", code=21408, twilio_message=LIBRARY_MESSAGE),
    ],
)
@pytest.mark.parametrize(("queue", "body"), [("sms-outbox", TEXT), ("call-outbox", CALL)])
async def test_an_account_fault_logs_its_code_only(
    fault: Exception, queue: str, body: str, adapters: Adapters, log: Log
) -> None:
    """The alert uses it."""
    adapters.twilio.error = fault
    await log.deliver(queue, body)
    assert "event=account_fault code=2" in log.text
    assert log.found() == []


@pytest.mark.parametrize("state", ["claimed", "unknown", "released", "queued", "sent", "delivered", "unresolved"])
@pytest.mark.parametrize("name", ["text_delivered", "text_failed", "text_queued", "text_undelivered"])
async def test_a_callback_logs_neither_number_nor_text(name: str, state: str, adapters: Adapters, log: Log) -> None:
    """In each state of the record, and for a second text of one command."""
    payload = payloads.read(name, From=CALLER, To=CALLER, Body=WORDS, ErrorMessage=LIBRARY_MESSAGE)
    target = f"/api/status/sms?id={OURS.key.callback_id(0)}"
    await adapters.hold(stored(state, sids=("SM1",)))
    assert (await post(target, payload.form)).status == 204
    assert "event=duplicate_sid id=sms:t1" in log.text
    assert log.found() == []


async def test_a_callback_without_a_record_is_not_quoted(adapters: Adapters, log: Log) -> None:
    """Its SID and its status are logged."""
    payload = payloads.read("text_delivered", From=CALLER, To=CALLER)
    await post(payload.path, payload.form)
    assert "event=status_unknown" in log.text
    assert log.found() == []


@pytest.mark.parametrize("error", [LIBRARY_ERROR, StorageUnavailable("queue events did not take a message")])
async def test_a_failed_callback_is_not_quoted(error: Exception, adapters: Adapters, log: Log) -> None:
    """Twilio gets 500, and the log has the location."""
    adapters.queues.error = error
    await adapters.hold(stored("sent", sids=("SM1",)))
    payload = payloads.read("text_delivered", From=CALLER, To=CALLER)
    answer = await post(f"/api/status/sms?id={OURS.key.callback_id(0)}", payload.form)
    assert answer.status == 500
    assert "event=webhook_failed" in log.text
    assert log.found() == []


@pytest.mark.parametrize("body", ["STOP", "START", "stop "])
@pytest.mark.parametrize(
    "error",
    [
        None,
        Rejected("no", code=30409, twilio_message=LIBRARY_MESSAGE),
        AccountFault("no", code=20404, twilio_message=LIBRARY_MESSAGE),
        NotReached("no connection", twilio_message=LIBRARY_MESSAGE),
        LIBRARY_ERROR,
    ],
    ids=["canceled", "too late", "gone", "not reached", "an unexpected error"],
)
async def test_a_stop_logs_no_number(error: Exception | None, body: str, adapters: Adapters, log: Log) -> None:
    """The table has the sender's hash."""
    adapters.twilio.error = error
    await adapters.hold(stored("scheduled", sender="+15005550001", sids=("SM1",)))
    payload = payloads.read("incoming_text", From=CALLER, To="+15005550001", Body=body)
    await post(payload.path, payload.form)
    assert "event=" in log.text
    assert log.found() == []


@pytest.mark.parametrize("state", ["", "claimed", "released", "sent", "unresolved"])
@pytest.mark.parametrize("broken", [set(), {"sms-outbox"}, {"sms-outbox", "dead-letter"}], ids=["", "one", "both"])
async def test_poison_logs_ids_only(state: str, broken: set[str], adapters: Adapters, log: Log) -> None:
    """Requeued, dropped, moved to dead-letter, or failed."""
    if state:
        await adapters.hold(stored(state))
    adapters.queues.broken = broken
    await log.deliver("sms-outbox-poison", msgspec.structs.replace(OURS, first_seen=datetime.now(UTC)).to_json())
    assert "event=" in log.text
    assert log.found() == []


@pytest.mark.parametrize("body", [json.dumps({"to": CALLER, "body": WORDS}), json.dumps({"to": WORDS}), CALLER, WORDS])
async def test_a_dead_letter_is_not_logged(body: str, adapters: Adapters, log: Log) -> None:
    """Only its queue and its message id are."""
    await log.deliver("sms-outbox-poison", body)
    assert "event=dead_letter queue=sms-outbox message=m1" in log.text
    assert log.found() == []


@pytest.mark.parametrize(
    "error",
    [
        None,
        NotReached("no connection", twilio_message=LIBRARY_MESSAGE),
        AccountFault("no", code=20003, twilio_message=LIBRARY_MESSAGE),
        LIBRARY_ERROR,
    ],
    ids=["answered", "not reached", "account fault", "an unexpected error"],
)
async def test_the_nightly_clean_up_logs_ids_only(error: Exception | None, adapters: Adapters, log: Log) -> None:
    """Of purged, looked-up and abandoned records."""
    now = datetime.now(UTC)
    ids = {state: DeliveryKey(OURS.key.partition, "sms", f"t-{state}") for state in ("claimed", "sent", "delivered")}
    adapters.twilio.list = [listed(WORDS)]
    adapters.twilio.error = error
    old = (stored("delivered", key=ids["delivered"]), stored("claimed", key=ids["claimed"], give_up_at=now))
    await adapters.hold(*old, seconds=28 * DAY)
    await adapters.hold(stored("sent", key=ids["sent"], sids=("SM1",), accepted_at=now), seconds=3 * DAY)
    await log.tick("tidy_records")
    assert ("event=timer_failed part=tidy" in log.text) is (error is LIBRARY_ERROR)
    assert "event=housekeeping_done" in log.text
    assert log.found() == []


@pytest.mark.parametrize("timer", ["measure_queues", "tidy_records"])
@pytest.mark.parametrize("error", [LIBRARY_ERROR, StorageUnavailable("queue storage did not answer")])
async def test_a_failed_timer_is_not_quoted(timer: str, error: Exception, adapters: Adapters, log: Log) -> None:
    """The host logs what a function raises, with its cause."""
    adapters.queues.error = error
    await adapters.hold(stored("claimed", give_up_at=datetime.now(UTC)), seconds=31 * DAY)
    await log.tick(timer)
    assert "event=timer_failed" in log.text
    assert log.found() == []


async def test_unavailable_tables_are_not_quoted(adapters: Adapters, log: Log) -> None:
    """The delivery continues later."""
    away = Failures(away=True)
    with serving(FakeServices(ledger=MemoryLedger(failures=away), opt_outs=MemoryOptOuts(away))):
        await log.deliver("sms-outbox", TEXT)
    assert "event=delivery_requeued id=sms:t1" in log.text
    assert log.found() == []


@pytest.mark.parametrize("stored", [400, 403, 404, 409, 412])
@pytest.mark.parametrize("tables", [True, False])
async def test_the_storage_adapters_log_no_key_number_or_text(stored: int, tables: bool, log: Log) -> None:
    """For every answer of storage to a command, a callback, a STOP, poison and the timers."""
    stop = payloads.read("incoming_text", From=CALLER, To="+15005550001", Body="STOP")
    state = payloads.read("text_delivered", From=CALLER, To=CALLER)
    async with real_adapters(201, 0, stored=stored, quoting=LIBRARY_MESSAGE, tables=tables) as current:
        with serving(current):
            await log.deliver("sms-outbox", TEXT)
            await log.deliver("sms-outbox-poison", TEXT)
            await post(stop.path, stop.form)
            await post(f"/api/status/sms?id={OURS.key.callback_id(0)}", state.form)
            await log.tick("measure_queues")
            await log.tick("tidy_records")
    assert "event=" in log.text
    assert log.found() == []


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_the_rest_adapter_logs_nothing_of_a_list_or_a_look_up(status: int, log: Log) -> None:
    """Twilio's library included, while Twilio quotes number and text."""
    async with real_adapters(status, 0, quoting=LIBRARY_MESSAGE) as current:
        ledger = current.ledger = MemoryLedger()
        await ledger.insert(stored("unknown"))
        await ledger.insert(
            stored(
                "sent", key=DeliveryKey(OURS.key.partition, "sms", "t2"), sids=("SM1",), accepted_at=datetime.now(UTC)
            )
        )
        ledger.clock.pass_(2 * DAY)
        with serving(current):
            await log.deliver("sms-outbox", TEXT)
            await log.tick("tidy_records")
    assert ("event=account_fault" if status in (401, 404) else "event=reconciliation_failed id=sms:t1") in log.text
    assert "event=housekeeping_" in log.text
    assert log.found() == []
