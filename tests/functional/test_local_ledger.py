"""Messages that the app refuses, heard from its log: there is no record of them, and no request."""

from __future__ import annotations

import json

import pytest

from local.functions_host.log import Log, forwarding
from local.ledger import hearing, refusal
from local.twilio.deliveries import Kept
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import deliver, serving

REFUSED = [
    ("sms-outbox", '{"to": "0912", "body": "Hello"}', "text", "to: not E.164"),
    ("call-outbox", '{"to": "+15005550006"}', "call", "say, url, twiml: exactly one of them"),
    ("sms-outbox", "Hello", "text", "the message is not JSON, nor base64 of JSON"),
]


class Shown:
    """A page that remembers."""

    is_watched = True

    def __init__(self) -> None:
        self.kept: list[Kept] = []

    def keep(self, kept: Kept) -> None:
        """Show it."""
        self.kept.append(kept)


async def said_of(queue: str, body: str, **settings: str) -> list[str]:
    """What the host says when its app is given a message."""
    said: list[str] = []
    with forwarding(Log(said.append)), serving(FakeServices({**ENVIRONMENT, **settings})):
        await deliver(queue, body)
    return said


@pytest.mark.parametrize(("queue", "body", "kind", "reason"), REFUSED)
async def test_what_the_app_refuses_is_shown_with_its_reason(queue: str, body: str, kind: str, reason: str) -> None:
    """By what the app really logs; the message is known by the queue's id of it."""
    page, told = Shown(), list[str]()
    hear = hearing(page, told.append)
    said = await said_of(queue, body)
    for line in said:
        hear(line)
    (kept,) = page.kept
    assert (kept.kind, kept.state, kept.reason, kept.to) == (kind, "refused", reason, "")
    assert kept.id == kept.reference != ""
    assert told == said


async def test_a_command_that_ends_with_a_record_is_left_to_its_record() -> None:
    """Refused by a setting: the record has its number and id, which the log may not hold."""
    command = {"id": "t1", "to": "+15005550006", "body": "Hello"}
    said = await said_of("sms-outbox", json.dumps(command), ALLOWED_DESTINATIONS="+351")
    assert any("event=command_ended state=refused" in line for line in said)
    assert [refusal(line) for line in said] == [None] * len(said)
