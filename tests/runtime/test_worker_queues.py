"""Queue messages through the worker: what Twilio is asked, what is told, and what comes again."""

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
from tests.fakes import FakeQueues, FakeTwilio
from tests.memory import MemoryLedger
from tests.runtime.worker import NEVER, Invocation, Worker, queue_message

TEXT = '{"to": "+15005550006", "body": "Hello world.", "id": "t1"}'
CALL = '{"to": "+15005550006", "say": "Hello world.", "id": "c1"}'
NOBODYS = '{"to": "+15005550006"}'
COMMANDS = {"send_sms": TEXT, "place_call": CALL}
RETRYABLE = (AccountFault, NotReached, OutcomeUnknown, Throttled, TryLater)
OUTBOXES = {"send_sms": "sms-outbox", "place_call": "call-outbox"}
POISONS = {"send_sms_poison": "sms-outbox", "place_call_poison": "call-outbox"}


def assert_taken(invocation: Invocation) -> None:
    """The host deletes the message, and has nothing to write."""
    assert invocation.ok, invocation.error
    assert invocation.answer is None
    assert invocation.outputs == {}


def assert_comes_again(invocation: Invocation) -> None:
    """The invocation failed, so the host gives the message back to its queue."""
    assert not invocation.ok
    assert invocation.error.startswith("TryAgain(")


async def test_a_text_is_sent(worker: Worker, twilio: FakeTwilio) -> None:
    """A message of `sms-outbox` becomes one request to Twilio, and is done with."""
    assert_taken(await worker.invoke("send_sms", queue_message(TEXT)))
    assert [command for command, _ in twilio.asked] == [SendSms(to="+15005550006", body="Hello world.", id="t1")]


async def test_a_call_is_placed(worker: Worker, twilio: FakeTwilio) -> None:
    """A message of `call-outbox` becomes one request to Twilio, and is done with."""
    assert_taken(await worker.invoke("place_call", queue_message(CALL)))
    assert [command for command, _ in twilio.asked] == [PlaceCall(to="+15005550006", say="Hello world.", id="c1")]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_message_in_base64_is_read(worker: Worker, twilio: FakeTwilio, name: str) -> None:
    """Many clients encode so, and the host, told not to decode, hands it on as it lies in the queue."""
    encoded = base64.b64encode(COMMANDS[name].encode()).decode()
    assert_taken(await worker.invoke(name, queue_message(encoded)))
    assert len(twilio.asked) == 1


async def test_characters_beyond_ascii_arrive_as_they_were_written(worker: Worker, twilio: FakeTwilio) -> None:
    """From the queue to Twilio nothing is lost on the way through the worker."""
    await worker.invoke("send_sms", queue_message('{"to": "+15005550006", "body": "Olá 😀"}'))
    assert [command for command, _ in twilio.asked] == [SendSms(to="+15005550006", body="Olá 😀")]


async def test_a_command_without_an_id_goes_by_its_messages(worker: Worker, twilio: FakeTwilio) -> None:
    """The id that the host gives in the metadata is in the status callback, and comes back with it."""
    await worker.invoke("send_sms", queue_message('{"to": "+15005550006", "body": "Hello."}', message_id="m-17"))
    ((_, status_callback),) = twilio.asked
    assert status_callback.endswith(".0.m-17#rc=3&rp=all")


@pytest.mark.parametrize("expires", [NEVER, "2026-02-07T09:00:00+00:00"])
async def test_a_message_is_taken_whenever_it_expires(worker: Worker, twilio: FakeTwilio, expires: str) -> None:
    """An unlimited time to live is told by a date with more digits than Python's have."""
    assert_taken(await worker.invoke("send_sms", queue_message(TEXT, expires=expires, dequeue_count=5)))
    assert len(twilio.asked) == 1


