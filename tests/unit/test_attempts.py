"""The outcomes of an attempt: accepted, rejected, released, unknown, paused."""

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
# The fake numbers its resources.
FIRST_SID = "SM" + "1".zfill(32)


async def test_a_text_is_created_at_twilio_once() -> None:
    """With the fields of the command. Acceptance alone publishes no event."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    ((command, _),) = worker.twilio.requests
    assert command == SendSms(id="t1", to=TO, body="Hello world.")
    assert worker.twilio.senders == [FROM]
    assert worker.queues.messages == []


async def test_a_call_is_created_at_twilio_once() -> None:
    """The queue decides the kind of a command, not its fields."""
    worker = FakeWorker()
    await worker.deliver(CALL, "call-outbox")
    ((command, _),) = worker.twilio.requests
    assert command == PlaceCall(id="c1", to=TO, say="Hello world.")
    assert worker.twilio.senders == [FROM]


async def test_an_accepted_attempt_is_recorded() -> None:
    """State, SID, sender and times."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.attempt, worker.record.sender) == ("queued", 0, FROM)
    assert worker.record.sids == (FIRST_SID,)
    assert worker.record.first_seen == worker.record.first_claimed_at == worker.record.accepted_at == NOON
    assert worker.record.give_up_at == NOON + timedelta(hours=24)


@pytest.mark.parametrize(("queue", "kind"), [("sms-outbox", "sms"), ("call-outbox", "call")])
async def test_the_status_url_contains_no_number(queue: str, kind: str) -> None:
    """It has the recipient's hash, the attempt and the id, and asks Twilio to repeat a failed callback."""
    worker = FakeWorker()
    await worker.deliver(COMMANDS[queue], queue)
    ((_, url),) = worker.twilio.requests
    reference = f"{KEY.partition}.0.{COMMANDS[queue]['id']}"
    assert url == f"https://voice.example.com/api/status/{kind}?id={reference}#rc=3&rp=all"
    assert TO[1:] not in url


def test_every_status_url_asks_twilio_to_repeat_a_failed_callback() -> None:
    """Three times, after any failure: nobody else has the data of a callback."""
    assert (
        status_url(SETTINGS.public_origin, "recording") == "https://voice.example.com/api/status/recording#rc=3&rp=all"
    )


async def test_the_record_is_claimed_before_the_request() -> None:
    """A worker that crashes during the request leaves a claimed record."""
    worker, states = FakeWorker(), []

    async def look() -> None:
        states.append(worker.record.state)

    worker.twilio.meanwhile = look
    await worker.deliver(TEXT)
    assert states == ["claimed"]


@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_rejected_command_ends_with_one_event(queue: str) -> None:
    """With Twilio's code and message."""
    worker = FakeWorker(Rejected("no", code=21211, status=400, twilio_message=f"The number {TO} is no good."))
    await worker.deliver(COMMANDS[queue], queue)
    (event,) = worker.events
    assert (event["state"], event["error_code"], event["command_id"]) == ("rejected", 21211, COMMANDS[queue]["id"])
    assert event["reason"] == worker.record.reason == f"The number {TO} is no good."
    assert (worker.record.state, worker.record.code, worker.requeued) == ("rejected", 21211, [])


async def test_error_21610_is_recorded_as_an_opt_out() -> None:
    """The command ends, and the next one to this number does not reach Twilio."""
    worker = FakeWorker(OptedOut("no", code=21610, status=400, twilio_message="unsubscribed"))
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "id": "t2"})
    assert [event["state"] for event in worker.events] == ["opted_out", "opted_out"]
    assert [event.get("error_code") for event in worker.events] == [21610, None]
    assert worker.opt_outs.stopped == {(KEY.partition, FROM)}
    assert len(worker.twilio.requests) == 1


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
async def test_an_attempt_that_twilio_certainly_did_not_accept_is_retried(queue: str, error: Exception) -> None:
    """A copy with the next attempt, the record released, no event."""
    worker = FakeWorker(error)
    await worker.deliver(COMMANDS[queue], queue)
    assert [envelope["attempt"] for envelope in worker.envelopes] == [1]
    assert 4 <= worker.requeued[0].delay <= 6
    assert (worker.record.state, worker.record.attempt, worker.events) == ("released", 1, [])
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, len(worker.twilio.requests), worker.requeued) == ("queued", 2, [])
    assert f".1.{COMMANDS[queue]['id']}#" in worker.twilio.requests[1][1]


