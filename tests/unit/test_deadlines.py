"""Which time counts against a command: the sender's deadline always, a pause never."""

import pytest

from switchboard.commands import SendSms
from switchboard.errors import DestinationFault, NotReached
from switchboard.queues import QueueMessage
from switchboard.twilio_codes import error_for
from tests.fake_worker import FROM, SERVICE, TEXT, TO, FakeWorker, queued
from tests.memory import NOON

CODE = {**TEXT, "validity_period": 600}
DAY = 24 * 3600


def validity_sent(worker: FakeWorker) -> int | None:
    """The validity period of the last request."""
    command, _ = worker.twilio.requests[-1]
    assert isinstance(command, SendSms)
    return command.validity_period


async def test_twilio_gets_the_validity_that_is_left() -> None:
    """Counted from the push, also over retries."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(CODE)
    worker.twilio.error = None
    waited = worker.requeued[0].delay
    await worker.deliver_next()
    assert validity_sent(worker) == 600 - int(waited)


@pytest.mark.parametrize("ahead", [2, 3600])
async def test_a_queue_whose_clock_is_ahead_adds_no_validity(ahead: int) -> None:
    """Twilio refuses more than 36,000 seconds, and the sender asked for no more."""
    worker = FakeWorker()
    command = queued({**TEXT, "validity_period": 36_000})
    worker.clock.pass_(-ahead)
    assert command.validity_left(worker.clock.now()) == 36_000


async def test_a_scheduled_text_has_its_whole_validity() -> None:
    """It begins at `send_at`, so a pause before that does not shorten it or end the delivery."""
    worker = FakeWorker()
    text = {**TEXT, "send_at": "2026-02-02T12:00:00Z", "messaging_service_sid": SERVICE, "validity_period": 60}
    worker.clock.pass_(600)
    await worker.deliver(text)
    assert (validity_sent(worker), worker.record.state) == (60, "queued")


async def test_a_destination_that_is_not_permitted_expires_after_a_day() -> None:
    """Other commands go on, so it must not wait for ever; the operator has the day to permit it."""
    worker = FakeWorker(error_for(400, 21408))
    assert isinstance(worker.twilio.error, DestinationFault)
    await worker.deliver(TEXT)
    while worker.requeued:
        await worker.deliver_next()
    assert worker.record.state == "expired"
    assert (worker.clock.now() - NOON).total_seconds() <= DAY + 10
    assert len(worker.twilio.requests) < 40


async def test_a_poison_copy_of_a_code_does_not_restart_its_minute() -> None:
    """The copy is two minutes younger than the push: five tries, half a minute apart."""
    worker = FakeWorker()
    body = b'{"id": "t1", "to": "%s", "body": "1234", "validity_period": 60}' % TO.encode()
    await worker.handle_poison(QueueMessage("sms-outbox-poison", "m9", body, NOON))
    assert worker.requeued == []
    assert [event["state"] for event in worker.events] == ["expired"]


async def test_a_later_attempt_without_a_record_is_not_sent() -> None:
    """Its record existed and is gone: an operator decides, with the whole message in `dead-letter`."""
    worker = FakeWorker()
    await worker.deliver(queued(attempt=2).to_json().encode())
    assert (worker.twilio.requests, worker.record.state, len(worker.letters)) == ([], "unresolved", 1)


async def test_a_later_attempt_of_poison_without_a_record_is_not_called_untried() -> None:
    """Its outcome is unknown, and the event says so."""
    worker = FakeWorker()
    worker.clock.pass_(DAY + 1)
    await worker.handle_poison(QueueMessage("sms-outbox-poison", "m9", queued(attempt=3).to_json().encode()))
    assert [event["state"] for event in worker.events] == ["unresolved"]


async def test_a_message_that_was_paused_longer_than_its_record_lives_is_not_lost() -> None:
    """Housekeeping ended the delivery as unresolved; the message comes back, and moves to `dead-letter`."""
    worker = FakeWorker(error_for(401, 20003))
    await worker.deliver(TEXT)
    (paused,) = worker.requeued
    worker.clock.pass_(31 * DAY)
    await worker.clean_up()
    assert worker.record.state == "unresolved"
    await worker.deliver(paused.body.encode())
    assert (len(worker.letters), worker.letters[0]["message_id"]) == (1, "m1")


async def test_an_open_breaker_does_not_pause_what_needs_no_request() -> None:
    """A copy of a finished delivery is dropped, and a probe is not spent on it."""
    worker = FakeWorker()
    await worker.deliver(TEXT)
    worker.breaker.note_answer("sms", FROM, error_for(401, 20003))
    worker.clock.pass_(60)
    await worker.deliver(TEXT)
    assert worker.requeued == []
    assert worker.breaker.allows("sms", FROM)
