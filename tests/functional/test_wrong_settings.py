"""Commands that arrive while the settings are wrong: they wait until the settings are corrected."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree

import pytest
from aiohttp import web

from switchboard import services
from switchboard.blueprints.delivery import TryAgain
from tests.doubles import ACCOUNT, NOT_PUT, PUT, answering
from tests.functions import deliver

TEXT = {"id": "t1", "to": "+15005550010", "body": "Hello world."}
WITHOUT_ID = {"to": "+15005550010", "body": "Hello world."}


@dataclass
class Storage:
    """Puts, as queue, body and invisible seconds; `status` is the answer to a put."""

    status: int = 201
    puts: list[tuple[str, str, int]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Accepts a message, or refuses it."""
        if self.status >= 400:
            return web.Response(status=self.status, text=NOT_PUT.format(quoted=""), content_type="application/xml")
        message = ElementTree.fromstring(await request.text())  # noqa: S314  # our own SDK's
        hidden = int(request.query["visibilitytimeout"])
        self.puts.append((request.path.split("/")[2], message.findtext("MessageText") or "", hidden))
        return web.Response(status=201, text=PUT, content_type="application/xml")


@asynccontextmanager
async def misconfigured(monkeypatch: pytest.MonkeyPatch, storage: Storage) -> AsyncIterator[None]:
    """A worker whose settings lack the account and have the storage."""
    async with answering(storage.handle) as url:
        monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
        monkeypatch.setenv("AzureWebJobsStorage", f"{ACCOUNT};QueueEndpoint={url}/test;")
        previous = services.replace(None)
        try:
            yield
        finally:
            services.replace(previous)


@pytest.mark.parametrize("command", [TEXT, WITHOUT_ID])
async def test_a_command_waits_and_keeps_its_id(command: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not use up its five tries, and returns as the same command."""
    storage = Storage()
    async with misconfigured(monkeypatch, storage):
        await deliver("sms-outbox", json.dumps(command), "m1")
    ((queue, body, hidden),) = storage.puts
    envelope = json.loads(body)
    assert (queue, hidden) == ("sms-outbox", 120)
    assert (envelope["command"], envelope["id"], envelope["attempt"]) == (command, command.get("id", "m1"), 0)


async def test_an_envelope_keeps_its_attempt_and_gains_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for corrected settings does not count against the command."""
    copy = {"command": TEXT, "id": "t1", "attempt": 3, "first_seen": "2026-01-31T09:00:00Z"}
    storage = Storage()
    async with misconfigured(monkeypatch, storage):
        await deliver("sms-outbox", json.dumps(copy))
    waited = {**copy, "queued_at": copy["first_seen"], "paused": 120}
    assert [json.loads(body) for _, body, _ in storage.puts] == [waited]


@pytest.mark.parametrize("body", [json.dumps(WITHOUT_ID), json.dumps(TEXT), "{"])
async def test_a_poison_message_stays_in_its_poison_queue(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new id it would be a new command, and could be sent twice."""
    storage = Storage()
    async with misconfigured(monkeypatch, storage):
        await deliver("sms-outbox-poison", body, "p1")
    assert storage.puts == [("sms-outbox-poison", body, 120)]


async def test_a_message_that_cannot_be_requeued_fails_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host delivers it again."""
    async with misconfigured(monkeypatch, Storage(status=403)):
        with pytest.raises(TryAgain):
            await deliver("sms-outbox", json.dumps(TEXT))
