"""The Python of the guide: sends a command, and consumes an event by a loop and by a queue-triggered function."""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from azure.storage.queue import QueueClient

from switchboard.commands import COMMAND_TYPES, parse
from switchboard.queues import read_json

GUIDE = (Path(__file__).parents[2] / "docs" / "guide.md").read_text()
EVENT = {
    "specversion": "1.0",
    "id": "sms.status:x:sms:order-4711-shipped:0:undelivered",
    "source": "/switchboard/AC00000000000000000000000000000000",
    "type": "switchboard.sms.status",
    "time": "2026-01-31T09:00:00Z",
    "datacontenttype": "application/json",
    "data": {"sid": "SM1", "state": "undelivered", "command_id": "order-4711-shipped", "error_code": 30003},
}
# The address in the guide, by an Azure login; here it is Azurite's.
IN_AZURE = (
    r'QueueClient\(\s*"https://<account>\.queue\.core\.windows\.net", "([a-z-]+)", '
    r"credential=DefaultAzureCredential\(\)\s*\)"
)
ON_AZURITE = r'QueueClient.from_connection_string(CONNECTION, "\1")'


def block(name: str) -> str:
    """The code of the guide's block."""
    (code,) = re.findall(rf"```python {name}\n(.*?)```", GUIDE, re.DOTALL)
    return str(code)


def run(name: str, connection: str) -> dict[str, Any]:
    """Run a block that uses a queue, on Azurite: what it defined."""
    code, replaced = re.subn(IN_AZURE, ON_AZURITE, block(name))
    assert replaced == 1
    names: dict[str, Any] = {"CONNECTION": connection}
    exec(code, names)  # noqa: S102  # the guide's own
    return names


@pytest.fixture
def queue(connection: str) -> Callable[[str], QueueClient]:
    """Makes a queue, empty."""

    def empty(name: str) -> QueueClient:
        client = QueueClient.from_connection_string(connection, name)
        client.create_queue() if name not in existing else client.clear_messages()
        return client

    from azure.storage.queue import QueueServiceClient

    with QueueServiceClient.from_connection_string(connection) as service:
        existing = {each.name for each in service.list_queues()}
    return empty


def test_every_block_is_run() -> None:
    """Each Python block of the guide has a name, and a test here."""
    assert re.findall(r"```python(.*)", GUIDE) == [" send", " consume-function", " consume-loop"]


def test_a_command_is_sent(queue: Callable[[str], QueueClient], connection: str) -> None:
    """It is a command as the app reads it."""
    with queue("sms-outbox") as outbox:
        run("send", connection)
        (message,) = outbox.receive_messages()
    command = parse(COMMAND_TYPES["sms-outbox"], read_json(message.content.encode()))
    assert command.id == "order-4711-shipped"


def test_a_loop_takes_events(
    queue: Callable[[str], QueueClient], connection: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads each, and deletes it."""
    with queue("events") as events:
        events.send_message(json.dumps(EVENT))
        run("consume-loop", connection)
        assert list(events.receive_messages()) == []
    assert capsys.readouterr().out == f"{EVENT['type']} {EVENT['id']}\n"


def test_a_function_takes_an_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The same id a second time is ignored; the trigger is the one of the guide."""
    names: dict[str, Any] = {}
    exec(block("consume-function"), names)  # noqa: S102  # the guide's own
    (function,) = names["app"].get_functions()
    handle: Callable[..., Awaitable[None] | None] = function.get_user_function()
    for _ in range(2):
        handle(message=func.QueueMessage(id="1", body=json.dumps(EVENT).encode()))
    assert capsys.readouterr().out == "order-4711-shipped was not delivered: 30003\n"
    assert function.get_trigger().queue_name == "events"
