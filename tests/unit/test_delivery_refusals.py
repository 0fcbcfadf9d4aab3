"""Commands that never reach Twilio: invalid, not allowed, opted out, expired."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from switchboard.errors import NotReached, Throttled
from tests.fake_worker import CALL, COMMANDS, FROM, SERVICE, TEXT, TO, FakeWorker, queued
from tests.memory import NOON

KEY = queued().key
SCHEDULED: dict[str, Any] = {**TEXT, "send_at": "2026-02-01T12:00:00Z", "messaging_service_sid": SERVICE}


async def test_an_invalid_command_ends_with_one_event() -> None:
    """With the reason and the ids. Twilio gets no request, and there is no record, because there is no command."""
    worker = FakeWorker()
    await worker.deliver({"to": "0912", "body": "x"})
    (event,) = worker.events
    assert event.pop("time") == event.pop("observed_at")
    assert event == {
        "specversion": "1.0",
        "id": "command.ended:m1:refused",
        "source": "/switchboard/test",
        "type": "switchboard.command.ended",
        "datacontenttype": "application/json",
        "state": "refused",
        "queue": "sms-outbox",
        "message_id": "m1",
        "command_id": "m1",
        "reason": 'to: not E.164: "0912"',
    }
    assert (worker.twilio.requests, worker.ledger.records(), worker.requeued) == ([], [], [])


@pytest.mark.parametrize(
    "body",
    [
        {"id": "campaign-7", "to": "0912", "body": "x"},
        base64.b64encode(b'{"id": "campaign-7", "to": "0912"}'),
        {
            "id": "campaign-7",
            "command": {"to": "0912", "body": "x"},
            "attempt": 1,
            "first_seen": "2026-01-31T09:00:00Z",
        },
    ],
)
async def test_a_refusal_has_the_commands_own_id(body: object) -> None:
    """Where the id can be read, so that the sender finds its command."""
    worker = FakeWorker()
    await worker.deliver(body)
    assert worker.events[0]["command_id"] == "campaign-7"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"",
        b"\xff\xfe\xfd",
        b'{"to": "\xff"}',
        bytes(range(256)) * 256,
        b"[" * 60_000,
        b"[" * 30_000 + b"]" * 30_000,
    ],
)
@pytest.mark.parametrize("queue", COMMANDS)
async def test_a_message_that_is_not_a_command_ends_with_one_event(queue: str, body: bytes) -> None:
    """No body makes a message return. The same message again has the same event."""
    worker = FakeWorker()
    for _ in range(2):
        await worker.deliver(body, queue)
    first, second = worker.events
    assert (first["state"], first["queue"], first["message_id"]) == ("refused", queue, "m1")
    assert first["reason"]
    assert first["id"] == second["id"]


async def test_a_destination_that_is_not_allowed_is_refused_with_a_record() -> None:
    """The command was read, so it has a key: the id has ended."""
    worker = FakeWorker()
    worker.set(allowed_destinations=("+351",))
    await worker.deliver(TEXT)
    (event,) = worker.events
    reason = f'to: not in ALLOWED_DESTINATIONS: "{TO}"'
    assert (event["state"], event["command_id"], event["reason"]) == ("refused", "t1", reason)
    assert (worker.record.state, worker.record.reason, worker.twilio.requests) == ("refused", reason, [])


@pytest.mark.parametrize("minutes", [14, 35 * 24 * 60 + 1])
async def test_a_send_at_outside_twilios_range_is_refused(minutes: int) -> None:
    """Fifteen minutes to 35 days ahead, by the current time."""
    worker = FakeWorker()
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    await worker.deliver({**SCHEDULED, "send_at": at})
    assert worker.events[0]["reason"].startswith("send_at: not 15 minutes to 35 days ahead")
    assert (worker.record.state, worker.twilio.requests) == ("refused", [])


async def test_settings_and_clock_are_checked_for_the_first_attempt_only() -> None:
    """A retry is not refused by settings that changed after its first attempt."""
    worker = FakeWorker(Throttled("slower", code=20429))
    await worker.deliver(TEXT)
    worker.set(allowed_destinations=("+351",))
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, worker.events) == ("queued", [])


async def test_a_recipient_who_opted_out_is_not_texted() -> None:
    """`opted_out`, without a request to Twilio. The opt-out does not apply to another sender."""
    worker = FakeWorker()
    await worker.opt_outs.add(KEY.partition, FROM)
    await worker.deliver(TEXT)
    await worker.deliver({**TEXT, "id": "t2", "from": "+15005550002"})
    (event,) = worker.events
    assert (event["state"], event["command_id"]) == ("opted_out", "t1")
    assert (await worker.read(KEY)).state == "opted_out"
    assert [command.id for command, _ in worker.twilio.requests] == ["t2"]


async def test_an_opt_out_does_not_apply_to_calls() -> None:
    """Twilio has no STOP for calls."""
    worker = FakeWorker()
    await worker.opt_outs.add(KEY.partition, FROM)
    await worker.deliver(CALL, "call-outbox")
    assert len(worker.twilio.requests) == 1


async def test_an_opt_out_between_two_attempts_ends_the_delivery() -> None:
    """The second attempt is not made."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(TEXT)
    await worker.opt_outs.add(KEY.partition, FROM)
    worker.twilio.error = None
    await worker.deliver_next()
    assert (worker.record.state, worker.events[0]["state"]) == ("opted_out", "opted_out")
    assert (len(worker.twilio.requests), worker.requeued) == (1, [])


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (TEXT, 24 * 3600),
        ({**TEXT, "validity_period": 600}, 600),
        ({**TEXT, "send_at": "2026-01-31T13:00:00Z", "messaging_service_sid": SERVICE}, 45 * 60),
    ],
)
async def test_a_command_whose_time_ran_out_expires(command: dict[str, object], seconds: float) -> None:
    """After a day, its validity period, or 15 minutes before `send_at`."""
    worker = FakeWorker(NotReached("no connection"))
    await worker.deliver(command)
    worker.twilio.error = None
    worker.clock.pass_(seconds)
    await worker.deliver_next()
    assert (worker.record.state, worker.events[0]["state"]) == ("expired", "expired")
    assert len(worker.twilio.requests) == 1
