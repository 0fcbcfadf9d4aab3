"""Queue messages through the worker: requests to Twilio, events, and repeated messages."""

from __future__ import annotations

import base64
import json

import pytest

from switchboard.commands import PlaceCall, SendSms
from switchboard.errors import (
    AccountFault,
    NotReached,
    OutcomeUnknown,
    Rejected,
    StorageUnavailable,
    Throttled,
    TryLater,
    TwilioError,
)
from tests import published
from tests.fakes import FakeQueues, FakeTwilioClient
from tests.memory import MemoryLedger
from tests.runtime.worker import NEVER, Invocation, Worker, queue_message

TEXT = '{"to": "+15005550006", "body": "Hello world.", "id": "t1"}'
CALL = '{"to": "+15005550006", "say": "Hello world.", "id": "c1"}'
NOBODYS = '{"to": "+15005550006"}'
COMMANDS = {"send_sms": TEXT, "place_call": CALL}
RETRYABLE = (AccountFault, NotReached, OutcomeUnknown, Throttled, TryLater)
OUTBOXES = {"send_sms": "sms-outbox", "place_call": "call-outbox"}
POISONS = {"send_sms_poison": "sms-outbox", "place_call_poison": "call-outbox"}


def assert_done(invocation: Invocation) -> None:
    """The host deletes the message, and writes nothing."""
    assert invocation.ok, invocation.error
    assert invocation.answer is None
    assert invocation.outputs == {}


def assert_delivered_again(invocation: Invocation) -> None:
    """The invocation failed, so the queue delivers the message again."""
    assert not invocation.ok
    assert invocation.error.startswith("TryAgain(")


async def test_a_text_is_sent(worker: Worker, twilio: FakeTwilioClient) -> None:
    """A message of `sms-outbox` becomes one request to Twilio, and is deleted."""
    assert_done(await worker.invoke("send_sms", queue_message(TEXT)))
    assert [command for command, _ in twilio.requests] == [SendSms(to="+15005550006", body="Hello world.", id="t1")]


async def test_a_call_is_placed(worker: Worker, twilio: FakeTwilioClient) -> None:
    """A message of `call-outbox` becomes one request to Twilio, and is deleted."""
    assert_done(await worker.invoke("place_call", queue_message(CALL)))
    assert [command for command, _ in twilio.requests] == [PlaceCall(to="+15005550006", say="Hello world.", id="c1")]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_message_in_base64_is_read(worker: Worker, twilio: FakeTwilioClient, name: str) -> None:
    """Many clients encode it, and the host does not decode."""
    encoded = base64.b64encode(COMMANDS[name].encode()).decode()
    assert_done(await worker.invoke(name, queue_message(encoded)))
    assert len(twilio.requests) == 1


async def test_characters_beyond_ascii_arrive_as_they_were_written(worker: Worker, twilio: FakeTwilioClient) -> None:
    """From the queue to Twilio, through the worker."""
    await worker.invoke("send_sms", queue_message('{"to": "+15005550006", "body": "Olá 😀"}'))
    assert [command for command, _ in twilio.requests] == [SendSms(to="+15005550006", body="Olá 😀")]


async def test_a_command_without_an_id_has_the_message_id(worker: Worker, twilio: FakeTwilioClient) -> None:
    """The id of the host's metadata is in the status callback."""
    await worker.invoke("send_sms", queue_message('{"to": "+15005550006", "body": "Hello."}', message_id="m-17"))
    ((_, status_callback),) = twilio.requests
    assert status_callback.endswith(".0.m-17#rc=3&rp=all")


