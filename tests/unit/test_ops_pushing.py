"""A command put on its queue by an operator, and followed to its end."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ops.errors import OpsError
from ops.pushing import Request, push
from switchboard.delivery.deliver import deliver as deliver_message
from switchboard.delivery.states import CLAIMED
from switchboard.errors import StorageUnavailable
from switchboard.queues import QueueMessage
from tests.fakes import ENVIRONMENT, FakeServices
from tests.ops_desk import SETTINGS, TEXT, TO, FakeDesk, read


def request(*, wait: bool = False, within: str = "0s", **fields: object) -> Request:
    """A text, with what was left away on the command line."""
    return Request("sms-outbox", {"to": TO, "body": "Hello", "id": "", "media_urls": [], **fields}, wait, within)


async def test_a_command_is_on_its_queue_for_ever_with_an_id() -> None:
    """Made where none was given; what was left away is not there."""
    desk = FakeDesk()
    await push(desk, request())
    (message,) = desk.fakes.fake_queues.messages
    assert (message.queue, message.time_to_live) == ("sms-outbox", -1)
    command = json.loads(message.body)
    assert command == {"to": TO, "body": "Hello", "id": command["id"]}
    assert command["id"].startswith("ops-")


async def test_when_nobody_knows_whether_it_is_queued_the_id_is_told() -> None:
    """The answer may be what was lost: asked again by the same id it does not go out twice."""
    desk = FakeDesk()
    desk.fakes.fake_queues.error = StorageUnavailable("queue sms-outbox did not take a message")
    with pytest.raises(OpsError, match="could not be queued"):
        await push(desk, request())
    assert "ask again with --id ops-" in desk.said.notes[0]


async def test_it_is_followed_to_its_end() -> None:
    """By the record that a worker has written."""
    desk = FakeDesk()
    services = FakeServices(ENVIRONMENT, ledger=desk.fakes.memory, queues=desk.fakes.fake_queues)
    await deliver_message(services.delivery_context, QueueMessage("sms-outbox", "m1", TEXT.encode()))
    record = desk.fakes.record()
    stored = await desk.fakes.memory.read(record.key)
    assert stored is not None
    await desk.fakes.memory.replace(stored, msgspec.structs.replace(record, state="delivered", run="r"))
    await push(desk, request(wait=True, within="5s", id="t1"))
    assert "delivered" in desk.said.notes[-1]


@pytest.mark.parametrize(("state", "said"), [("failed", "ended as failed"), (CLAIMED, "is claimed after 1s")])
async def test_no_good_end_is_a_failure(state: str, said: str) -> None:
    """An end that is bad, or none in time."""
    desk = FakeDesk()
    claimed = read(TEXT).claim(SETTINGS, "run", datetime.now(UTC))
    await desk.fakes.memory.insert(msgspec.structs.replace(claimed, state=state))
    with pytest.raises(OpsError, match=said):
        await push(desk, request(wait=True, within="1s", id="t1"))


async def test_without_a_worker_the_app_is_what_to_look_at() -> None:
    """No record by then."""
    with pytest.raises(OpsError, match="is the app running"):
        await push(FakeDesk(), request(wait=True, within="1s"))
