"""The commands of docs/how-to.md, run against the local stack after a text as in its example.

Not run: `az` and `azd`, which need a subscription; `ops numbers check` and `make test`, which read the team's own
files. tests/unit/test_how_to.py parses those.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.storage import StorageOptions
from tests.doc_commands import filled, ops_commands, page, shell_lines
from tests.integration.ops_stack import ACCOUNT, TOKEN, Stack, running

HOW_TO = page("how-to.md")
PERSON = "+15005550006"
TEAMS_OWN = "numbers check"
COMMANDS = [command for command in ops_commands(HOW_TO) if not command.startswith(TEAMS_OWN)]

EXPECTED = {
    "deliveries show": "delivered",
    "deliveries list": PERSON,
    "lookup": f"sms:order-4711-shipped  to {PERSON}  delivered",
    f"forget {PERSON} --dry-run": "kept: sms:order-4711-shipped, a copy of its message may be on the queue until",
    f"forget {PERSON}": "kept: sms:order-4711-shipped",
}


@pytest.fixture(scope="module")
def stack(azurite: StorageOptions) -> Iterator[Stack]:
    """A running stack that has sent the text of the page."""
    with running(azurite.connection_string) as stack:
        stack.empty()
        stack.ops("send-text", "--to", PERSON, "Your order is on its way.", "--id", "order-4711-shipped", "--wait")
        yield stack


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    """The longest row that a command begins with is its own."""
    rows = {row_of(command) for command in COMMANDS}
    assert rows == set(EXPECTED)


def row_of(command: str) -> str:
    """The row of a command."""
    return max((row for row in EXPECTED if command.startswith(row)), key=len)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_what_the_page_says(stack: Stack, command: str) -> None:
    """Exit code 0, and the words of its row."""
    result = stack.ops(*filled(command))
    assert (result.code, EXPECTED[row_of(command)] in result.stdout) == (0, True), result


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_recording_is_downloaded(stack: Stack, tmp_path: Path) -> None:
    """By the page's line of curl."""
    (line,) = [line for line in shell_lines(HOW_TO) if line.startswith("curl")]
    recording = stack.standin.account.add_recording(call_sid="CA1", seconds=1, source="RecordVerb")
    environ = {
        "PATH": "/usr/bin:/bin",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "RECORDING_URL": f"{stack.standin.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording.sid}",
    }
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environ, check=True, timeout=30)
    assert (tmp_path / shlex.split(line)[shlex.split(line).index("--output") + 1]).read_bytes()[:4] == b"RIFF"
