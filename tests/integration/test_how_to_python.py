"""The Python of docs/how-to.md: sends commands, consumes events, fetches a recording, and deletes at Twilio.

PowerShell is not run: the request that the page's script makes is sent to Azurite by Python.
"""

import asyncio
import json
import re
import textwrap
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
import requests
from azure.storage.queue import AccountSasPermissions, QueueClient, ResourceTypes, generate_account_sas

from switchboard.commands import COMMAND_TYPES, parse
from switchboard.queues import read_json
from tests.doc_commands import page
from tests.functional.twilio_standin_app import ACCOUNT, NUMBER, PHONE, TOKEN, rest, running

HOW_TO = page("how-to.md")
OTHER = "+15005550044"
EVENT = {
    "specversion": "1.0",
    "id": "sms.status:x:sms:order-4711-shipped:0:undelivered",
    "source": "/switchboard/AC00000000000000000000000000000000",
    "type": "switchboard.sms.status",
    "time": "2026-01-31T09:00:00Z",
    "datacontenttype": "application/json",
    "data": {"sid": "SM1", "state": "undelivered", "command_id": "order-4711-shipped", "error_code": 30003},
}
# The address in the page, by an Azure login; here it is Azurite's.
IN_AZURE = (
    r'QueueClient\(\s*"https://<account>\.queue\.core\.windows\.net", "([a-z-]+)", '
    r"credential=DefaultAzureCredential\(\)\s*\)"
)
ON_AZURITE = r'QueueClient.from_connection_string(CONNECTION, "\1")'


def block(name: str) -> str:
    """The code of the page's block."""
    ((_, code),) = re.findall(rf"^( *)```python {name}\n(.*?)^ *```", HOW_TO, re.MULTILINE | re.DOTALL)
    return textwrap.dedent(code)


def run(name: str, connection: str) -> dict[str, Any]:
    """Run a block that uses a queue, on Azurite: what it defined."""
    code, replaced = re.subn(IN_AZURE, ON_AZURITE, block(name))
    assert replaced == 1
    names: dict[str, Any] = {"CONNECTION": connection}
    exec(code, names)  # noqa: S102  # the page's own
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
    """Each Python block of the page has a name, and a test here."""
    named = ["send", "call", "consume-function", "consume-loop", "download", "delete-at-twilio"]
    assert re.findall(r"```python ?(.*)", HOW_TO) == named


@pytest.mark.parametrize(("name", "outbox"), [("send", "sms-outbox"), ("call", "call-outbox")])
def test_a_command_is_sent(queue: Callable[[str], QueueClient], connection: str, name: str, outbox: str) -> None:
    """It is a command as the app reads it."""
    with queue(outbox) as messages:
        run(name, connection)
        (message,) = messages.receive_messages()
    command = parse(COMMAND_TYPES[outbox], read_json(message.content.encode()))
    assert "4711" in command.id


def test_the_request_of_powershell_is_a_command(queue: Callable[[str], QueueClient], connection: str) -> None:
    """Path, query, body and content type of the page; a signature stands in for the bearer token."""
    script = re.findall(r"```powershell\n(.*?)```", HOW_TO, re.DOTALL)[0]
    (command,) = re.findall(r"\$command = '(.*)'", script)
    (path,) = re.findall(r'-Uri "https://<account>\.queue\.core\.windows\.net/(.*?)"', script)
    (body,) = re.findall(r'-Body "(.*)"', script)
    (content_type,) = re.findall(r'-ContentType "(.*)"', script)
    with queue("sms-outbox") as outbox:
        signed = generate_account_sas(
            str(outbox.account_name),
            outbox.credential.account_key,
            ResourceTypes(object=True),
            AccountSasPermissions(add=True),
            datetime.now(UTC) + timedelta(minutes=5),
        )
        sent = requests.post(
            f"{outbox.url.removesuffix('sms-outbox')}{path}&{signed}",
            data=body.replace("$text", b64encode(command.encode()).decode()),
            headers={"Content-Type": content_type, "x-ms-version": "2021-12-02"},
            timeout=10,
        )
        assert sent.status_code == 201, sent.text
        (message,) = outbox.receive_messages()
    assert parse(COMMAND_TYPES["sms-outbox"], read_json(message.content.encode())).id == "order-4711-shipped"


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
    """The same id a second time is ignored; the trigger is the one of the page."""
    names: dict[str, Any] = {}
    exec(block("consume-function"), names)  # noqa: S102  # the page's own
    (function,) = names["app"].get_functions()
    handle: Callable[..., Awaitable[None] | None] = function.get_user_function()
    for _ in range(2):
        handle(message=func.QueueMessage(id="1", body=json.dumps(EVENT).encode()))
    assert capsys.readouterr().out == "order-4711-shipped was not delivered: 30003\n"
    assert function.get_trigger().queue_name == "events"


async def test_a_recording_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a WAV file, by the account's credentials."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    names: dict[str, Any] = {}
    exec(block("download"), names)  # noqa: S102  # the page's own
    async with running() as (_, standin):
        recording = standin.account.add_recording(call_sid="CA1", seconds=1, source="RecordVerb")
        url = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording.sid}"
        event = {"data": {"sid": recording.sid, "url": url}}
        path = await asyncio.to_thread(names["download"], event, tmp_path)
    assert path.read_bytes()[:4] == b"RIFF"


async def test_what_twilio_has_of_a_person_is_deleted() -> None:
    """Texts and calls in both directions, and recordings; what is of others stays."""
    names: dict[str, Any] = {}
    exec(block("delete-at-twilio"), names)  # noqa: S102  # the page's own
    async with running() as (_, standin):
        account = standin.account
        for to, sender in ((PHONE, NUMBER), (NUMBER, PHONE), (OTHER, NUMBER)):
            account.add_message(to=to, sender=sender, body="Hello", status="delivered", direction="outbound-api")
            call = account.add_call(to=to, sender=sender, direction="outbound-api")
            call.status = "completed"
            account.add_recording(call_sid=call.sid, seconds=1, source="RecordVerb")
        await asyncio.to_thread(names["delete_at_twilio"], rest(standin), PHONE)
        assert [message.to for message in account.messages.values()] == [OTHER]
        assert [each.to for each in account.calls.values()] == [OTHER]
        assert len(account.recordings) == 1
