"""`make run`: the whole stack in one terminal, from its first line to Ctrl-C."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient

from switchboard.queues import QUEUES
from tests.integration.stack import ROOT, START_SECONDS, Stack, command_line, is_running, running, start

# Long enough to be there still when the next run starts, and not much longer.
HIDDEN_SECONDS = 3

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="children are read from /proc")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that has run the demo."""
    with running(tmp_path_factory.mktemp("storage"), DEMO="1") as stack:
        yield stack


@pytest.mark.parametrize("part", ["storage", "twilio", "functions"])
def test_the_start_of_each_part_is_reported(stack: Stack, part: str) -> None:
    """With its duration and its address."""
    line = stack.wait_for(f"{part:<9}  up after ")
    assert re.search(r"up after \d+\.\d s: \S", line)


@pytest.mark.parametrize("name", QUEUES)
def test_each_queue_exists_from_the_start(stack: Stack, name: str) -> None:
    """A consumer may wait on `events` before the first event, and an operator look into `dead-letter`."""
    with QueueClient.from_connection_string(stack.storage, name) as queue:
        assert queue.get_queue_properties().name == name


@pytest.mark.parametrize(
    "shown",
    [
        r" ms  \+15005550006 calls → <Response>.*<Gather",
        r' ms  \+15005550006 texts "hours" → <Response><Message>We are open',
        r' ms  sms-outbox \{"id": "demo-.*\} → text to \+15005550006 is queued SM[0-9a-f]{32} → delivered$',
        r' ms  call-outbox \{"id": "demo-.*\} → call to \+15005550006 is queued CA[0-9a-f]{32} → completed$',
    ],
)
def test_the_demo_shows_the_main_job(stack: Stack, shown: str) -> None:
    """A call and a text in, a text and a call out: one line each, with its time."""
    (line,) = [line for line in stack.lines if re.search(shown, line)]
    assert re.match(r"demo +\d", line)


def test_the_demos_lines_are_not_repeated(stack: Stack) -> None:
    """Neither by the stand-in nor by the host."""
    before = stack.lines[: stack.lines.index(stack.wait_for("try "))]
    assert not [line for line in before if re.match(r"(twilio|functions) +\d", line)]


def test_the_demos_texts_and_calls_are_at_the_stand_in(stack: Stack) -> None:
    """With their ids."""
    marks = {found for line in stack.lines for found in re.findall(r"Hello world\. \((demo-\w+)\)", line)}
    assert len(marks) == 1
    sent = [text for text in stack.listed("messages") if text["direction"] == "outbound-api"]
    assert [text["body"] for text in sent] == [f"Hello world. ({marks.pop()})"]
    assert [call["to"] for call in stack.listed("calls") if call["direction"] == "outbound-api"] == ["+15005550006"]


def test_the_suggested_commands_work(stack: Stack) -> None:
    """By the settings of this stack, since others may run; test_moved_ports.py has a stack of its own clone."""
    commands = [line.partition("try        ")[2] for line in stack.lines if line.startswith("try        ./sb ")]
    assert len(commands) == 3
    texts = len(stack.listed("messages"))
    for command in commands:
        typed = command.replace("./sb", f"{shlex.quote(sys.executable)} local/sb.py")
        run = ["sh", "-c", typed]
        subprocess.run(run, cwd=ROOT, env=stack.environ, stdout=subprocess.DEVNULL, check=True, timeout=60)
    stack.wait_for('text to +15005550006: "Hello world." queued')
    assert len(stack.listed("messages")) >= texts + 3


def test_a_second_stack_reports_the_taken_port_and_its_holder(stack: Stack, tmp_path: Path) -> None:
    """Exit code 1 and one sentence; nothing is started."""
    second = start(stack.ports, tmp_path / "second", stack.environ)
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    (line,) = said.splitlines()
    assert line.startswith(f"! port {stack.ports.functions}, wanted for the Functions host, is taken by ")
    assert not (tmp_path / "second").exists()
    if sys.platform == "linux":
        assert f"-m local host --port {stack.ports.functions}" in line


@linux_only
def test_ctrl_c_ends_all_parts(tmp_path: Path) -> None:
    """Exit code 0, no traceback, no process and no port left; DEMO=0 skips the demo."""
    with running(tmp_path, DEMO="0") as stack:
        children = stack.children()
        assert len(children) == 2
        assert stack.stop() == 0
    assert not [line for line in stack.lines if line.startswith("demo") or "Traceback" in line]
    assert stack.lines[-1] == "stack      all parts have ended"
    assert not [pid for pid in children if is_running(pid)]
    stack.ensure_nothing_listens()


@linux_only
@pytest.mark.parametrize(("program", "name"), [("azurite.js", "Azurite"), ("-m local host", "the Functions host")])
def test_a_part_that_ends_ends_the_rest(tmp_path: Path, program: str, name: str) -> None:
    """The output names it, and the exit code is 1."""
    with running(tmp_path, DEMO="0") as stack:
        children = stack.children()
        (victim,) = [pid for pid in children if program in command_line(pid)]
        os.kill(victim, signal.SIGKILL)
        assert stack.ended() == 1
    assert [line for line in stack.lines if line == f"! {name} ended by itself, with -9"]
    assert not [pid for pid in children if is_running(pid)]
    stack.ensure_nothing_listens()


def test_a_message_of_an_earlier_run_is_not_the_demos(tmp_path: Path) -> None:
    """Azurite keeps it from one run to the next: it is delivered, and the demo waits for its own."""
    left = '{"id": "demo-left-text", "to": "+15005550006", "body": "Hello world. (demo-left)"}'
    with running(tmp_path, DEMO="0") as first:
        with QueueClient.from_connection_string(first.storage, "sms-outbox") as queue:
            queue.send_message(left, visibility_timeout=HIDDEN_SECONDS)
        assert first.stop(signal.SIGTERM) == 0
    with running(tmp_path, DEMO="1") as second:
        shown = [line for line in second.lines if line.startswith("demo")]
        assert len(shown) == 4
        assert not [line for line in shown if "demo-left" in line]
        deadline = time.monotonic() + START_SECONDS
        while "Hello world. (demo-left)" not in [text["body"] for text in second.listed("messages")]:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_an_invalid_setting_is_reported_in_place_of_the_demo(tmp_path: Path) -> None:
    """The stack runs, so that the health page can be read."""
    with running(tmp_path, DEMO="1", TWILIO_ACCOUNT_SID="AC-wrong") as stack:
        line = stack.wait_for("! the app is not healthy: ")
        assert "TWILIO_ACCOUNT_SID: expected AC and 32 hex digits" in line
        assert not [line for line in stack.lines if line.startswith("demo")]
