"""The queue functions, called as the Functions host calls them: which messages end, and which come again."""

import json
import traceback
from collections.abc import Iterator

import pytest

from switchboard.blueprints.delivery import TryAgain
from switchboard.errors import AccountFault, NotReached, OutcomeUnknown, Rejected, StorageUnavailable, Throttled
from tests import published
from tests.fakes import ENVIRONMENT, FakeQueues, FakeServices, FakeTwilio
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
def outbox() -> FakeQueues:
    """The queues that are written to."""
    return FakeQueues()


@pytest.fixture
def twilio() -> FakeTwilio:
    """Twilio, which takes everything."""
    return FakeTwilio()


@pytest.fixture(autouse=True)
def worker(outbox: FakeQueues, twilio: FakeTwilio) -> Iterator[FakeServices]:
    """A worker whose edges are fakes."""
    current = FakeServices(twilio=twilio, queues=outbox)
    with serving(current):
        yield current


async def raised_by(queue: str, body: str) -> TryAgain:
    """What the function fails with."""
    with pytest.raises(TryAgain) as raised:
        await deliver(queue, body)
    return raised.value


@pytest.mark.parametrize("queue", GOOD)
async def test_a_good_command_reaches_twilio(queue: str, twilio: FakeTwilio, outbox: FakeQueues) -> None:
    """Once, and nothing else happens."""
    await deliver(queue, GOOD[queue])
    assert [command.to for command, _ in twilio.asked] == [NUMBER]
    assert outbox.messages == []


@pytest.mark.parametrize("queue", GOOD)
@pytest.mark.parametrize("body", ['{"to": "0912"}', "{", "", "\x00" * 64, '{"to": "+15005550010", "x": 1}'])
async def test_a_bad_command_ends_as_one_event(queue: str, body: str, outbox: FakeQueues) -> None:
    """The function succeeds, so the message does not come again; its sender reads why."""
    await deliver(queue, body, "m7")
    (event,) = [published.read(told) for told in outbox.bodies("events")]
    assert (event["state"], event["queue"], event["message_id"]) == ("refused", queue, "m7")
    assert event["reason"]


@pytest.mark.parametrize("queue", GOOD)
async def test_the_other_queues_command_is_refused(queue: str, twilio: FakeTwilio, outbox: FakeQueues) -> None:
    """A call on the queue of texts is not guessed to be one."""
    (other,) = set(GOOD) - {queue}
    await deliver(queue, GOOD[other])
    assert twilio.asked == []
    assert "unknown field" in published.read(outbox.bodies("events")[0])["reason"]


@pytest.mark.parametrize("queue", GOOD)
async def test_a_rejection_ends_as_one_event(queue: str, outbox: FakeQueues, twilio: FakeTwilio) -> None:
    """With Twilio's code."""
    twilio.error = Rejected("no", code=21211, status=400, twilio_message="no such number")
    await deliver(queue, GOOD[queue])
    (event,) = [published.read(told) for told in outbox.bodies("events")]
    assert (event["state"], event["error_code"], event["reason"]) == ("rejected", 21211, "no such number")


@pytest.mark.parametrize("queue", GOOD)
@pytest.mark.parametrize(
    "error",
    [NotReached("no connection"), Throttled("slower"), OutcomeUnknown("no answer"), AccountFault("no", code=20003)],
)
async def test_what_may_pass_is_put_back_and_does_not_fail_the_function(
    queue: str, error: Exception, twilio: FakeTwilio, outbox: FakeQueues
) -> None:
    """The queue's five tries are for what nobody foresaw: a copy comes later, and this message is done with."""
    twilio.error = error
    await deliver(queue, GOOD[queue])
    (put,) = outbox.messages
    assert (put.queue, put.time_to_live) == (queue, -1)
    assert put.delay >= 4
    assert json.loads(put.body)["command"] == json.loads(GOOD[queue])


@pytest.mark.parametrize("queue", GOOD)
async def test_tables_that_are_away_put_it_back_too(queue: str, twilio: FakeTwilio, outbox: FakeQueues) -> None:
    """Without a claim nothing is sent."""
    ledger = MemoryLedger(failures=Failures(away=True))
    with serving(FakeServices(twilio=twilio, queues=outbox, ledger=ledger)):
        await deliver(queue, GOOD[queue])
    assert [put.queue for put in outbox.messages] == [queue]
    assert twilio.asked == []


