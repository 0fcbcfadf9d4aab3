"""Messages that the app refuses, read from its log: they have no record, and no request."""

from __future__ import annotations

import json

import pytest

from local.functions_host.log import Log, forwarding
from local.ledger import refusal, showing_refusals
from local.twilio.deliveries import AppRecord
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import deliver, serving

REFUSED = [
    ("sms-outbox", '{"to": "0912", "body": "Hello"}', "text", "to: not E.164"),
    ("call-outbox", '{"to": "+15005550006"}', "call", "say, url, twiml: exactly one of them"),
    ("sms-outbox", "Hello", "text", "the message is not JSON, nor base64 of JSON"),
]


class OpenPage:
    """An open page that keeps its records."""

    is_page_open = True

    def __init__(self) -> None:
        self.records: list[AppRecord] = []

    def show_record(self, record: AppRecord) -> None:
        """Keep it."""
        self.records.append(record)


async def logged_by(queue: str, body: str, **settings: str) -> list[str]:
    """The host's lines when its app gets a message."""
    lines: list[str] = []
    with forwarding(Log(lines.append)), serving(FakeServices({**ENVIRONMENT, **settings})):
        await deliver(queue, body)
    return lines


@pytest.mark.parametrize(("queue", "body", "kind", "reason"), REFUSED)
async def test_a_refused_message_is_shown_with_its_reason(queue: str, body: str, kind: str, reason: str) -> None:
    """From the app's real log line; the record's id is the queue's message id."""
    page, written = OpenPage(), list[str]()
    say = showing_refusals(page, written.append)
    lines = await logged_by(queue, body)
    for line in lines:
        say(line)
    (record,) = page.records
    assert (record.kind, record.state, record.reason, record.to) == (kind, "refused", reason, "")
    assert record.id == record.reference != ""
    assert written == lines


async def test_a_command_that_ends_with_a_record_is_no_refusal() -> None:
    """Refused by a setting: the record has its number and id, which the log must not contain."""
    command = {"id": "t1", "to": "+15005550006", "body": "Hello"}
    lines = await logged_by("sms-outbox", json.dumps(command), ALLOWED_DESTINATIONS="+351")
    assert any("event=command_ended state=refused" in line for line in lines)
    assert [refusal(line) for line in lines] == [None] * len(lines)
