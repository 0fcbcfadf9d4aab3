"""The REST adapter through the real twilio library, against a local server."""

import asyncio
import base64
from datetime import UTC, datetime

import pytest
from aiohttp import web

from switchboard.adapters.twilio_api import TwilioApi
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
from switchboard.settings import Settings
from tests.rest_double import ACCOUNT, RotatingSecrets, TwilioServer, calling, created, refusing, serving

CALLBACK = "https://voice.example.com/api/status/sms?id=x.0.t1#rc=3&rp=all"
SENDER = "+15005550001"
SERVICE = "MG" + "3" * 32
TEXT = SendSms(to="+15005550006", body="Hello world.")


async def send(
    server: TwilioServer, command: SendSms = TEXT, sender: str = SENDER, api_key_sid: str = ""
) -> dict[str, list[str]]:
    """Sends a text and returns the fields of the request."""
    async with serving(server), calling(server.url, api_key_sid=api_key_sid) as api:
        await api.send_text(command, sender, CALLBACK, 5)
    return server.fields[0]


async def test_a_text_is_created_with_the_commands_fields() -> None:
    """To, Body, the default sender and the callback; SID and status come from the answer."""
    server = TwilioServer()
    async with serving(server), calling(server.url) as api:
        answer = await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert (answer.sid, answer.status) == ("SM" + "1" * 32, "queued")
    assert server.fields == [
        {"To": ["+15005550006"], "Body": ["Hello world."], "From": ["+15005550001"], "StatusCallback": [CALLBACK]}
    ]


async def test_every_field_of_a_text_has_its_parameter() -> None:
    """Media, template, schedule, validity and service under Twilio's names."""
    command = SendSms(
        to="+15005550006",
        media_urls=("https://x/a.png", "https://x/b.png"),
        content_sid="HX" + "2" * 32,
        content_variables={"1": "Ana"},
        messaging_service_sid="MG" + "3" * 32,
        send_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
        validity_period=600,
    )
    fields = await send(TwilioServer(), command, SERVICE)
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
async def test_a_sender_has_its_own_parameter(sender: str, parameter: str) -> None:
    """From for a number, a name or a channel address; MessagingServiceSid for a service."""
    fields = await send(TwilioServer(), sender=sender)
    assert fields[parameter] == [sender]
    assert len({"From", "MessagingServiceSid"} & set(fields)) == 1


async def test_a_call_with_say_has_its_own_twiml() -> None:
    """The TwiML is in the request, with the status callback's events."""
    server = TwilioServer()
    command = PlaceCall(to="+15005550006", say="Hello", language="pt-PT", timeout=30, record=True)
    async with serving(server), calling(server.url) as api:
        await api.place_call(command, SENDER, CALLBACK, 5)
    fields = server.fields[0]
    assert '<Say language="pt-PT">Hello</Say>' in fields["Twiml"][0]
    assert fields["From"] == [SENDER]
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (fields["Timeout"], fields["Record"]) == (["30"], ["true"])
    assert fields["RecordingStatusCallback"] == ["https://x/api/status/recording#rc=3&rp=all"]
    assert fields["RecordingStatusCallbackEvent"] == ["completed", "absent"]
    assert "Url" not in fields


async def test_an_api_key_authenticates_when_there_is_one() -> None:
    """With the account's own path."""
    server = TwilioServer()
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
async def test_an_error_of_twilio_becomes_ours(status: int, code: int, error: type[TwilioError]) -> None:
    """By Twilio's code."""
    async with serving(TwilioServer(refusing(status, code))) as server, calling(server.url) as api:
        with pytest.raises(TwilioError) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert type(raised.value) is error
    assert "+15005550006" not in str(raised.value)


async def test_a_rejection_has_twilios_message_for_the_event() -> None:
    """The event has it; a log does not."""
    async with serving(TwilioServer(refusing(400, 21211))) as server, calling(server.url) as api:
        with pytest.raises(Rejected) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert "no +15005550006" in raised.value.twilio_message
    assert raised.value.code == 21211


async def test_retry_after_is_kept() -> None:
    """The delay of a 429."""
    server = TwilioServer(refusing(429, 20429, {"Retry-After": "7"}))
    async with serving(server), calling(server.url) as api:
        with pytest.raises(Throttled) as raised:
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert raised.value.retry_after == 7


async def test_an_answer_that_is_no_json_is_an_unknown_outcome() -> None:
    """201 and an HTML page: the text may have been accepted."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", status=201)

    async with serving(TwilioServer(page)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_an_answer_that_never_comes_is_an_unknown_outcome() -> None:
    """The request left, and the whole time is limited."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(TwilioServer(hang)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_a_create_ends_within_its_own_seconds() -> None:
    """The caller's limit applies where it is shorter than the adapter's."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(TwilioServer(hang)) as server, calling(server.url, whole_seconds=30) as api:
        with pytest.raises(OutcomeUnknown, match=r"no answer within 0 s"):
            await api.send_text(TEXT, SENDER, CALLBACK, 0.2)


async def test_a_connection_cut_before_the_answer_is_an_unknown_outcome() -> None:
    """Twilio may have accepted the request."""

    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with serving(TwilioServer(cut)) as server, calling(server.url) as api:
        with pytest.raises(OutcomeUnknown):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_a_failed_connection_is_not_reached() -> None:
    """Nothing left this machine, so the text can be sent again."""
    async with serving(TwilioServer()) as server:
        gone = server.url
    async with calling(gone) as api:
        with pytest.raises(NotReached):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)


async def test_while_a_token_is_rotated_the_next_one_is_tried() -> None:
    """The first is invalid since the promotion, and nothing was accepted with it."""

    async def only_next(request: web.Request) -> web.StreamResponse:
        good = base64.b64encode(f"{ACCOUNT}:next".encode()).decode() in request.headers["Authorization"]
        return await (created if good else refusing(401, 20003))(request)

    server = TwilioServer(only_next)
    async with serving(server), calling(server.url, RotatingSecrets("old", "next")) as api:
        assert (await api.send_text(TEXT, SENDER, CALLBACK, 5)).sid
    assert server.passwords == ["old", "next"]


async def test_an_invalid_token_is_read_again_once() -> None:
    """A rotation without a second token: the vault has the new one already."""
    server = TwilioServer(refusing(401, 20003))
    async with serving(server), calling(server.url, RotatingSecrets("old", next_tokens=("new",))) as api:
        with pytest.raises(AccountFault):
            await api.send_text(TEXT, SENDER, CALLBACK, 5)
    assert server.passwords == ["old", "new"]


@pytest.mark.parametrize(
    ("region", "host"),
    [("", "api.twilio.com"), ("us1", "api.ashburn.us1.twilio.com"), ("ie1", "api.dublin.ie1.twilio.com")],
)
def test_a_region_has_a_host_of_its_own(region: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library alone would read TWILIO_REGION, and make a host without the edge."""
    monkeypatch.setenv("TWILIO_REGION", region)
    settings = Settings(account_sid=ACCOUNT, public_origin="https://voice.example.com", region=region)
    client = TwilioApi(settings, RotatingSecrets("one"))._client((ACCOUNT, "one"))
    assert client.get_hostname("https://api.twilio.com/2010-04-01") == f"https://{host}/2010-04-01"


async def test_a_region_does_not_move_the_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer may have one in the settings."""
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert (await send(TwilioServer()))["To"] == ["+15005550006"]