@pytest.mark.parametrize("kind", RETRYABLE)
@pytest.mark.parametrize("name", COMMANDS)
async def test_what_may_pass_is_put_back(
    worker: Worker, twilio: FakeTwilio, outbox: FakeQueues, name: str, kind: type[TwilioError]
) -> None:
    """A transient error does not fail the invocation: a copy comes later, and nobody is told of an end."""
    twilio.error = kind("not now")
    assert_taken(await worker.invoke(name, queue_message(COMMANDS[name])))
    (put,) = outbox.messages
    assert (put.queue, put.time_to_live) == (OUTBOXES[name], -1)
    assert put.delay >= 4


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_copy_that_was_put_back_is_taken(
    worker: Worker, twilio: FakeTwilio, outbox: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """As another message, with its own id: it is the same delivery, at its next attempt."""
    twilio.error = Throttled("not now")
    await worker.invoke(name, queue_message(COMMANDS[name]))
    twilio.error = None
    assert_taken(await worker.invoke(name, queue_message(outbox.messages[0].body, message_id="m-18")))
    (record,) = ledger.records()
    assert (record.state, record.attempt, len(twilio.asked)) == ("queued", 1, 2)


@pytest.mark.parametrize("name", COMMANDS)
async def test_the_same_message_again_sends_nothing(worker: Worker, twilio: FakeTwilio, name: str) -> None:
    """The queue delivers at least once."""
    for count in (1, 2):
        assert_taken(await worker.invoke(name, queue_message(COMMANDS[name], dequeue_count=count)))
    assert len(twilio.asked) == 1


@pytest.mark.parametrize("name", COMMANDS)
async def test_tables_that_are_away_put_it_back(
    worker: Worker, twilio: FakeTwilio, outbox: FakeQueues, ledger: MemoryLedger, name: str
) -> None:
    """Without a claim nothing is sent, and nothing fails."""
    ledger.failures.away = True
    assert_taken(await worker.invoke(name, queue_message(COMMANDS[name])))
    assert ([put.queue for put in outbox.messages], twilio.asked) == ([OUTBOXES[name]], [])


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_fault_of_our_own_comes_again(worker: Worker, twilio: FakeTwilio, name: str) -> None:
    """An error that nobody thought of loses no message."""
    twilio.error = RuntimeError("unforeseen")
    assert_comes_again(await worker.invoke(name, queue_message(COMMANDS[name])))


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_message_that_breaks_a_rule_ends_as_an_event(
    worker: Worker, twilio: FakeTwilio, outbox: FakeQueues, name: str
) -> None:
    """It is not tried again, Twilio is not asked, and the sender is told which field is wrong."""
    body = COMMANDS[name].replace("+15005550006", "0912")
    assert_taken(await worker.invoke(name, queue_message(body)))
    (event,) = (published.read(body) for body in outbox.bodies("events"))
    assert twilio.asked == []
    assert event["state"] == "refused"
    assert event["reason"] == 'to: not E.164: "0912"'


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_message_that_twilio_will_never_take_ends_as_an_event(
    worker: Worker, twilio: FakeTwilio, outbox: FakeQueues, name: str
) -> None:
    """It is not tried again, and the sender is told Twilio's code."""
    twilio.error = Rejected("Twilio answered with an error", code=21211, status=400)
    assert_taken(await worker.invoke(name, queue_message(COMMANDS[name])))
    (event,) = (published.read(body) for body in outbox.bodies("events"))
    assert event["state"] == "rejected"
    assert event["error_code"] == 21211


async def test_an_end_that_cannot_be_told_comes_again(worker: Worker, outbox: FakeQueues) -> None:
    """A refusal that nobody heard of would be a message lost."""
    outbox.error = StorageUnavailable("the queue did not answer")
    assert_comes_again(await worker.invoke("send_sms", queue_message("not JSON")))


@pytest.mark.parametrize(("name", "body"), [("send_sms_poison", TEXT), ("place_call_poison", CALL)])
async def test_a_poison_message_with_an_id_is_put_back(
    worker: Worker, outbox: FakeQueues, name: str, body: str
) -> None:
    """Something can come of it: its record is looked at when it comes."""
    assert_taken(await worker.invoke(name, queue_message(body, message_id="p-1")))
    (put,) = outbox.messages
    assert (put.queue, json.loads(put.body)["command"]) == (POISONS[name], json.loads(body))


@pytest.mark.parametrize("name", POISONS)
async def test_a_poison_message_that_is_nobodys_is_moved_to_dead_letter(
    worker: Worker, outbox: FakeQueues, name: str
) -> None:
    """It is kept whole, with its queue and id."""
    assert_taken(await worker.invoke(name, queue_message(NOBODYS, message_id="p-1")))
    (letter,) = (json.loads(body) for body in outbox.bodies("dead-letter"))
    assert (letter["queue"], letter["message_id"], letter["body"]) == (POISONS[name], "p-1", NOBODYS)


@pytest.mark.parametrize("name", POISONS)
async def test_a_poison_message_that_cannot_be_moved_comes_again(worker: Worker, outbox: FakeQueues, name: str) -> None:
    """It stays where it is until `dead-letter` can be written."""
    outbox.error = StorageUnavailable("the queue did not answer")
    assert_comes_again(await worker.invoke(name, queue_message(TEXT)))
