"""A command and Twilio: what it is asked, and each thing that can come of it."""

from datetime import timedelta

import pytest

from switchboard.commands import PlaceCall, SendSms
from switchboard.errors import (
    AccountFault,
    ConfigurationError,
    NotReached,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SecretsUnavailable,
    Throttled,
    TryLater,
)
from switchboard.twilio_codes import error_for
from switchboard.urls import status_url
from tests.fake_worker import CALL, COMMANDS, FROM, SETTINGS, TEXT, TO, FakeWorker, queued
from tests.memory import NOON

KEY = queued().key
# As the fake numbers what it makes.
FIRST_SID = "SM" + "1".zfill(32)


async def test_a_good_text_is_taken_by_twilio_once() -> None:
    """As the command says it; nothing is told until Twilio says what became of it."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    ((command, _),) = worker.twilio.asked
    assert command == SendSms(id="t1", to=TO, body="Hello world.")
    assert worker.twilio.senders == [FROM]
    assert worker.queues.messages == []


async def test_a_good_call_is_taken_by_twilio_once() -> None:
    """By the queue it lay on, not by its looks."""
    worker = FakeWorker()
    await worker.deliver(CALL, "call-outbox")
    ((command, _),) = worker.twilio.asked
    assert command == PlaceCall(id="c1", to=TO, say="Hello world.")
    assert worker.twilio.senders == [FROM]


async def test_what_twilio_took_is_on_its_record() -> None:
    """State, SID, sender and times."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.attempt, worker.record.sender) == ("queued", 0, FROM)
    assert worker.record.sids == (FIRST_SID,)
    assert worker.record.first_seen == worker.record.first_claimed_at == worker.record.accepted_at == NOON
    assert worker.record.give_up_at == NOON + timedelta(hours=24)


@pytest.mark.parametrize(("queue", "kind"), [("sms-outbox", "sms"), ("call-outbox", "call")])
async def test_the_status_url_is_opaque(queue: str, kind: str) -> None:
    """The recipient's hash, the attempt and the id: no number is in any URL. Twilio is asked to come again."""
    worker = FakeWorker()
    await worker.deliver(COMMANDS[queue], queue)
    ((_, url),) = worker.twilio.asked
    reference = f"{KEY.partition}.0.{COMMANDS[queue]['id']}"
    assert url == f"https://voice.example.com/api/status/{kind}?id={reference}#rc=3&rp=all"
    assert TO[1:] not in url


def test_every_status_url_asks_twilio_to_come_again() -> None:
    """Three times, after any failure: they carry what nobody else holds."""
    assert (
        status_url(SETTINGS.public_origin, "recording") == "https://voice.example.com/api/status/recording#rc=3&rp=all"
    )


async def test_the_record_is_claimed_before_twilio_is_asked() -> None:
    """Whoever dies while Twilio answers leaves a trace."""
    worker, states = FakeWorker(), []

    async def look() -> None:
        states.append(worker.record.state)

    worker.twilio.meanwhile = look
    await worker.deliver(TEXT)
    assert states == ["claimed"]


@pytest.mark.parametrize("queue", COMMANDS)
async def test_what_twilio_rejects_ends_as_one_event(queue: str) -> None:
    """With Twilio's code and its own sentence."""
    worker = FakeWorker(Rejected("no", code=21211, status=400, twilio_message=f"The number {TO} is no good."))
    await worker.deliver(COMMANDS[queue], queue)
    (event,) = worker.events
    assert (event["state"], event["error_code"], event["command_id"]) == ("rejected", 21211, COMMANDS[queue]["id"])
    assert event["reason"] == worker.record.reason == f"The number {TO} is no good."
    assert (worker.record.state, worker.record.code, worker.requeued) == ("rejected", 21211, [])


