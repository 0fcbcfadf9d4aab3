"""The queue functions, called as the host does: which messages are done, and which the queue delivers again."""

import json
import traceback
from collections.abc import Iterator

import pytest

from switchboard.blueprints.delivery import TryAgain
from switchboard.errors import AccountFault, NotReached, OutcomeUnknown, Rejected, StorageUnavailable, Throttled
from tests import published
from tests.fakes import ENVIRONMENT, FakeQueues, FakeServices, FakeTwilioClient
from tests.functions import deliver, serving
from tests.memory import Failures, MemoryLedger

NUMBER = "+15005550010"
GOOD = {
    "sms-outbox": json.dumps({"id": "t1", "to": NUMBER, "body": "Hello world."}),
    "call-outbox": json.dumps({"id": "c1", "to": NUMBER, "say": "Hello world."}),
}
GOOD_WITHOUT_ID = json.dumps({"to": NUMBER, "body": "Hello world."})
POISON = ["sms-outbox-poison", "call-outbox-poison"]


@pytest.fixture
def queues() -> FakeQueues:
    """The queues that the app writes to."""
    return FakeQueues()


@pytest.fixture
def twilio() -> FakeTwilioClient:
    """A Twilio that accepts every command."""
    return FakeTwilioClient()


@pytest.fixture(autouse=True)
def worker(queues: FakeQueues, twilio: FakeTwilioClient) -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices(twilio=twilio, queues=queues)
    with serving(current):
        yield current


async def raised_by(queue: str, body: str) -> TryAgain:
    """The exception of the function."""
    with pytest.raises(TryAgain) as raised:
        await deliver(queue, body)
    return raised.value


@pytest.mark.parametrize("queue", GOOD)
async def test_a_valid_command_reaches_twilio(queue: str, twilio: FakeTwilioClient, queues: FakeQueues) -> None:
    """One request, and no message or event."""
    await deliver(queue, GOOD[queue])
    assert [command.to for command, _ in twilio.requests] == [NUMBER]
    assert queues.messages == []


@pytest.mark.parametrize("queue", GOOD)
@pytest.mark.parametrize("body", ['{"to": "0912"}', "{", "", "\x00" * 64, '{"to": "+15005550010", "x": 1}'])
async def test_an_invalid_command_ends_with_one_event(queue: str, body: str, queues: FakeQueues) -> None:
    """The function succeeds, so the message is deleted; the sender gets the reason."""
    await deliver(queue, body, "m7")
    (event,) = [published.read(body) for body in queues.bodies("events")]
    assert (event["state"], event["queue"], event["message_id"]) == ("refused", queue, "m7")
    assert event["reason"]


@pytest.mark.parametrize("to", ["client:alice", "sip:bob@pbx.example.com"])
async def test_a_browser_client_or_sip_phone_is_called(to: str, twilio: FakeTwilioClient, queues: FakeQueues) -> None:
    """Twilio gets the address as it is written."""
    await deliver("call-outbox", json.dumps({"to": to, "say": "Hello"}))
    ((command, _),) = twilio.requests
    assert command.to == to
    assert queues.bodies("events") == []


@pytest.mark.parametrize("queue", GOOD)
async def test_a_command_of_the_other_queue_is_refused(
    queue: str, twilio: FakeTwilioClient, queues: FakeQueues
) -> None:
    """A call on the queue of texts does not become a text."""
    (other,) = set(GOOD) - {queue}
    await deliver(queue, GOOD[other])
    assert twilio.requests == []
    assert "unknown field" in published.read(queues.bodies("events")[0])["reason"]


@pytest.mark.parametrize("queue", GOOD)
async def test_a_rejection_ends_with_one_event(queue: str, queues: FakeQueues, twilio: FakeTwilioClient) -> None:
    """With Twilio's code."""
    twilio.error = Rejected("no", code=21211, status=400, twilio_message="no such number")
    await deliver(queue, GOOD[queue])
    (event,) = [published.read(body) for body in queues.bodies("events")]
    assert (event["state"], event["error_code"], event["reason"]) == ("rejected", 21211, "no such number")


@pytest.mark.parametrize("queue", GOOD)
@pytest.mark.parametrize(
    "error",
    [NotReached("no connection"), Throttled("slower"), OutcomeUnknown("no answer"), AccountFault("no", code=20003)],
)
async def test_a_temporary_failure_requeues_the_command(
    queue: str, error: Exception, twilio: FakeTwilioClient, queues: FakeQueues
) -> None:
    """The function succeeds: the queue's five tries are for unexpected errors."""
    twilio.error = error
    await deliver(queue, GOOD[queue])
    (put,) = queues.messages
    assert (put.queue, put.time_to_live) == (queue, -1)
    assert put.delay >= 4
    assert json.loads(put.body)["command"] == json.loads(GOOD[queue])