@pytest.mark.parametrize("expires", [NEVER, "2026-02-07T09:00:00+00:00"])
async def test_a_message_with_any_expiry_is_read(worker: Worker, twilio: FakeTwilioClient, expires: str) -> None:
    """An unlimited time to live is a date with more digits than Python's."""
    assert_done(await worker.invoke("send_sms", queue_message(TEXT, expires=expires, dequeue_count=5)))
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("kind", RETRYABLE)
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_temporary_failure_requeues_the_command(
    worker: Worker, twilio: FakeTwilioClient, queues: FakeQueues, name: str, kind: type[TwilioError]
) -> None:
    """The invocation succeeds, and no event is published."""
    twilio.error = kind("not now")
    assert_done(await worker.invoke(name, queue_message(COMMANDS[name])))
    (put,) = queues.messages
    assert (put.queue, put.time_to_live) == (OUTBOXES[name], -1)
    assert put.delay >= 4


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_requeued_copy_is_delivered(
    worker: Worker, twilio: FakeTwilioClient, queues: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """Another message with its own id: the same delivery, at its next attempt."""
    twilio.error = Throttled("not now")
    await worker.invoke(name, queue_message(COMMANDS[name]))
    twilio.error = None
    assert_done(await worker.invoke(name, queue_message(queues.messages[0].body, message_id="m-18")))
    (record,) = ledger.records()
    assert (record.state, record.attempt, len(twilio.requests)) == ("queued", 1, 2)


@pytest.mark.parametrize("name", COMMANDS)
async def test_the_same_message_again_sends_nothing(worker: Worker, twilio: FakeTwilioClient, name: str) -> None:
    """The queue delivers at least once."""
    for count in (1, 2):
        assert_done(await worker.invoke(name, queue_message(COMMANDS[name], dequeue_count=count)))
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("name", COMMANDS)
async def test_unavailable_tables_requeue_the_command(
    worker: Worker, twilio: FakeTwilioClient, queues: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """Without a claim nothing is sent, and nothing fails."""
    ledger.failures.away = True
    assert_done(await worker.invoke(name, queue_message(COMMANDS[name])))
    assert ([put.queue for put in queues.messages], twilio.requests) == ([OUTBOXES[name]], [])


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_unexpected_error_fails_the_invocation(worker: Worker, twilio: FakeTwilioClient, name: str) -> None:
    """The message is not lost."""
    twilio.error = RuntimeError("unforeseen")
    assert_delivered_again(await worker.invoke(name, queue_message(COMMANDS[name])))


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_invalid_command_ends_with_an_event(
    worker: Worker, twilio: FakeTwilioClient, queues: FakeQueues, name: str
) -> None:
    """Without a retry or a request to Twilio; the event names the field."""
    body = COMMANDS[name].replace("+15005550006", "0912")
    assert_done(await worker.invoke(name, queue_message(body)))
    (event,) = (published.read(body) for body in queues.bodies("events"))
    assert twilio.requests == []
    assert event["state"] == "refused"
    assert event["reason"] == 'to: not E.164: "0912"'


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_rejected_command_ends_with_an_event(
    worker: Worker, twilio: FakeTwilioClient, queues: FakeQueues, name: str
) -> None:
    """Without a retry; the event has Twilio's code."""
    twilio.error = Rejected("Twilio answered with an error", code=21211, status=400)
    assert_done(await worker.invoke(name, queue_message(COMMANDS[name])))
    (event,) = (published.read(body) for body in queues.bodies("events"))
    assert event["state"] == "rejected"
    assert event["error_code"] == 21211


async def test_an_end_that_cannot_be_published_fails_the_invocation(worker: Worker, queues: FakeQueues) -> None:
    """A refusal without an event would be a lost message."""
    queues.error = StorageUnavailable("the queue did not answer")
    assert_delivered_again(await worker.invoke("send_sms", queue_message("not JSON")))


@pytest.mark.parametrize(("name", "body"), [("send_sms_poison", TEXT), ("place_call_poison", CALL)])
async def test_a_poison_message_with_an_id_is_requeued(
    worker: Worker, queues: FakeQueues, name: str, body: str
) -> None:
    """Its record is read when it is delivered."""
    assert_done(await worker.invoke(name, queue_message(body, message_id="p-1")))
    (put,) = queues.messages
    assert (put.queue, json.loads(put.body)["command"]) == (POISONS[name], json.loads(body))


@pytest.mark.parametrize("name", POISONS)
async def test_a_poison_message_without_an_id_moves_to_dead_letter(
    worker: Worker, queues: FakeQueues, name: str
) -> None:
    """Complete, with its queue and id."""
    assert_done(await worker.invoke(name, queue_message(NOBODYS, message_id="p-1")))
    (letter,) = (json.loads(body) for body in queues.bodies("dead-letter"))
    assert (letter["queue"], letter["message_id"], letter["body"]) == (POISONS[name], "p-1", NOBODYS)


@pytest.mark.parametrize("name", POISONS)
async def test_a_poison_message_that_cannot_be_moved_fails_the_invocation(
    worker: Worker, queues: FakeQueues, name: str
) -> None:
    """It stays in its queue until `dead-letter` can be written."""
    queues.error = StorageUnavailable("the queue did not answer")
    assert_delivered_again(await worker.invoke(name, queue_message(TEXT)))
