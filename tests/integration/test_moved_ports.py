"""A clone whose stack runs on other ports: in another terminal no command needs an option."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.addresses import Ports
from local.run_file import read
from tests.integration.stack import END_SECONDS, NUMBERS, ROOT
from tests.ports import free_port

PHONE = "+15005550006"
# A company's network has a proxy, which cannot reach this machine: nothing listens at this one.
PROXY = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
SHELL = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **PROXY}
COPIED = ("local", "ops", "switchboard")
FILES = ("function_app.py", "host.json", "local.settings.example.json", "sb")
IGNORED = shutil.ignore_patterns("node_modules", "storage", "run.json*", "__pycache__")

pytestmark = pytest.mark.skipif(not Path(sys.prefix, "bin", "python").exists(), reason="Windows has another .venv")


class Clone:
    """A clone that is installed: its stack, and its commands in a fresh shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
        for name in FILES:
            shutil.copy(ROOT / name, folder)
        shutil.copy(NUMBERS, folder)
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "local" / "node_modules").symlink_to(ROOT / "local" / "node_modules")

    def start(self, ports: Ports) -> subprocess.Popen[str]:
        """Start the stack, and wait until it is up."""
        moved = (
            *("--port", ports.functions, "--twilio-port", ports.twilio, "--blob-port", ports.blob),
            *("--queue-port", ports.queue, "--table-port", ports.table, "--no-demo"),
        )
        process = subprocess.Popen(
            [self.folder / "sb", "local", "run", *map(str, moved)],
            cwd=self.folder,
            env=SHELL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("try "):
                return process
        raise AssertionError("".join(said))

    def sb(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [self.folder / "sb", *arguments],
            cwd=self.folder,
            env=SHELL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """One whose stack runs on free ports."""
    clone = Clone(tmp_path_factory.mktemp("clone"))
    ports = Ports(**{name: free_port() for name in ("functions", "twilio", "blob", "queue", "table")})
    process = clone.start(ports)
    try:
        yield clone
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=END_SECONDS)
    assert not (clone.folder / "local" / "run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["local", "text", "--from", PHONE, "hours"], "POST /api/sms/incoming  200"),
        (["local", "call", "--from", PHONE, "--press", "1"], "POST /api/voice/incoming  200"),
        (["local", "push", "sms-outbox", f'{{"id": "moved", "to": "{PHONE}", "body": "Hello."}}'], "on sms-outbox"),
        (["ops", "send-text", "--to", PHONE, "Hello.", "--wait", "--local"], "delivered"),
        (["ops", "deliveries", "list", "--local"], "delivered"),
        (["ops", "doctor", "--local"], "ok  app"),
        (["local", "events"], "switchboard.sms."),
        (["ops", "events", "--local"], "switchboard.sms."),
    ],
)
def test_a_command_needs_no_option(clone: Clone, arguments: list[str], printed: str) -> None:
    """It reads local/run.json."""
    done = clone.sb(*arguments)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout


def test_the_file_is_its_owners_alone(clone: Clone) -> None:
    """It has the key and the account key of the run."""
    path = clone.folder / "local" / "run.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [bool(run.key and run.storage) for run in read(path)] == [True]


def test_a_wrong_port_names_where_the_run_is(clone: Clone) -> None:
    """Not that nothing runs."""
    (run,) = read(clone.folder / "local" / "run.json")
    done = clone.sb("local", "text", "--from", PHONE, "hours", "--twilio-port", "1")
    assert done.returncode == 1
    assert f"`make run` runs at {run.functions}, {run.twilio}" in done.stderr
