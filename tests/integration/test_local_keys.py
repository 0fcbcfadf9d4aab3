"""The key of a run, in a running stack and in each part alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from azure.storage.queue import AccountSasPermissions, QueueClient, ResourceTypes, generate_account_sas
from yarl import URL

from local.addresses import Ports
from local.request_guard import KEY_HEADER
from local.run_file import RUN_FILE, read
from local.run_key import storage_key
from local.settings import ACCOUNT, ACCOUNT_KEY
from local.storage import Azurite, StorageOptions
from switchboard.adapters.storage_connection import DEVELOPMENT_STORAGE
from tests.integration.stack import ROOT, Stack, running, start

QUEUE = "sms-outbox"
MESSAGE = "<QueueMessage><MessageText>{}</MessageText></QueueMessage>"
# All that a browser sends with a form or `fetch` in mode no-cors.
BROWSER = {"Content-Type": "text/plain", "Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}


def public_key() -> str:
    """The key in Azurite's documentation, which every page can know."""
    return dict(part.partition("=")[::2] for part in DEVELOPMENT_STORAGE.split(";"))[ACCOUNT_KEY]


async def push_from_a_page(queue_port: int, account_key: str) -> int:
    """Put a message on the queue by a simple request, signed in its query: the status."""
    signed = generate_account_sas(
        ACCOUNT,
        account_key,
        ResourceTypes(service=True, container=True, object=True),
        AccountSasPermissions(add=True),
        datetime.now(UTC) + timedelta(hours=1),
    )
    url = URL(f"http://127.0.0.1:{queue_port}/{ACCOUNT}/{QUEUE}/messages?{signed}", encoded=True)
    async with aiohttp.ClientSession() as session, session.post(url, data=MESSAGE, headers=BROWSER) as response:
        return response.status


async def test_a_page_that_signs_with_the_public_key_pushes_nothing(azurite_of_its_own: StorageOptions) -> None:
    """With the key of the run the same request is taken: it is the key that is refused, and nothing else."""
    own = azurite_of_its_own
    options = StorageOptions(own.blob, own.queue, own.table, None, storage_key("key-of-the-run"))
    async with Azurite(options):
        with QueueClient.from_connection_string(options.connection_string, QUEUE) as queue:
            queue.create_queue()
            assert await push_from_a_page(options.queue, public_key()) == 403
            assert queue.peek_messages() == []
            assert await push_from_a_page(options.queue, options.account_key) == 201


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One without the demo."""
    with running(tmp_path_factory.mktemp("storage"), DEMO="0") as stack:
        yield stack


def test_the_key_is_printed_once_on_a_line_of_its_own(stack: Stack) -> None:
    """Before the parts start, so that no other line hides it."""
    assert len(stack.key) == 32
    assert [line for line in stack.lines if stack.key in line] == [f"key        {stack.key}"]
    assert stack.lines[0] == f"key        {stack.key}"


def test_the_file_has_the_addresses_and_the_key(stack: Stack) -> None:
    """For its owner only."""
    (run,) = [run for run in read() if run.key == stack.key]
    assert run.pid == stack.process.pid
    assert (run.functions, run.twilio) == (stack.ports.app_url, stack.ports.standin_url)
    assert run.storage == stack.storage
    assert RUN_FILE.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone: git ignores nothing here")
def test_git_ignores_the_file() -> None:
    """A key is never committed, nor the file that it is written to first."""
    names = [f"local/{RUN_FILE.name}", f"local/{RUN_FILE.name}.x1"]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == names


@pytest.mark.parametrize(("key", "status"), [("", 401), ("local", 401), (None, 202)])
async def test_the_admin_api_wants_the_key(stack: Stack, key: str | None, status: int) -> None:
    """The printed one; None is that."""
    url = f"{stack.ports.app_url}/admin/functions/measure_queues"
    headers = {KEY_HEADER: stack.key if key is None else key}
    async with aiohttp.ClientSession() as session, session.post(url, json={}, headers=headers) as response:
        assert response.status == status


async def test_the_stacks_azurite_refuses_the_public_key(stack: Stack) -> None:
    """A page puts no text on the queue of an app whose Twilio account may be real."""
    assert await push_from_a_page(stack.ports.queue, public_key()) == 403


@pytest.mark.parametrize("command", ["local push events {}", "ops deliveries list --local"])
def test_commands_in_another_terminal_need_no_key(stack: Stack, command: str) -> None:
    """Their settings have the emulator's public key; local/run.json has the right one."""
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env=stack.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def curl_of_the_guide(stack: Stack) -> str:
    """The command of docs/phone.md that switches a fault on, for this stack's port."""
    guide = (ROOT / "docs" / "phone.md").read_text()
    (command,) = [block for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL) if "/standin/faults" in block]
    return str(command).replace(Ports().standin_url, stack.ports.standin_url)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_fixed_key_is_the_users_choice_and_the_file_goes_with_the_run(tmp_path: Path) -> None:
    """`--key local`, or LOCAL_KEY; after Ctrl-C the file does not name the run any more."""
    with running(tmp_path, DEMO="0", LOCAL_KEY="local") as stack:
        assert stack.key == "local"
        assert [run for run in read() if run.pid == stack.process.pid]
        switched = subprocess.run(["sh", "-c", curl_of_the_guide(stack)], capture_output=True, text=True, check=True)
        assert {"name": "slow", "times": 1, "seconds": 3} in json.loads(switched.stdout)
        assert stack.stop() == 0
    assert not [run for run in read() if run.pid == stack.process.pid]


def test_the_parts_of_a_stack_that_cannot_start_are_not_published(stack: Stack, tmp_path: Path) -> None:
    """A second one on the same ports changes nothing about the first."""
    second = start(stack.ports, tmp_path, stack.environ)
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "key  " not in said
    assert [run.key for run in read() if run.twilio == stack.ports.standin_url] == [stack.key]
