"""Callers without a number: what Twilio refuses to dial and to text for them, the stand-in refuses too."""

from __future__ import annotations

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio.handsets import Handset
from tests.functional.twilio_standin_app import (
    NUMBER,
    PHONE,
    answer_steps,
    fields_of,
    place_call,
    rest,
    running,
    send_text,
    twiml,
)

OPERATOR = "+15005550009"
NUMBERLESS = ("client:alice", "sip:bob@pbx.example.com", "Anonymous", "Restricted", "+266696687")


@pytest.mark.parametrize("caller", NUMBERLESS)
async def test_a_dial_without_a_valid_caller_id_fails(caller: str) -> None:
    """13214, and no phone rings."""
    async with running() as (app, standin):
        answer_steps(app, incoming=f'<Dial action="dialed">{OPERATOR}</Dial>', dialed="<Hangup/>")
        sentences = await place_call(standin, **{"from": caller})
        assert f"13214 {caller} is no valid callerId: nobody is dialled" in sentences
        assert fields_of(app, "dialed", "DialCallStatus", "DialCallSid") == ("failed", "")
        assert len(standin.account.calls) == 1


@pytest.mark.parametrize("caller", NUMBERLESS)
async def test_a_dial_with_the_called_number_as_caller_id_rings(caller: str) -> None:
    """The phone shows that number."""
    async with running() as (app, standin):
        answer_steps(app, incoming=f'<Dial callerId="{NUMBER}">{OPERATOR}</Dial>')
        await place_call(standin, **{"from": caller})
        assert [call.sender for call in standin.account.calls.values()] == [caller, NUMBER]


@pytest.mark.parametrize("caller_id", ["client:alice", "5550100", "nobody", "+7378742833"])
async def test_a_caller_id_that_is_no_number_fails_the_dial(caller_id: str) -> None:
    """Also where the caller has a number."""
    async with running() as (app, standin):
        answer_steps(
            app, incoming=f'<Dial callerId="{caller_id}" action="dialed">{OPERATOR}</Dial>', dialed="<Hangup/>"
        )
        await place_call(standin)
        assert fields_of(app, "dialed", "DialCallStatus") == ("failed",)


@pytest.mark.parametrize("caller_id", ["4155550100", "+14155550100", "+351211234567"])
async def test_a_caller_id_with_the_form_of_a_number_rings(caller_id: str) -> None:
    """Whether the account has verified it is not known here; a national number is read in the account's country."""
    async with running() as (app, standin):
        answer_steps(
            app, incoming=f'<Dial callerId="{caller_id}" action="dialed">{OPERATOR}</Dial>', dialed="<Hangup/>"
        )
        await place_call(standin)
        assert fields_of(app, "dialed", "DialCallStatus") == ("completed",)


@pytest.mark.parametrize("noun", ["<Client>bob</Client>", "<Sip>sip:bob@pbx.example.com</Sip>"])
async def test_a_browser_client_is_shown_any_caller(noun: str) -> None:
    """It is no telephone."""
    async with running() as (app, standin):
        standin.handsets.by_number["client:bob"] = Handset()
        answer_steps(app, incoming=f'<Dial action="dialed">{noun}</Dial>', dialed="<Hangup/>")
        await place_call(standin, **{"from": "client:alice"})
        assert fields_of(app, "dialed", "DialCallStatus") == ("completed",)


@pytest.mark.parametrize("caller", NUMBERLESS)
async def test_a_text_to_a_caller_without_a_number_is_not_sent(caller: str) -> None:
    """21211."""
    async with running() as (app, standin):
        answer_steps(app, incoming="<Sms>The link.</Sms>")
        sentences = await place_call(standin, **{"from": caller})
        assert f"21211 {caller} is no number that can be texted: the text is not sent" in sentences
        assert standin.account.messages == {}


async def test_a_text_from_an_address_without_a_number_is_not_sent() -> None:
    """21212: the call is to a SIP domain."""
    async with running() as (app, standin):
        answer_steps(app, incoming="<Sms>The link.</Sms>")
        await place_call(standin, to="sip:1@contoso.sip.twilio.com")
        assert standin.account.messages == {}


async def test_a_national_number_is_read_in_the_senders_country() -> None:
    """The notices of the conference Twimlet go to such numbers."""
    async with running() as (app, standin):
        answer_steps(app, incoming='<Sms to="500-555-0009">The link.</Sms>')
        await place_call(standin)
        assert [message.to for message in standin.account.messages.values()] == [OPERATOR]


async def test_a_reply_to_a_sender_name_is_not_sent() -> None:
    """It has no number."""
    async with running() as (app, standin):
        app.answers["/api/sms/incoming"] = twiml("<Message>Thank you.</Message>")
        sentences = await send_text(standin, "Your code is 1234.", **{"from": "Contoso"})
        assert "21211" in sentences[-1]
        assert [message.direction for message in standin.account.messages.values()] == ["inbound"]


@pytest.mark.parametrize("to", ["+266696687", "+8656696"])
async def test_a_withheld_number_can_be_neither_texted_nor_called_by_rest(to: str) -> None:
    """21211, though it has the form of a number."""
    async with running() as (_, standin):
        client = rest(standin)
        for create in (
            lambda: client.messages.create(to=to, from_=NUMBER, body="a"),
            lambda: client.calls.create(to=to, from_=NUMBER, twiml="<Response/>"),
        ):
            with pytest.raises(TwilioRestException) as refused:
                await asyncio.to_thread(create)
            assert refused.value.code == 21211


async def test_a_caller_with_a_number_shows_it() -> None:
    """The usual case."""
    async with running() as (app, standin):
        answer_steps(app, incoming=f"<Dial>{OPERATOR}</Dial>")
        await place_call(standin)
        assert [call.sender for call in standin.account.calls.values()] == [PHONE, PHONE]