async def test_who_told_the_sender_to_stop_is_noted() -> None:
    """21610: the command ends, and the next one to this number does not reach Twilio."""
    worker = FakeWorker(OptedOut("no", code=21610, status=400, twilio_message="unsubscribed"))
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "id": "t2"})
    assert [event["state"] for event in worker.events] == ["opted_out", "opted_out"]
    assert [event.get("error_code") for event in worker.events] == [21610, None]
    assert worker.opt_outs.stopped == {(KEY.partition, FROM)}
    assert len(worker.twilio.asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        NotReached("no connection"),
        TryLater("queue full", code=21611),
        Throttled("slower", code=20429),
        SecretsUnavailable("the vault did not answer"),
        ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("queue", COMMANDS)
async def test_what_was_surely_not_taken_is_tried_again_later(queue: str, error: Exception) -> None:
    """A copy with the next attempt, the record released; nobody is told anything."""
    worker = FakeWorker(error)
    await worker.deliver(COMMANDS[queue], queue)
    assert [envelope["attempt"] for envelope in worker.envelopes] == [1]
    assert 4 <= worker.requeued[0].delay <= 6
    assert (worker.record.state, worker.record.attempt, worker.events) == ("released", 1, [])
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, len(worker.twilio.asked), worker.requeued) == ("queued", 2, [])
    assert f".1.{COMMANDS[queue]['id']}#" in worker.twilio.asked[1][1]


async def test_retry_after_is_waited_for() -> None:
    """429 says how long."""
    worker = FakeWorker(Throttled("slower", code=20429, status=429, retry_after=77))
    await worker.deliver(TEXT)
    assert worker.requeued[0].delay == 77


async def test_attempts_are_bounded_by_the_backoff() -> None:
    """Twilio away for half an hour, minute by minute: about ten attempts, and then the text is taken."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(TEXT)
    while worker.clock.now() < NOON + timedelta(minutes=30):
        await worker.deliver_next()
    worker.twilio.error = None
    await worker.deliver_next()
    assert 8 <= len(worker.twilio.asked) <= 11
    assert worker.record.state == "queued"


async def test_a_day_of_trying_is_the_end() -> None:
    """`expired`, once, when 24 hours are over; nothing is left on the queue."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(TEXT)
    while worker.requeued:
        await worker.deliver_next()
    (event,) = worker.events
    assert (event["state"], worker.record.state) == ("expired", "expired")
    assert NOON + timedelta(hours=24) <= worker.clock.now() <= NOON + timedelta(hours=24, seconds=6)


async def test_an_outcome_that_nobody_heard_is_never_sent_again_at_once() -> None:
    """Unknown: the message comes back when a callback has had its time, its attempt unchanged."""
    worker = FakeWorker(OutcomeUnknown("no answer"))
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.attempt) == ("unknown", 0)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    assert worker.events == []


@pytest.mark.parametrize(("code", "everybody"), [(20003, True), (21606, False), (21408, None)])
async def test_a_fault_of_ours_burns_no_messages(code: int, everybody: bool | None) -> None:
    """The message waits without ageing, and so does every other that would meet the same."""
    worker = FakeWorker(error_for(400, code))
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "id": "t2"})
    await worker.deliver({**TEXT, "id": "t3", "from": "+15005550002"})
    asked = {True: ["t1"], False: ["t1", "t3"], None: ["t1", "t2", "t3"]}[everybody]
    assert [command.id for command, _ in worker.twilio.asked][: len(asked)] == asked
    assert "t1" in {envelope["id"] for envelope in worker.envelopes}
    assert all(60 <= put.delay <= 600 for put in worker.requeued)
    assert (await worker.read(KEY)).state == "released"


async def test_a_fault_of_ours_does_not_age_a_message() -> None:
    """Two days of wrong credentials, and the text goes out when they are mended."""
    worker = FakeWorker(AccountFault("no", code=20003, status=401))
    await worker.deliver(TEXT)
    while worker.clock.now() < NOON + timedelta(days=2):
        await worker.deliver_next()
    assert worker.events == []
    worker.twilio.error = None
    worker.clock.pass_(60)
    await worker.deliver_next()
    assert worker.record.state == "queued"


@pytest.mark.parametrize("code", [21603, 21606, 21704])
async def test_a_sender_that_the_command_chose_is_the_commands_own_fault(code: int) -> None:
    """A rejection like any other, and nobody else waits."""
    worker = FakeWorker(error_for(400, code, "not a number of yours"))
    await worker.deliver({**TEXT, "from": "+15005550002"})
    (event,) = worker.events
    assert (event["state"], event["error_code"], event["reason"]) == ("rejected", code, "not a number of yours")
    worker.twilio.error = None
    await worker.deliver({**TEXT, "id": "t2"})
    assert len(worker.twilio.asked) == 2


async def test_a_fault_of_the_account_is_ours_whoever_chose_the_sender() -> None:
    """Credentials have nothing to do with it."""
    worker = FakeWorker(AccountFault("no", code=20003, status=401))
    await worker.deliver({**TEXT, "from": "+15005550002"})
    assert (worker.events, worker.record.state) == ([], "released")
