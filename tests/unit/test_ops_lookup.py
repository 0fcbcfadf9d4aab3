"""`ops lookup`: every id that a log line, a callback URL or an event contains leads to the number."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from ops.log_ids import LogId, parse_log_id
from ops.lookup import lookup
from ops.lookup_search import Found, look_up
from switchboard.delivery import delivery_events
from switchboard.delivery.record import DeliveryRecord, partition_of
from switchboard.delivery.twilio_client import TwilioResource
from switchboard.errors import TwilioError
from tests.ops_context import SETTINGS, TEXT, TO, FakeCommandContext, read

SID = "SM" + "0" * 31 + "1"
HASH = partition_of(TO)


def record(state: str = "sent") -> DeliveryRecord:
    """Returns a delivery that Twilio accepted."""
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    return msgspec.structs.replace(claimed, state=state, sids=(SID,))


async def stored_context() -> FakeCommandContext:
    """Returns a context with that delivery."""
    context = FakeCommandContext()
    await context.fakes.memory.insert(record())
    return context


async def found(context: FakeCommandContext, text: str) -> Found:
    """Returns what an id names."""
    return await look_up(context, text, parse_log_id(text))


@pytest.mark.parametrize(
    "text",
    [
        "t1",
        "sms:t1",
        SID,
        HASH,
        f"{HASH}.0.t1",
        f"sms.status:{HASH}:sms:t1:0:sent",
        f"sms.status:{SID}:sent",
    ],
)
async def test_each_form_of_id_leads_to_the_number(text: str) -> None:
    """Of log lines, callback URLs and events."""
    (delivery,) = (await found(await stored_context(), text)).deliveries
    assert delivery.to == TO


async def test_the_id_of_an_event_is_read_as_it_is_written() -> None:
    """The event of a duplicate ends with a SID, and is of one delivery nevertheless."""
    event = delivery_events.duplicate(record(), "SM" + "f" * 32, datetime.now(UTC))
    (delivery,) = (await found(await stored_context(), event.id)).deliveries
    assert delivery.key.id == "t1"


async def test_the_url_of_a_callback_is_read_as_it_is_written() -> None:
    """AppRequests has it."""
    (delivery,) = (await found(await stored_context(), record().key.callback_id(3))).deliveries
    assert delivery.key.id == "t1"


def test_an_id_of_the_sender_may_contain_colons() -> None:
    """And digits that look like an attempt."""
    assert parse_log_id(f"command.ended:{HASH}:call:order:4:0:refused") == LogId(HASH, ("call",), "order:4")


async def test_the_other_kind_is_not_shown() -> None:
    """`call:t1` is not the text t1."""
    assert (await found(await stored_context(), "call:t1")).deliveries == []


async def test_a_dead_letter_is_found_by_the_message_of_the_log_line() -> None:
    """`event=dead_letter message=…` names the message on the outbox."""
    context = FakeCommandContext()
    context.fakes.fake_dead_letters.add(TEXT, message_id="4f3c")
    assert [each.command_id for each in (await found(context, "4f3c")).dead_letters] == ["t1"]


async def test_twilio_is_asked_for_a_call_that_no_command_created() -> None:
    """An incoming call has no delivery."""
    context = FakeCommandContext()
    call = TwilioResource(
        sid="CA" + "1" * 32, status="completed", direction="inbound", created=None, sender=TO, recipient="+15005550001"
    )
    context.fakes.fake_twilio.list.append(call)
    (at_twilio,) = (await found(context, call.sid)).twilio
    assert (at_twilio.sender, at_twilio.status) == (TO, "completed")


async def test_twilio_is_not_asked_for_a_delivery() -> None:
    """Its record has the number, and needs no token."""
    context = await stored_context()
    await found(context, SID)
    assert context.fakes.fake_twilio.fetched == 0


async def test_an_error_of_twilio_is_not_an_absence() -> None:
    """Only its own "not found" is."""
    context = FakeCommandContext()
    assert (await found(context, SID)).twilio == []
    context.fakes.fake_twilio.error = TwilioError("Twilio answered with an error", code=20003, status=401)
    with pytest.raises(TwilioError):
        await found(context, SID)


async def test_an_unknown_id_is_an_error() -> None:
    """With the reasons that there are."""
    with pytest.raises(Exception, match="nothing has the id t9"):
        await lookup(FakeCommandContext(), "t9")
