"""What a command asks for comes back in an event: each field of it, by way of the app and Twilio's stand-in."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from switchboard.commands import PlaceCall, SendSms
from switchboard.queues import EVENTS
from tests import published
from tests.browser.served import NUMBER, Stack, running

SEEN_WITHIN = 10
PHONE = "+15005550010"
TEXT: Mapping[str, object] = {"id": "t1", "to": PHONE, "from": NUMBER, "body": "Hello", "validity_period": 600}
CALL: Mapping[str, object] = {
    "id": "c1",
    "to": PHONE,
    "from": NUMBER,
    "twiml": '<Response><Pause length="2"/></Response>',
    "timeout": 20,
    "record": True,
    "machine_detection": "Enable",
    "send_digits": "1",
    "validity_period": 600,
}
CALL_ENDED, TEXT_ENDED, RECORDED = "switchboard.call.status", "switchboard.sms.status", "switchboard.recording.status"
# The field of the event by which each field of a command comes back; "" for what Twilio only does.
COMES_BACK: dict[type[msgspec.Struct], dict[str, tuple[str, str]]] = {
    SendSms: {
        "id": (TEXT_ENDED, "command_id"),
        "to": (TEXT_ENDED, "to"),
        "from": (TEXT_ENDED, "from"),
        "messaging_service_sid": (TEXT_ENDED, "messaging_service_sid"),
        "validity_period": (TEXT_ENDED, "state"),
        "send_at": (TEXT_ENDED, "state"),
        **dict.fromkeys(("body", "media_urls", "content_sid", "content_variables"), ("", "")),
    },
    PlaceCall: {
        "id": (CALL_ENDED, "command_id"),
        "to": (CALL_ENDED, "to"),
        "from": (CALL_ENDED, "from"),
        "timeout": (CALL_ENDED, "state"),
        "validity_period": (CALL_ENDED, "state"),
        "record": (RECORDED, "url"),
        "machine_detection": (CALL_ENDED, "answered_by"),
        **dict.fromkeys(("say", "url", "twiml", "language", "voice", "send_digits"), ("", "")),
    },
}


async def event_of(stack: Stack, type_: str, state: str) -> dict[str, Any]:
    """The event of this type and state, once it is published."""
    async with asyncio.timeout(SEEN_WITHIN):
        while True:
            for event in map(published.read, stack.outbox.bodies(EVENTS)):
                if (event["type"], event["state"]) == (type_, state):
                    return event
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", COMES_BACK)
def test_each_field_of_a_command_is_considered(kind: type[msgspec.Struct]) -> None:
    """A field that is added needs a row: what does a sender read of it?"""
    assert COMES_BACK[kind].keys() == {field.encode_name for field in msgspec.structs.fields(kind)}


async def test_what_a_text_asks_for_comes_back() -> None:
    """Sender, recipient, command, and how it ended."""
    async with running() as stack:
        await stack.push("sms-outbox", **TEXT)
        event = await event_of(stack, TEXT_ENDED, "delivered")
    for field in TEXT:
        type_, name = COMES_BACK[SendSms][field]
        assert not type_ or event[name], field
    assert (event["command_id"], event["from"], event["to"]) == (TEXT["id"], TEXT["from"], TEXT["to"])


async def test_what_a_call_asks_for_comes_back() -> None:
    """The recording too, by a callback of its own: without one Twilio reports nothing of it."""
    async with running() as stack:
        await stack.push("call-outbox", **CALL)
        events = {
            CALL_ENDED: await event_of(stack, CALL_ENDED, "completed"),
            RECORDED: await event_of(stack, RECORDED, "completed"),
        }
    for field in CALL:
        type_, name = COMES_BACK[PlaceCall][field]
        assert not type_ or events[type_][name], field
    assert events[RECORDED]["call_sid"] == events[CALL_ENDED]["sid"]
    assert (events[CALL_ENDED]["answered_by"], events[CALL_ENDED]["duration"]) == ("human", 2)


async def test_the_service_that_sent_comes_back() -> None:
    """With the number that it chose."""
    async with running() as stack:
        service = "MG" + "a1" * 16
        await stack.push("sms-outbox", id="t2", to=PHONE, body="x", messaging_service_sid=service)
        event = await event_of(stack, TEXT_ENDED, "delivered")
    assert (event["messaging_service_sid"], event["command_id"]) == (service, "t2")