@pytest.mark.parametrize("queue", GOOD)
async def test_unavailable_tables_requeue_the_command(queue: str, twilio: FakeTwilioClient, queues: FakeQueues) -> None:
    """Without a claim nothing is sent."""
    ledger = MemoryLedger(failures=Failures(away=True))
    with serving(FakeServices(twilio=twilio, queues=queues, ledger=ledger)):
        await deliver(queue, GOOD[queue])
    assert [put.queue for put in queues.messages] == [queue]
    assert twilio.requests == []


@pytest.mark.parametrize("queue", GOOD)
async def test_unavailable_tables_and_queues_fail_the_function(queue: str, queues: FakeQueues) -> None:
    """Nothing can be written: the queue delivers the message again."""
    queues.error = StorageUnavailable(f"queue {queue} did not take a message")
    with serving(FakeServices(queues=queues, ledger=MemoryLedger(failures=Failures(away=True)))):
        assert str(await raised_by(queue, GOOD[queue])) == "StorageUnavailable"


@pytest.mark.parametrize("queue", GOOD)
async def test_an_unexpected_error_fails_the_function(queue: str, twilio: FakeTwilioClient, queues: FakeQueues) -> None:
    """The queue delivers the message again. The exception has the error's type only."""
    twilio.error = ValueError(NUMBER)
    assert str(await raised_by(queue, GOOD[queue])) == "ValueError"
    assert queues.messages == []


@pytest.mark.parametrize("queue", GOOD)
async def test_a_message_after_a_failure_waits_for_its_claim(
    queue: str, twilio: FakeTwilioClient, queues: FakeQueues
) -> None:
    """The failed invocation may have sent it."""
    twilio.error = ValueError(NUMBER)
    await raised_by(queue, GOOD[queue])
    twilio.error = None
    await deliver(queue, GOOD[queue])
    assert len(twilio.requests) == 1
    assert [put.delay for put in queues.messages] == [121]


@pytest.mark.parametrize("queue", [*GOOD, *POISON])
async def test_the_hosts_log_of_a_failure_has_nothing_of_the_message(
    queue: str, twilio: FakeTwilioClient, queues: FakeQueues
) -> None:
    """The host prints the traceback with its causes; the original error is not among them."""
    twilio.error = queues.error = ValueError(f"cannot reach {NUMBER}: Hello world.")
    failure = await raised_by(queue, GOOD.get(queue, "x"))
    printed = "".join(traceback.format_exception(failure))
    assert "TryAgain" in printed
    assert NUMBER not in printed
    assert "Hello world." not in printed


@pytest.mark.parametrize("queue", GOOD)
async def test_a_refusal_that_cannot_be_published_fails_the_function(queue: str, queues: FakeQueues) -> None:
    """No event may be lost while storage is unavailable."""
    queues.error = StorageUnavailable("queue events did not take a message")
    assert str(await raised_by(queue, "{")) == "StorageUnavailable"


@pytest.mark.parametrize("queue", GOOD)
async def test_a_poison_command_is_requeued(queue: str, queues: FakeQueues) -> None:
    """It has no record, and its time is not over."""
    await deliver(f"{queue}-poison", GOOD[queue])
    (put,) = queues.messages
    assert (put.queue, put.time_to_live, json.loads(put.body)["attempt"]) == (queue, -1, 0)


@pytest.mark.parametrize("queue", POISON)
@pytest.mark.parametrize("body", ["{", GOOD_WITHOUT_ID, "", "x" * 65_536])
async def test_a_poison_message_that_is_not_a_command_moves_to_dead_letter(
    queue: str, body: str, queues: FakeQueues
) -> None:
    """Complete, without expiry, and nothing else happens."""
    await deliver(queue, body)
    (letter,) = queues.messages
    assert (letter.queue, letter.time_to_live) == ("dead-letter", -1)
    assert letter.body == body or json.loads(letter.body)["body"] == body


@pytest.mark.parametrize("queue", POISON)
async def test_a_dead_letter_that_cannot_be_written_fails_the_function(queue: str, queues: FakeQueues) -> None:
    """The poison queue keeps the message."""
    queues.error = StorageUnavailable("queue dead-letter did not take a message")
    assert str(await raised_by(queue, "x")) == "StorageUnavailable"


async def test_a_number_that_is_not_allowed_is_not_texted(twilio: FakeTwilioClient, queues: FakeQueues) -> None:
    """ALLOWED_DESTINATIONS applies to commands."""
    settings = {**ENVIRONMENT, "ALLOWED_DESTINATIONS": "+351"}
    with serving(FakeServices(settings, twilio=twilio, queues=queues)):
        await deliver("sms-outbox", GOOD["sms-outbox"])
    assert twilio.requests == []
    assert len(queues.bodies("events")) == 1
