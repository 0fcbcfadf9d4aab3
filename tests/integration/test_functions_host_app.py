"""The real function_app.py on the local host: webhooks in, texts out to Twilio's stand-in, events on their queue."""

from __future__ import annotations

import base64
import json
import random
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from local.settings import development_storage
from local.twilio.options import StandInOptions
from local.twilio.server import StandIn
from tests import published
from tests.functional.functions_host_app import Answer, App, eventually
from tests.integration.host_process import ROOT, HostProcess, host_process
from tests.integration.queues import Queues, open_queues
from tests.ports import free_port

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-test"
ORIGIN = "https://voice.example.com"
TO = "+15005550006"
FORM = "application/x-www-form-urlencoded"
CALL = {"CallSid": "CA" + "1" * 32, "From": TO, "To": "+15005550001", "Direction": "inbound"}
TEXT = {"MessageSid": "SM" + "1" * 32, "From": TO, "To": "+15005550001", "Body": "hours"}


def settings(connection: str, twilio: str) -> dict[str, str]:
    """The app's settings on this machine."""
    return {
        "AzureWebJobsStorage": connection,
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": twilio,
        "TWILIO_FROM": "+15005550001",
        "PUBLIC_BASE_URL": ORIGIN,
    }


@dataclass
class Stack:
    """The host with its queues and Twilio's stand-in."""

    host: HostProcess
    queues: Queues
    standin: StandIn

    async def texts(self, number: int) -> list[Mapping[str, Any]]:
        """What reached Twilio over the wire, once it is so many texts; within three seconds."""
        await eventually(lambda: len(self._asked()) >= number, seconds=3)
        return self._asked()

    def _asked(self) -> list[Mapping[str, Any]]:
        posts = (entry for entry in self.standin.wire.since(0) if (entry.direction, entry.method) == ("rest", "POST"))
        return [entry.parameters for entry in posts]

    async def events(self, number: int) -> list[dict[str, Any]]:
        """What lies on `events`, once it is so many."""
        await self.queues.until_count(number, "events")
        return [published.read(body) for body in await self.queues.bodies("events")]


@asynccontextmanager
async def stack(connection: str) -> AsyncIterator[Stack]:
    """The real app, with empty queues before it. No status callback leaves the stand-in."""
    options = StandInOptions(
        account_sid=ACCOUNT, auth_token=TOKEN, port=0, app_url="http://127.0.0.1:1", public_url=ORIGIN
    )
    async with open_queues(connection) as queues, StandIn(options) as standin:
        await queues.empty("events", "dead-letter", "sms-outbox", "sms-outbox-poison")
        async with host_process(ROOT, settings(connection, standin.url)) as host:
            yield Stack(host, queues, standin)


async def post(app: App, target: str, form: Mapping[str, str], *, signed: bool = True) -> Answer:
    """A webhook as Twilio sends it, signed for the public origin."""
    signature = RequestValidator(TOKEN).compute_signature(ORIGIN + target, form)
    headers = {"Content-Type": FORM} | ({"X-Twilio-Signature": signature} if signed else {})
    return await app.ask(target, "POST", body=urlencode(form).encode(), headers=headers)


@pytest.mark.parametrize("target", ["/api/voice/incoming", "/api/voice/incoming?a=%3D%3D"])
async def test_a_signed_call_is_answered(connection: str, target: str) -> None:
    """With TwiML; the query is part of what is signed, byte for byte."""
    async with stack(connection) as running:
        answer = await post(running.host.app, target, CALL)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert "<Gather" in answer.text


async def test_an_unsigned_call_is_refused(connection: str) -> None:
    """403, in one line."""
    async with stack(connection) as running:
        answer = await post(running.host.app, "/api/voice/incoming", CALL, signed=False)
    assert answer.status == 403
    assert answer.text.startswith("Not a webhook of Twilio's")


async def test_a_text_is_told_and_answered(connection: str) -> None:
    """One event lies on `events` when the answer is there."""
    async with stack(connection) as running:
        answer = await post(running.host.app, "/api/sms/incoming", TEXT)
        (event,) = await running.events(1)
    assert (answer.status, "<Message>" in answer.text) == (200, True)
    assert (event["type"], event["sid"], event["body"]) == ("switchboard.sms.received", TEXT["MessageSid"], "hours")


async def test_commands_reach_twilio(connection: str) -> None:
    """A text put on `sms-outbox` plain, and one in base64, within three seconds each; nothing is left behind."""
    command = json.dumps({"id": "t1", "to": TO, "body": "Hello world."})
    other = json.dumps({"id": "t2", "to": TO, "body": "Olá."})
    async with stack(connection) as running:
        await running.queues.put(command, queue="sms-outbox")
        await running.texts(1)
        await running.queues.put(base64.b64encode(other.encode()).decode(), queue="sms-outbox")
        asked = await running.texts(2)
        await running.queues.until_count(0, "sms-outbox")
        assert await running.queues.count("sms-outbox-poison") == 0
    assert [(text["To"], text["Body"]) for text in asked] == [(TO, "Hello world."), (TO, "Olá.")]


def noise() -> str:
    """As much as a message can hold: 64 KiB."""
    letters = random.Random(7).choices("abcXYZ{}[]\"':,0129 \\/", k=64 * 1024)  # noqa: S311 - not for secrets
    return "".join(letters)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"to":"0912"}', 'to: not E.164: "0912"'),
        ("{", ""),
        (noise(), ""),
        ('{"to": "+15005550006", "x": 1}', "unknown field"),
    ],
    ids=["number", "brace", "noise", "unknown"],
)
async def test_a_wrong_command_is_one_event(connection: str, body: str, reason: str) -> None:
    """With its reason: not tried again, nothing poisoned, Twilio not asked."""
    async with stack(connection) as running:
        await running.queues.put(body, queue="sms-outbox")
        (event,) = await running.events(1)
        await running.queues.until_count(0, "sms-outbox")
        assert await running.queues.count("sms-outbox-poison") == 0
        assert await running.queues.count("dead-letter") <= 0
        assert running.standin.wire.since(0) == []
    assert (event["type"], event["state"]) == ("switchboard.command.ended", "refused")
    assert event["reason"]
    assert reason in event["reason"]


async def test_without_storage_a_caller_is_answered_and_a_text_is_not_taken() -> None:
    """A call needs no storage; a text that cannot be published is 500, so that Twilio repeats the webhook."""
    port = free_port()
    environ = settings(development_storage(port, port, port), "http://127.0.0.1:1")
    async with host_process(ROOT, environ) as host:
        assert (await post(host.app, "/api/voice/incoming", CALL)).status == 200
        assert (await post(host.app, "/api/sms/incoming", TEXT)).status == 500
        assert (await post(host.app, "/api/voice/incoming", CALL)).status == 200


async def test_it_stops_without_a_word_of_what_it_left_open(connection: str) -> None:
    """The app's own connections, to Twilio and to storage, are closed with it."""
    async with stack(connection) as running:
        await running.queues.put('{"to":"0912"}', json.dumps({"to": TO, "body": "Hello"}), queue="sms-outbox")
        await running.texts(1)
        await running.events(1)
        await running.queues.until_count(0, "sms-outbox")
        assert await running.host.end(signal.SIGINT) == 0
        said = "\n".join(running.host.said)
    assert "Unclosed" not in said
    assert "Warning" not in said
    assert TO not in said
