"""The REST adapter through the real twilio library, against a server that answers as it is told."""

import asyncio
import base64
from datetime import UTC, datetime

import pytest
from aiohttp import web

from switchboard.commands import PlaceCall, SendSms
from switchboard.errors import (
    AccountFault,
    DestinationFault,
    NotReached,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SenderFault,
    Throttled,
    TryLater,
    TwilioError,
    UnknownCode,
)
from tests.rest_double import ACCOUNT, RotatingSecrets, Server, calling, refusing, serving, taken

CALLBACK = "https://voice.example.com/api/status/sms?id=x.0.t1#rc=3&rp=all"
SENDER = "+15005550001"
SERVICE = "MG" + "3" * 32
TEXT = SendSms(to="+15005550006", body="Hello world.")


async def send(
    server: Server, command: SendSms = TEXT, sender: str = SENDER, api_key_sid: str = ""
) -> dict[str, list[str]]:
    """Send a text and return the fields that Twilio was given."""
    async with serving(server), calling(server.url, api_key_sid=api_key_sid) as api:
        await api.send_text(command, sender, CALLBACK, 5)
    return server.fields[0]


async def test_a_text_is_created_with_what_the_command_says() -> None:
    """To, Body, the default sender and the callback arrive; the answer's SID and status come back."""
    server = Server()
    async with serving(server), calling(server.url) as api:
        answer = await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert (answer.sid, answer.status) == ("SM" + "1" * 32, "queued")
    assert server.fields == [
        {"To": ["+15005550006"], "Body": ["Hello world."], "From": ["+15005550001"], "StatusCallback": [CALLBACK]}
    ]


async def test_every_field_of_a_text_has_its_parameter() -> None:
    """Media, template, schedule, validity and service by Twilio's names."""
    command = SendSms(
        to="+15005550006",
        media_urls=("https://x/a.png", "https://x/b.png"),
        content_sid="HX" + "2" * 32,
        content_variables={"1": "Ana"},
        messaging_service_sid="MG" + "3" * 32,
        send_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
        validity_period=600,
    )
    fields = await send(Server(), command, SERVICE)
    assert fields["MediaUrl"] == ["https://x/a.png", "https://x/b.png"]
    assert fields["ContentVariables"] == ['{"1": "Ana"}']
    assert (fields["SendAt"], fields["ScheduleType"]) == (["2026-01-31T09:00:00Z"], ["fixed"])
    assert (fields["ValidityPeriod"], fields["MessagingServiceSid"]) == (["600"], ["MG" + "3" * 32])
    assert "From" not in fields


@pytest.mark.parametrize(
    ("sender", "parameter"),
    [
        (SENDER, "From"),
        ("Acme", "From"),
        ("MG", "From"),
        ("whatsapp:+15005550001", "From"),
        (SERVICE, "MessagingServiceSid"),
    ],
)
async def test_a_sender_goes_by_its_own_parameter(sender: str, parameter: str) -> None:
    """A number, a name or a channel's address is who it comes from; a service chooses that itself."""
    fields = await send(Server(), sender=sender)
    assert fields[parameter] == [sender]
    assert len({"From", "MessagingServiceSid"} & set(fields)) == 1


async def test_a_call_with_say_carries_its_own_twiml() -> None:
    """What is spoken goes to Twilio with the call, and its progress is asked for."""
    server = Server()
    command = PlaceCall(to="+15005550006", say="Hello", language="pt-PT", timeout=30, record=True)
    async with serving(server), calling(server.url) as api:
        await api.place_call(command, SENDER, CALLBACK, 5)
    fields = server.fields[0]
    assert '<Say language="pt-PT">Hello</Say>' in fields["Twiml"][0]
    assert fields["From"] == [SENDER]
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (fields["Timeout"], fields["Record"]) == (["30"], ["true"])
    assert "Url" not in fields


async def test_an_api_key_authenticates_when_there_is_one() -> None:
    """REST by API key, on the account's own path."""
    server = Server()
    await send(server, api_key_sid="SK" + "4" * 32)
    assert (server.users, server.passwords) == (["SK" + "4" * 32], ["secret-of-the-key"])


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 21211, Rejected),
        (400, 21610, OptedOut),
        (400, 21606, SenderFault),
        (400, 21408, DestinationFault),
        (404, 20404, AccountFault),
        (401, 20003, AccountFault),
        (429, 20429, Throttled),
        (429, 14107, TryLater),
        (400, 21611, TryLater),
        (400, 99999, UnknownCode),
        (500, 20500, OutcomeUnknown),
        (503, 0, OutcomeUnknown),
    ],
)
async def test_an_error_of_twilios_becomes_ours(status: int, code: int, error: type[TwilioError]) -> None:
    """By Twilio's code, so that each says what may be done about it."""
    async with serving(Server(refusing(status, code))) as server, calling(server.url) as api:
        with pytest.raises(TwilioError) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert type(raised.value) is error
    assert "+15005550006" not in str(raised.value)


async def test_a_rejection_keeps_twilios_own_sentence_for_the_event() -> None:
    """The sender reads what Twilio twilio_message; a log does not."""
    async with serving(Server(refusing(400, 21211))) as server, calling(server.url) as api:
        with pytest.raises(Rejected) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert "no +15005550006" in raised.value.twilio_message
    assert raised.value.code == 21211


async def test_retry_after_is_kept() -> None:
    """429 says how long to wait."""
    server = Server(refusing(429, 20429, {"Retry-After": "7"}))
    async with serving(server), calling(server.url) as api:
        with pytest.raises(Throttled) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert raised.value.retry_after == 7


async def test_an_answer_that_is_no_json_is_an_unknown_outcome() -> None:
    """201 and a page of HTML: the text may have been taken."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", status=201)

    async with serving(Server(page)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_an_answer_that_never_comes_is_an_unknown_outcome() -> None:
    """The whole is bounded, and the request had left."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(Server(hang)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_a_create_ends_within_its_own_seconds() -> None:
    """A claim lives only so long, so the caller's bound holds where it is shorter than the adapter's."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(Server(hang)) as server, calling(server.url, whole_seconds=30) as api:
        with pytest.raises(OutcomeUnknown, match=r"no answer within 0 s"):
            await api.send_text(TEXT, SENDER, CALLBACK, 0.2)


async def test_a_connection_cut_before_the_answer_is_an_unknown_outcome() -> None:
    """Twilio may have taken what it did not answer."""

    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with serving(Server(cut)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_a_connection_that_is_never_made_is_surely_not_taken() -> None:
    """Nothing left this machine, so it may be sent again."""
    async with serving(Server()) as server:
        gone = server.url
    async with calling(gone) as api:
        with pytest.raises(NotReached):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_while_a_token_is_rotated_the_next_one_is_tried() -> None:
    """The first is dead since the promotion; nothing was taken with it."""

    async def only_next(request: web.Request) -> web.StreamResponse:
        good = base64.b64encode(f"{ACCOUNT}:next".encode()).decode() in request.headers["Authorization"]
        return await (taken if good else refusing(401, 20003))(request)

    server = Server(only_next)
    async with serving(server), calling(server.url, RotatingSecrets("old", "next")) as api:
        assert (await api.send_text(TEXT, SENDER, CALLBACK, 5)).sid
    assert server.passwords == ["old", "next"]


async def test_a_dead_token_is_read_anew_once() -> None:
    """A rotation without a second token: the vault has the new one already."""
    server = Server(refusing(401, 20003))
    async with serving(server), calling(server.url, RotatingSecrets("old", next_tokens=("new",))) as api:
        with pytest.raises(AccountFault):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert server.passwords == ["old", "new"]
