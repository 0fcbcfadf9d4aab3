"""Status callbacks of deliveries: the `id` in the URL names the record that the status is applied to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from switchboard.delivery.record import DeliveryKey, DeliveryRecord
from switchboard.errors import StorageUnavailable
from tests import payloads, published
from tests.fake_worker import TO, queued, record
from tests.fakes import FakeQueues, FakeServices
from tests.functions import Answer, answer_to, deliver, post, serving, webhook
from tests.memory import Failures, MemoryLedger

OURS = [name for name in payloads.NAMES if payloads.read(name).path.startswith(("/api/status/sms", "/api/status/call"))]
PARTITION = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def queues() -> FakeQueues:
    """The queues that the app writes to."""
    return FakeQueues()


@pytest.fixture
def ledger() -> MemoryLedger:
    """The delivery records."""
    return MemoryLedger()


@pytest.fixture(autouse=True)
def worker(queues: FakeQueues, ledger: MemoryLedger) -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices(queues=queues, ledger=ledger)
    with serving(current):
        yield current


def waiting(name: str, **changes: object) -> DeliveryRecord:
    """The claimed record of a recorded callback; the answer to its create was lost."""
    kind = "sms" if "sms" in payloads.read(name).path else "call"
    return record(queued(), key=DeliveryKey(PARTITION, kind, "t1"), **changes)  # type: ignore[arg-type]


def events_of(queues: FakeQueues) -> list[dict[str, Any]]:
    """The published events."""
    return [published.read(body) for body in queues.bodies("events")]


def assert_accepted(answer: Answer) -> None:
    """204 without a body."""
    assert (answer.status, answer.text) == (204, "")


@pytest.mark.parametrize("name", OURS)
async def test_a_callback_updates_a_record_without_an_answer(
    name: str, ledger: MemoryLedger, queues: FakeQueues
) -> None:
    """The record gets state and SID; a change of state is one event with an id of the delivery."""
    payload = payloads.read(name)
    state = payload.form.get("MessageStatus") or payload.form["CallStatus"]
    await ledger.insert(waiting(name))
    for _ in range(2):
        assert_accepted(await post(payload.path, payload.form))
    (settled,) = ledger.records()
    assert (settled.state, settled.sids) == (state, (payload.form.get("MessageSid") or payload.form["CallSid"],))
    kind = settled.key.kind
    expected = [] if state in ("queued", "scheduled") else [f"{kind}.status:{PARTITION}:{kind}:t1:0:{state}"]
    assert [event["id"] for event in events_of(queues)] == expected


@pytest.mark.parametrize(
    ("name", "retryable"), [("text_undelivered", True), ("text_failed", False), ("text_delivered", None)]
)
async def test_a_failure_says_whether_it_is_retryable(
    name: str, retryable: bool | None, ledger: MemoryLedger, queues: FakeQueues
) -> None:
    """By Twilio's error code; absent without a failure."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    await post(payload.path, payload.form)
    assert events_of(queues)[0].get("retryable") is retryable


@pytest.mark.parametrize("word", ["teleported", "DELIVERED", "?", "x" * 200])
@pytest.mark.parametrize(("name", "parameter"), [("text_sent", "MessageStatus"), ("call_completed", "CallStatus")])
async def test_an_unknown_status_is_accepted(
    name: str, parameter: str, word: str, ledger: MemoryLedger, queues: FakeQueues
) -> None:
    """Twilio adds statuses: the record stores it, and Twilio has the text."""
    payload = payloads.read(name, **{parameter: word})
    await ledger.insert(waiting(name))
    assert_accepted(await post(payload.path, payload.form))
    (settled,) = ledger.records()
    assert (settled.state, settled.word) == ("accepted", word)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("reference", ["", "x", "0" * 32, f"{'0' * 32}.0.t1", f"{'0' * 32}.-1.t1", f"{'0' * 32}.0."])
async def test_an_unknown_id_is_logged(
    name: str, reference: str, queues: FakeQueues, caplog: pytest.LogCaptureFixture
) -> None:
    """204, because a repetition would not help: the record was purged, or the URL is not ours any more."""
    payload = payloads.read(name)
    path = payload.path.partition("?")[0]
    answer = await post(f"{path}?id={reference}", payload.form)
    assert answer.status == 204
    if reference:
        assert f"event=status_unknown kind={path.rpartition('/')[2]}" in caplog.text
        assert (events_of(queues), answer.events) == ([], ())
    else:
        assert len(answer.events) == 1


async def test_a_callback_of_another_kind_changes_nothing(ledger: MemoryLedger) -> None:
    """A text and a call may have one id: the route decides."""
    await ledger.insert(waiting("call_completed"))
    payload = payloads.read("text_delivered")
    assert_accepted(await post(payload.path, payload.form))
    assert ledger.records()[0].state == "claimed"


@pytest.mark.parametrize("name", OURS)
async def test_an_unavailable_table_answers_500(name: str, ledger: MemoryLedger, queues: FakeQueues) -> None:
    """Nobody else has the status; the repeated callback is applied."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    ledger.failures.away = True
    answer = await post(payload.path, payload.form)
    assert (answer.status, answer.events, events_of(queues)) == (500, (), [])
    ledger.failures.away = False
    assert_accepted(await post(payload.path, payload.form))
    assert ledger.records()[0].state != "claimed"


@pytest.mark.parametrize("name", ["text_delivered", "call_completed"])
async def test_an_event_that_cannot_be_published_answers_500(
    name: str, ledger: MemoryLedger, queues: FakeQueues
) -> None:
    """The record does not change, so that the repeated callback publishes it."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    queues.error = StorageUnavailable("queue events did not take a message")
    assert (await post(payload.path, payload.form)).status == 500
    queues.error = None
    assert_accepted(await post(payload.path, payload.form))
    assert len(events_of(queues)) == 1


async def test_an_unsigned_callback_changes_nothing(ledger: MemoryLedger) -> None:
    """The id is no secret: the signature decides."""
    payload = payloads.read("text_delivered")
    await ledger.insert(waiting("text_delivered"))
    answer = await answer_to("/api/status/sms", webhook(payload.path, payload.form, signature="guess"))
    assert answer.status == 403
    assert ledger.records()[0].state == "claimed"


async def test_the_status_url_of_a_create_updates_its_delivery(
    worker: FakeServices, ledger: MemoryLedger, queues: FakeQueues
) -> None:
    """From the queue to Twilio and back, without the URL's fragment."""
    await deliver("sms-outbox", json.dumps({"id": "a:b.c-d_e", "to": TO, "body": "Hello world."}))
    ((_, url),) = worker.twilio.requests  # type: ignore[attr-defined]  # the fake's
    target = url.removeprefix("https://voice.example.com").partition("#")[0]
    (taken,) = ledger.records()
    assert_accepted(await post(target, {"MessageSid": taken.sids[0], "MessageStatus": "delivered"}))
    (event,) = events_of(queues)
    assert (event["state"], event["command_id"], event["to"]) == ("delivered", "a:b.c-d_e", TO)


@pytest.mark.parametrize("path", ["/api/status/sms", "/api/status/call"])
async def test_a_status_without_an_id_needs_no_table(path: str) -> None:
    """Incoming calls are published while tables are unavailable."""
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "CallSid": "CA1", "CallStatus": "completed"}
    with serving(FakeServices(ledger=MemoryLedger(failures=Failures(away=True)))):
        answer = await post(path, form)
    with serving(FakeServices(queues=FakeQueues(RuntimeError("the queue failed")))):
        failed = await post(path, form)
    assert (answer.status, len(answer.events), failed.status) == (204, 1, 500)