async def test_a_throttled_attempt_waits_for_retry_after() -> None:
    """429 contains the delay."""
    worker = FakeWorker(Throttled("slower", code=20429, status=429, retry_after=77))
    await worker.deliver(TEXT)
    assert worker.requeued[0].delay == 77


async def test_the_backoff_limits_the_number_of_attempts() -> None:
    """Half an hour without Twilio: about ten attempts, then the text is accepted."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(TEXT)
    while worker.clock.now() < NOON + timedelta(minutes=30):
        await worker.deliver_next()
    worker.twilio.error = None
    await worker.deliver_next()
    assert 8 <= len(worker.twilio.requests) <= 11
    assert worker.record.state == "queued"


async def test_a_command_expires_after_a_day_of_retries() -> None:
    """One `expired` event after 24 hours, and nothing left on the queue."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(TEXT)
    while worker.requeued:
        await worker.deliver_next()
    (event,) = worker.events
    assert (event["state"], worker.record.state) == ("expired", "expired")
    assert NOON + timedelta(hours=24) <= worker.clock.now() <= NOON + timedelta(hours=24, seconds=6)


async def test_a_lost_answer_is_not_retried_at_once() -> None:
    """The record is unknown. The message returns after the settling time, with the same attempt."""
    worker = FakeWorker(OutcomeUnknown("no answer"))
    await worker.deliver(TEXT)
    assert (worker.record.state, worker.record.attempt) == ("unknown", 0)
    assert (worker.requeued[0].delay, worker.envelopes[0]["attempt"]) == (301, 0)
    assert worker.events == []


@pytest.mark.parametrize(("code", "every_sender"), [(20003, True), (21606, False), (21408, None)])
async def test_an_account_fault_pauses_all_commands_in_its_scope(code: int, every_sender: bool | None) -> None:
    """No command is used up: each waits without ageing."""
    worker = FakeWorker(error_for(400, code))
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "id": "t2"})
    await worker.deliver({**TEXT, "id": "t3", "from": "+15005550002"})
    sent = {True: ["t1"], False: ["t1", "t3"], None: ["t1", "t2", "t3"]}[every_sender]
    assert [command.id for command, _ in worker.twilio.requests][: len(sent)] == sent
    assert "t1" in {envelope["id"] for envelope in worker.envelopes}
    assert all(60 <= put.delay <= 600 for put in worker.requeued)
    assert (await worker.read(KEY)).state == "released"


async def test_a_paused_command_does_not_expire() -> None:
    """After two days of wrong credentials the text is sent as soon as they are corrected."""
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
async def test_a_faulty_sender_named_by_the_command_rejects_the_command(code: int) -> None:
    """Other commands are not paused."""
    worker = FakeWorker(error_for(400, code, "not a number of yours"))
    await worker.deliver({**TEXT, "from": "+15005550002"})
    (event,) = worker.events
    assert (event["state"], event["error_code"], event["reason"]) == ("rejected", code, "not a number of yours")
    worker.twilio.error = None
    await worker.deliver({**TEXT, "id": "t2"})
    assert len(worker.twilio.requests) == 2


async def test_a_fault_of_the_credentials_pauses_a_command_with_its_own_sender() -> None:
    """The sender has nothing to do with the credentials."""
    worker = FakeWorker(AccountFault("no", code=20003, status=401))
    await worker.deliver({**TEXT, "from": "+15005550002"})
    assert (worker.events, worker.record.state) == ([], "released")
