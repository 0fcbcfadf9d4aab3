"""What never reaches Twilio: refused by a rule, by settings or clock, opted out, expired."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from switchboard.errors import NotReached, Throttled
from tests.desk import CALL, COMMANDS, FROM, SERVICE, TEXT, TO, Desk, order
from tests.memory import NOON

KEY = order().key
SCHEDULED: dict[str, Any] = {**TEXT, "send_at": "2026-02-01T12:00:00Z", "messaging_service_sid": SERVICE}


async def test_a_command_that_breaks_a_rule_ends_as_one_event() -> None:
    """With the reason and the ids; Twilio is not asked, and there is no record, because there is no command."""
    desk = Desk()
    await desk.deliver({"to": "0912", "body": "x"})
    (event,) = desk.events
    assert event.pop("time")
    assert event == {
        "id": "command.ended:m1:refused",
        "kind": "command.ended",
        "state": "refused",
        "queue": "sms-outbox",
        "message_id": "m1",
        "command_id": "m1",
        "reason": 'to: not E.164: "0912"',
    }
    assert (desk.twilio.asked, desk.ledger.records(), desk.returned) == ([], [], [])


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
async def test_a_refusal_by_the_schema_carries_the_commands_own_id(body: object) -> None:
    """The sender finds its command by the key it gave, where that can be read."""
    desk = Desk()
    await desk.deliver(body)
    assert desk.events[0]["command_id"] == "campaign-7"


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
async def test_noise_ends_as_one_event(queue: str, body: bytes) -> None:
    """Nothing in a message makes it come again; the same message again is the same event."""
    desk = Desk()
    for _ in range(2):
        await desk.deliver(body, queue)
    first, second = desk.events
    assert (first["state"], first["queue"], first["message_id"]) == ("refused", queue, "m1")
    assert first["reason"]
    assert first["id"] == second["id"]


async def test_what_the_settings_do_not_allow_is_refused_with_a_record() -> None:
    """The command was read, so it has a key: its end is the end of that id."""
    desk = Desk()
    desk.set(allowed_destinations=("+351",))
    await desk.deliver(TEXT)
    (event,) = desk.events
    reason = f'to: not in ALLOWED_DESTINATIONS: "{TO}"'
    assert (event["state"], event["command_id"], event["reason"]) == ("refused", "t1", reason)
    assert (desk.record.state, desk.record.reason, desk.twilio.asked) == ("refused", reason, [])


@pytest.mark.parametrize("minutes", [14, 35 * 24 * 60 + 1])
async def test_a_time_that_twilio_would_not_keep_is_refused_not_dropped(minutes: int) -> None:
    """Fifteen minutes to 35 days ahead, by this moment's clock."""
    desk = Desk()
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    await desk.deliver({**SCHEDULED, "send_at": at})
    assert desk.events[0]["reason"].startswith("send_at: not 15 minutes to 35 days ahead")
    assert (desk.record.state, desk.twilio.asked) == ("refused", [])


async def test_the_clock_and_the_settings_are_asked_once_only() -> None:
    """A retry is not held against settings that changed after its first attempt was let through."""
    desk = Desk(Throttled("slower", code=20429))
    await desk.deliver(TEXT)
    desk.set(allowed_destinations=("+351",))
    desk.twilio.error = None
    await desk.take_next()
    assert (desk.record.state, desk.events) == ("queued", [])


async def test_who_told_this_sender_to_stop_is_not_texted() -> None:
    """`opted_out`, without a call to Twilio; another sender was not told."""
    desk = Desk()
    await desk.opt_outs.add(KEY.partition, FROM)
    await desk.deliver(TEXT)
    await desk.deliver({**TEXT, "id": "t2", "from": "+15005550002"})
    (event,) = desk.events
    assert (event["state"], event["command_id"]) == ("opted_out", "t1")
    assert (await desk.read(KEY)).state == "opted_out"
    assert [command.id for command, _ in desk.twilio.asked] == ["t2"]


async def test_a_stop_is_about_texts_not_calls() -> None:
    """Twilio knows no STOP for calls."""
    desk = Desk()
    await desk.opt_outs.add(KEY.partition, FROM)
    await desk.deliver(CALL, "call-outbox")
    assert len(desk.twilio.asked) == 1


async def test_a_stop_ends_the_attempt_that_waits() -> None:
    """Told between two attempts: the second is not made."""
    desk = Desk(NotReached("no connection"))
    await desk.deliver(TEXT)
    await desk.opt_outs.add(KEY.partition, FROM)
    desk.twilio.error = None
    await desk.take_next()
    assert (desk.record.state, desk.events[0]["state"]) == ("opted_out", "opted_out")
    assert (len(desk.twilio.asked), desk.returned) == (1, [])


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        (TEXT, 24 * 3600),
        ({**TEXT, "validity_period": 600}, 600),
        ({**TEXT, "send_at": "2026-01-31T13:00:00Z", "messaging_service_sid": SERVICE}, 45 * 60),
    ],
)
async def test_a_command_whose_time_ran_out_is_told_not_sent(command: dict[str, object], seconds: float) -> None:
    """A day, its validity, or a quarter of an hour before it was to go out."""
    desk = Desk(NotReached("no connection"))
    await desk.deliver(command)
    desk.twilio.error = None
    desk.clock.pass_(seconds)
    await desk.take_next()
    assert (desk.record.state, desk.events[0]["state"]) == ("expired", "expired")
    assert len(desk.twilio.asked) == 1
