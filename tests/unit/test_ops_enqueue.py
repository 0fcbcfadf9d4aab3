"""An operator's command is put on its queue, and its delivery followed to the end."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from azure.core.exceptions import ClientAuthenticationError

from ops.enqueue import EnqueueRequest, enqueue
from ops.errors import NO_LOGIN, OpsError, explain
from switchboard.delivery.deliver import deliver as deliver_message
from switchboard.delivery.states import CLAIMED
from switchboard.errors import StorageUnavailable
from switchboard.queues import QueueMessage
from tests.fakes import ENVIRONMENT, FakeServices
from tests.ops_context import SETTINGS, TEXT, TO, FakeCommandContext, read


def request(*, wait: bool = False, within: str = "0s", **fields: object) -> EnqueueRequest:
    """Returns a request for a text, with options that were not given."""
    return EnqueueRequest("sms-outbox", {"to": TO, "body": "Hello", "id": "", "media_urls": [], **fields}, wait, within)


async def test_a_command_is_queued_with_an_id_and_never_expires() -> None:
    """An id is made when none is given; options that were not given are absent."""
    context = FakeCommandContext()
    await enqueue(context, request())
    (message,) = context.fakes.fake_queues.messages
    assert (message.queue, message.time_to_live) == ("sms-outbox", -1)
    command = json.loads(message.body)
    assert command == {"to": TO, "body": "Hello", "id": command["id"]}
    assert command["id"].startswith("ops-")


async def test_when_storage_does_not_answer_the_id_is_printed() -> None:
    """The answer may be what was lost: with the same id the command is not sent twice."""
    context = FakeCommandContext()
    context.fakes.fake_queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(OpsError, match="was not queued"):
        await enqueue(context, request())
    assert "Try again with --id ops-" in context.fake_terminal.notes[0]


async def test_without_a_login_nothing_was_queued() -> None:
    """That is certain, so the id is of no use, and the sentence is that of every command."""
    context = FakeCommandContext()
    away = StorageUnavailable("queue sms-outbox did not take a message")
    away.__cause__ = ClientAuthenticationError("quoted words")
    context.fakes.fake_queues.error = away
    with pytest.raises(StorageUnavailable) as raised:
        await enqueue(context, request())
    assert explain(raised.value) == NO_LOGIN
    assert context.fake_terminal.notes == []


@pytest.mark.parametrize(
    ("state", "said"),
    [("delivered", "t1: already sent 4 min ago, nothing new"), ("failed", "t1: already failed 4 min ago, nothing new")],
)
async def test_an_id_that_was_sent_before_sends_nothing_new(state: str, said: str) -> None:
    """Nothing is queued; the end is that of the earlier delivery."""
    context = FakeCommandContext()
    claimed = read(TEXT).claim(SETTINGS, "r", datetime.now(UTC))
    seen = datetime.now(UTC) - timedelta(minutes=4, seconds=5)
    await context.fakes.memory.insert(msgspec.structs.replace(claimed, state=state, first_seen=seen))
    with nullcontext() if state == "delivered" else pytest.raises(OpsError, match="ended as failed"):
        await enqueue(context, request(wait=True, within="1s", id="t1"))
    assert context.fake_terminal.notes[0] == said
    assert context.fakes.fake_queues.messages == []


async def test_a_delivery_is_followed_to_its_end() -> None:
    """By the record that a worker writes. The end is the answer, and is not printed twice."""
    context = FakeCommandContext()
    services = FakeServices(ENVIRONMENT, ledger=context.fakes.memory, queues=context.fakes.fake_queues)
    await deliver_message(services.delivery_context, QueueMessage("sms-outbox", "m1", TEXT.encode()))
    record = context.fakes.record()
    stored = await context.fakes.memory.read(record.key)
    assert stored is not None
    await context.fakes.memory.replace(stored, msgspec.structs.replace(record, state="delivered", run="r"))
    await enqueue(context, request(wait=True, within="5s", id="t1"))
    assert [note for note in context.fake_terminal.notes if "delivered" in note] == []
    (answer,) = context.fake_terminal.answers
    assert isinstance(answer, dict)
    assert answer["delivery"]["state"] == "delivered"


@pytest.mark.parametrize(("state", "expected"), [("failed", "ended as failed"), (CLAIMED, "is claimed after 1s")])
async def test_any_other_end_is_a_failure(state: str, expected: str) -> None:
    """A failed delivery, or no end in time."""
    context = FakeCommandContext()
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    await context.fakes.memory.insert(msgspec.structs.replace(claimed, state=state))
    with pytest.raises(OpsError, match=expected):
        await enqueue(context, request(wait=True, within="1s", id="t1"))


async def test_without_a_worker_the_error_names_doctor() -> None:
    """There is no record in time."""
    with pytest.raises(OpsError, match="ops doctor"):
        await enqueue(FakeCommandContext(), request(wait=True, within="1s"))
