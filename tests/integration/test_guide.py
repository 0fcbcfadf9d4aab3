"""Every command of the guide, and of the README's "Try it", run with a running stack."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.addresses import Ports
from tests.integration.stack import ROOT, Stack, running

ARRIVAL_SECONDS = 10


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack without the demo, whose texts and calls are those of the commands alone."""
    with running(tmp_path_factory.mktemp("storage"), DEMO="0") as stack:
        yield stack


@dataclass(frozen=True)
class Prints:
    """The command prints all of these words."""

    words: tuple[str, ...]

    def watch(self, stack: Stack) -> Callable[[str], None]:
        """Returns a check of its output."""

        def check(printed: str) -> None:
            missing = [word for word in self.words if word not in printed]
            assert not missing, f"{missing} not in:\n{printed}"

        return check


@dataclass(frozen=True)
class Arrives:
    """The command creates a new `messages` or `calls` entry at the stand-in, with these fields."""

    kind: str
    fields: tuple[tuple[str, str], ...]

    def watch(self, stack: Stack) -> Callable[[str], None]:
        """Returns a wait for it, counted from before the command."""
        before = self._count(stack)

        def check(_: str) -> None:
            deadline = time.monotonic() + ARRIVAL_SECONDS
            while self._count(stack) <= before:
                assert time.monotonic() < deadline, f"nothing arrived within {ARRIVAL_SECONDS} s"
                time.sleep(0.05)
            assert self._count(stack) == before + 1

        return check

    def _count(self, stack: Stack) -> int:
        found = [record for record in stack.listed(self.kind) if record["direction"] == "outbound-api"]
        return len([record for record in found if all(record[name] == value for name, value in self.fields)])


LOCAL = r"\./sb local"
# Each command matches one row.
EXPECTED: dict[str, Prints | Arrives] = {
    r"curl .*/api/health$": Prints(('"status":', '"ok"')),
    rf"{LOCAL} call .*--press 1$": Prints(("<Gather", "you press 1", "<Dial", "dials +15005550009", "completed")),
    rf"{LOCAL} call .*--press 3$": Prints(("you press 3", "<Record", "records for up to", "completed")),
    rf'{LOCAL} text .* "?hours"?$': Prints(("<Message>We are open", "→ texts: We are open")),
    rf"{LOCAL} push call-outbox .*15005550006.*say.*Hello": Arrives("calls", (("to", "+15005550006"),)),
    rf"{LOCAL} push call-outbox .*15005550009.*url": Arrives("calls", (("to", "+15005550009"),)),
    rf"{LOCAL} push sms-outbox .*Hello world": Arrives("messages", (("to", "+15005550006"), ("body", "Hello world."))),
}


def commands() -> list[str]:
    """Each line of each `sh` block."""
    guide = (ROOT / "docs" / "guide.md").read_text()
    try_it = (ROOT / "README.md").read_text().partition("## Try it")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", guide + try_it, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def expectation(command: str) -> Prints | Arrives:
    """The only row for a command."""
    rows = [expected for pattern, expected in EXPECTED.items() if re.match(pattern, command)]
    assert len(rows) == 1, f"{len(rows)} rows for {command}"
    return rows[0]


def on_this_stack(command: str, ports: Ports) -> str:
    """The command with this Python, and this stack's addresses in place of the usual ones."""
    usual = Ports()
    program = command.replace("./sb", f"{shlex.quote(sys.executable)} local/sb.py")
    return program.replace(usual.app_url, ports.app_url).replace(usual.standin_url, ports.standin_url)


def test_every_command_has_a_row() -> None:
    """And every row has a command."""
    assert len(commands()) >= 10
    unused = [pattern for pattern in EXPECTED if not any(re.match(pattern, command) for command in commands())]
    assert not unused


@pytest.mark.parametrize("command", commands())
def test_a_command_does_what_the_page_says(stack: Stack, command: str) -> None:
    """Exit code 0, and the expected output or the new entry."""
    if command.startswith("curl") and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    check = expectation(command).watch(stack)
    done = subprocess.run(
        ["sh", "-c", on_this_stack(command, stack.ports)],
        cwd=Path(ROOT),
        env=stack.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check(done.stdout)
