"""`ops lookup` and `ops forget` against the local stack: from an id to the number, and what is deleted of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from local.storage import StorageOptions
from ops.operator_services import OperatorServices
from switchboard.delivery import queued_command
from switchboard.delivery.record import DeliveryRecord, partition_of
from switchboard.queues import QueueMessage
from switchboard.settings import Settings
from tests.integration.ops_stack import NUMBER, Result, Stack, add_dead_letter, command, new_number, running

OLD = timedelta(days=2)


@pytest.fixture(scope="module")
def shared(azurite: StorageOptions) -> Iterator[Stack]:
    """The running stack of this module."""
    with running(azurite.connection_string) as stack:
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The same stack, with empty queues."""
    shared.empty()
    return shared


def add_delivered(stack: Stack, to: str, command_id: str) -> DeliveryRecord:
    """Adds a text of two days ago, delivered."""

    async def insert(services: OperatorServices, _: object) -> DeliveryRecord:
        message = QueueMessage("sms-outbox", "m1", command(to, id=command_id).encode())
        queued = queued_command.read(message, datetime.now(UTC) - OLD)
        claimed = queued.claim(Settings.from_environ(services.deployment.environ), "run", datetime.now(UTC) - OLD)
        record = msgspec.structs.replace(claimed, state="delivered", sids=("SM" + command_id.rjust(32, "0"),))
        await services.ledger.insert(record)
        return record

    return stack.do(insert)


def test_an_id_of_a_log_line_leads_to_the_number(stack: Stack) -> None:
    """By the delivery's row, by the hash in an event's id, and by Twilio's SID."""
    to = new_number()
    sent = stack.ops("send-text", "--to", to, "Hello", "--id", "log-1", "--wait", "--json").json["delivery"]
    names = ("sms:log-1", f"sms.status:{partition_of(to)}:sms:log-1:0:delivered", sent["sids"][0])
    found = [stack.ops("lookup", name, "--json").json["deliveries"] for name in names]
    assert [[each["to"] for each in deliveries] for deliveries in found] == [[to], [to], [to]]


def test_an_incoming_text_is_looked_up_at_twilio(stack: Stack) -> None:
    """No delivery has its SID."""
    message = stack.standin.account.add_message(
        to=NUMBER, sender="+15005550077", body="Hello", status="received", direction="inbound"
    )
    result = stack.ops("lookup", message.sid)
    assert (result.code, f"from +15005550077 to {NUMBER}  inbound  received" in result.stdout) == (0, True)


def test_a_recording_leads_to_its_call(stack: Stack) -> None:
    """Twilio names the call, and the call has the numbers."""
    account = stack.standin.account
    call = account.add_call(to=NUMBER, sender="+15005550077", direction="inbound")
    recording = account.add_recording(call_sid=call.sid, seconds=3, source="RecordVerb")
    assert "from +15005550077" in stack.ops("lookup", recording.sid).stdout


def test_an_unknown_id_ends_with_1(stack: Stack) -> None:
    """With the reasons that there are."""
    result = stack.ops("lookup", "SM" + "9" * 32)
    assert (result.code, result.stdout) == (1, "")
    assert "nothing has the id" in result.stderr


def test_what_is_stored_about_a_person_is_shown_and_deleted(stack: Stack) -> None:
    """In the channels too; the opt-out stays, and so does the text of a moment ago."""
    to = new_number()
    add_delivered(stack, to, "1")
    add_delivered(stack, f"whatsapp:{to}", "2")
    stack.ops("send-text", "--to", to, "Hello", "--id", "now", "--wait")
    stack.ops("optouts", "add", to, "--from", NUMBER, "--yes")
    shown = stack.ops("forget", to, "--dry-run", "--json").json
    unasked = stack.ops("forget", to)
    left = stack.ops("deliveries", "list", "--to", to, "--json").json["deliveries"]
    done = stack.ops("forget", to, "--yes", "--json").json
    assert (unasked.code, len(left)) == (2, 2)
    assert shown["deleted"] == done["deleted"] == ["sms:1", "sms:2"]
    assert [each["delivery"] for each in done["kept"]] == ["sms:now"]
    assert done["at_twilio"] == ["SM" + "1".rjust(32, "0"), "SM" + "2".rjust(32, "0")]
    assert [each["sender"] for each in stack.ops("optouts", "list", to, "--json").json["optouts"]] == [NUMBER]
    assert [each["id"] for each in stack.ops("deliveries", "list", "--to", to, "--json").json["deliveries"]] == ["now"]


def test_an_opt_out_is_deleted_on_request(stack: Stack) -> None:
    """And `forget` asks before."""
    to = new_number()
    stack.ops("optouts", "add", to, "--from", NUMBER, "--yes")
    result = stack.ops("forget", to, "--opt-outs", "--yes")
    assert f"deleted: opt-out of {NUMBER}" in result.stdout
    assert stack.ops("optouts", "list", to, "--json").json["optouts"] == []


def test_a_record_stays_while_its_dead_letter_can_be_replayed(stack: Stack) -> None:
    """And the letter is named, with the command that drops it."""
    to = new_number()
    add_delivered(stack, to, "t1")
    add_dead_letter(stack, "m1", command(to))
    result = stack.ops("forget", to, "--yes")
    assert "kept: sms:t1, its dead letter can be replayed" in result.stdout
    assert "`dead-letter drop" in result.stdout


def test_a_record_stays_while_another_command_hides_dead_letters(stack: Stack) -> None:
    """Its own may be among them, and a replay without the record would send it again."""
    to = new_number()
    add_delivered(stack, to, "t1")
    add_dead_letter(stack, "m1", command(to))

    async def forget(services: OperatorServices, _: object) -> Result:
        async with services.dead_letters.hide(lambda _: True):
            return await asyncio.to_thread(stack.ops, "forget", to, "--yes")

    result = stack.do(forget)
    assert "kept: sms:t1, its dead letter may be hidden" in result.stdout


def test_a_record_stays_while_a_message_of_its_sender_waits(stack: Stack) -> None:
    """The app was stopped before it could delete the message, or the sender pushed it twice."""
    to = new_number()
    add_delivered(stack, to, "t1")
    stack.host.process.send_signal(signal.SIGSTOP)
    try:
        stack.do(lambda _, queues: queues.put(command(to, id="t1"), queue="sms-outbox"))
        result = stack.ops("forget", to, "--yes")
    finally:
        stack.host.process.send_signal(signal.SIGCONT)
    assert "kept: sms:t1, a message of it waits on sms-outbox" in result.stdout


def test_nothing_is_stored_about_a_stranger(stack: Stack) -> None:
    """No question is asked."""
    result = stack.ops("forget", new_number())
    assert (result.code, result.stdout) == (0, "nothing is stored\n")