@pytest.mark.parametrize("queue", GOOD)
async def test_tables_and_queues_away_fail_the_function(queue: str, outbox: FakeQueues) -> None:
    """Nothing can be written down: the queue brings the message again."""
    outbox.error = StorageUnavailable(f"queue {queue} did not take a message")
    with serving(FakeServices(queues=outbox, ledger=MemoryLedger(failures=Failures(away=True)))):
        assert str(await raised_by(queue, GOOD[queue])) == "StorageUnavailable"


@pytest.mark.parametrize("queue", GOOD)
async def test_what_nobody_foresaw_fails_the_function(queue: str, twilio: FakeTwilio, outbox: FakeQueues) -> None:
    """So that the queue brings the message again. What it fails with names the kind of error, and no more."""
    twilio.error = ValueError(NUMBER)
    assert str(await raised_by(queue, GOOD[queue])) == "ValueError"
    assert outbox.messages == []


@pytest.mark.parametrize("queue", GOOD)
async def test_what_came_again_after_a_failure_is_not_sent_at_once(
    queue: str, twilio: FakeTwilio, outbox: FakeQueues
) -> None:
    """The failed invocation may have sent it: its claim has to grow old first."""
    twilio.error = ValueError(NUMBER)
    await raised_by(queue, GOOD[queue])
    twilio.error = None
    await deliver(queue, GOOD[queue])
    assert len(twilio.asked) == 1
    assert [put.delay for put in outbox.messages] == [121]


@pytest.mark.parametrize("queue", [*GOOD, *POISON])
async def test_what_the_host_logs_of_a_failure_holds_nothing_of_the_message(
    queue: str, twilio: FakeTwilio, outbox: FakeQueues
) -> None:
    """The host prints the traceback with its causes: the stranger's error, which quotes, is not among them."""
    twilio.error = outbox.error = ValueError(f"cannot reach {NUMBER}: Hello world.")
    failure = await raised_by(queue, GOOD.get(queue, "x"))
    printed = "".join(traceback.format_exception(failure))
    assert "TryAgain" in printed
    assert NUMBER not in printed
    assert "Hello world." not in printed


@pytest.mark.parametrize("queue", GOOD)
async def test_a_refusal_that_cannot_be_told_fails_the_function(queue: str, outbox: FakeQueues) -> None:
    """An event must not be lost while storage is away."""
    outbox.error = StorageUnavailable("queue events did not take a message")
    assert str(await raised_by(queue, "{")) == "StorageUnavailable"


@pytest.mark.parametrize("queue", GOOD)
async def test_a_command_that_failed_too_often_is_put_back(queue: str, outbox: FakeQueues) -> None:
    """Nobody knows that it was sent, and its time is not over."""
    await deliver(f"{queue}-poison", GOOD[queue])
    (put,) = outbox.messages
    assert (put.queue, put.time_to_live, json.loads(put.body)["attempt"]) == (queue, -1, 0)


@pytest.mark.parametrize("queue", POISON)
@pytest.mark.parametrize("body", ["{", GOOD_WITHOUT_ID, "", "x" * 65_536])
async def test_what_is_nobodys_and_failed_too_often_moves_to_dead_letter(
    queue: str, body: str, outbox: FakeQueues
) -> None:
    """Whole, for ever, and nothing else is done with it."""
    await deliver(queue, body)
    (letter,) = outbox.messages
    assert (letter.queue, letter.time_to_live) == ("dead-letter", -1)
    assert letter.body == body or json.loads(letter.body)["body"] == body


@pytest.mark.parametrize("queue", POISON)
async def test_a_letter_that_cannot_be_written_fails_the_function(queue: str, outbox: FakeQueues) -> None:
    """The poison queue keeps it."""
    outbox.error = StorageUnavailable("queue dead-letter did not take a message")
    assert str(await raised_by(queue, "x")) == "StorageUnavailable"


async def test_a_number_that_is_not_allowed_is_not_texted(twilio: FakeTwilio, outbox: FakeQueues) -> None:
    """ALLOWED_DESTINATIONS holds on the queue's way too."""
    settings = {**ENVIRONMENT, "ALLOWED_DESTINATIONS": "+351"}
    with serving(FakeServices(settings, twilio=twilio, queues=outbox)):
        await deliver("sms-outbox", GOOD["sms-outbox"])
    assert twilio.asked == []
    assert len(outbox.bodies("events")) == 1
