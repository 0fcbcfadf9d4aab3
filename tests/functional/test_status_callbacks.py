"""Status callbacks of our own deliveries: the `id` in the URL says which record is settled, and so what is told."""

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
def outbox() -> FakeQueues:
    """The queues that are written to."""
    return FakeQueues()


@pytest.fixture
def ledger() -> MemoryLedger:
    """The delivery records."""
    return MemoryLedger()


@pytest.fixture(autouse=True)
def worker(outbox: FakeQueues, ledger: MemoryLedger) -> Iterator[FakeServices]:
    """A worker whose edges are fakes."""
    current = FakeServices(queues=outbox, ledger=ledger)
    with serving(current):
        yield current


def waiting(name: str, **changes: object) -> DeliveryRecord:
    """The record that a recorded callback is about: claimed, the answer to its create never heard."""
    kind = "sms" if "sms" in payloads.read(name).path else "call"
    return record(queued(), key=DeliveryKey(PARTITION, kind, "t1"), **changes)  # type: ignore[arg-type]


def told(outbox: FakeQueues) -> list[dict[str, Any]]:
    """The published events."""
    return [published.read(body) for body in outbox.bodies("events")]


def assert_taken(answer: Answer) -> None:
    """204 without a body."""
    assert (answer.status, answer.text) == (204, "")


@pytest.mark.parametrize("name", OURS)
async def test_a_callback_settles_what_never_heard_twilios_answer(
    name: str, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """The record has the state and the SID; a real change is told by an id of the delivery, once."""
    payload = payloads.read(name)
    state = payload.form.get("MessageStatus") or payload.form["CallStatus"]
    await ledger.insert(waiting(name))
    for _ in range(2):
        assert_taken(await post(payload.path, payload.form))
    (settled,) = ledger.records()
    assert (settled.state, settled.sids) == (state, (payload.form.get("MessageSid") or payload.form["CallSid"],))
    kind = settled.key.kind
    expected = [] if state in ("queued", "scheduled") else [f"{kind}.status:{PARTITION}:{kind}:t1:0:{state}"]
    assert [event["id"] for event in told(outbox)] == expected


@pytest.mark.parametrize(
    ("name", "retryable"), [("text_undelivered", True), ("text_failed", False), ("text_delivered", None)]
)
async def test_a_failure_says_whether_it_may_go_well_later(
    name: str, retryable: bool | None, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """By Twilio's error code; where nothing failed there is nothing to say."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    await post(payload.path, payload.form)
    assert told(outbox)[0].get("retryable") is retryable


@pytest.mark.parametrize("word", ["teleported", "DELIVERED", "?", "x" * 200])
@pytest.mark.parametrize(("name", "parameter"), [("text_sent", "MessageStatus"), ("call_completed", "CallStatus")])
async def test_any_word_for_a_state_is_taken(
    name: str, parameter: str, word: str, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """Twilio adds states: the record keeps the word, and knows that Twilio has the text."""
    payload = payloads.read(name, **{parameter: word})
    await ledger.insert(waiting(name))
    assert_taken(await post(payload.path, payload.form))
    (settled,) = ledger.records()
    assert (settled.state, settled.word) == ("accepted", word)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("reference", ["", "x", "0" * 32, f"{'0' * 32}.0.t1", f"{'0' * 32}.-1.t1", f"{'0' * 32}.0."])
async def test_an_id_that_nobody_knows_is_a_line_in_the_log(
    name: str, reference: str, outbox: FakeQueues, caplog: pytest.LogCaptureFixture
) -> None:
    """204, because coming again would not help: a record that was purged, or a URL that is not ours any more."""
    payload = payloads.read(name)
    path = payload.path.partition("?")[0]
    answer = await post(f"{path}?id={reference}", payload.form)
    assert answer.status == 204
    if reference:
        assert f"event=status_unknown kind={path.rpartition('/')[2]}" in caplog.text
        assert (told(outbox), answer.events) == ([], ())
    else:
        assert len(answer.events) == 1


async def test_a_callback_of_another_kind_settles_nothing(ledger: MemoryLedger) -> None:
    """A text and a call may have one id: the route says which."""
    await ledger.insert(waiting("call_completed"))
    payload = payloads.read("text_delivered")
    assert_taken(await post(payload.path, payload.form))
    assert ledger.records()[0].state == "claimed"


@pytest.mark.parametrize("name", OURS)
async def test_a_table_that_is_away_is_500_so_that_twilio_comes_again(
    name: str, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """Nobody else holds the state; when Twilio comes again it is settled."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    ledger.failures.away = True
    answer = await post(payload.path, payload.form)
    assert (answer.status, answer.events, told(outbox)) == (500, (), [])
    ledger.failures.away = False
    assert_taken(await post(payload.path, payload.form))
    assert ledger.records()[0].state != "claimed"


@pytest.mark.parametrize("name", ["text_delivered", "call_completed"])
async def test_an_event_that_cannot_be_told_is_500_so_that_twilio_comes_again(
    name: str, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """And the record is left, so that the next time tells it."""
    payload = payloads.read(name)
    await ledger.insert(waiting(name))
    outbox.error = StorageUnavailable("queue events did not take a message")
    assert (await post(payload.path, payload.form)).status == 500
    outbox.error = None
    assert_taken(await post(payload.path, payload.form))
    assert len(told(outbox)) == 1


async def test_a_stranger_settles_nothing(ledger: MemoryLedger) -> None:
    """The id is no secret: the signature is what counts."""
    payload = payloads.read("text_delivered")
    await ledger.insert(waiting("text_delivered"))
    answer = await answer_to("/api/status/sms", webhook(payload.path, payload.form, signature="guess"))
    assert answer.status == 403
    assert ledger.records()[0].state == "claimed"


async def test_the_url_that_twilio_is_given_settles_the_delivery(
    worker: FakeServices, ledger: MemoryLedger, outbox: FakeQueues
) -> None:
    """From the queue to Twilio and back: the callback is posted to the URL of the create, without its fragment."""
    await deliver("sms-outbox", json.dumps({"id": "a:b.c-d_e", "to": TO, "body": "Hello world."}))
    ((_, url),) = worker.twilio.asked  # type: ignore[attr-defined]  # the fake's
    target = url.removeprefix("https://voice.example.com").partition("#")[0]
    (taken,) = ledger.records()
    assert_taken(await post(target, {"MessageSid": taken.sids[0], "MessageStatus": "delivered"}))
    (event,) = told(outbox)
    assert (event["state"], event["command_id"], event["to"]) == ("delivered", "a:b.c-d_e", TO)


@pytest.mark.parametrize("path", ["/api/status/sms", "/api/status/call"])
async def test_what_is_not_ours_needs_no_table(path: str) -> None:
    """Calls that came in are published, whatever the tables do."""
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "CallSid": "CA1", "CallStatus": "completed"}
    with serving(FakeServices(ledger=MemoryLedger(failures=Failures(away=True)))):
        answer = await post(path, form)
    with serving(FakeServices(queues=FakeQueues(RuntimeError("the queue failed")))):
        failed = await post(path, form)
    assert (answer.status, len(answer.events), failed.status) == (204, 1, 500)
