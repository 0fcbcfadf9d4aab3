"""`make run`: the whole stack in one terminal, from its first line to Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient

from tests.integration.stack import ROOT, START_SECONDS, Stack, command_line, is_running, running, start

# Long enough to be there still when the next run starts, and not much longer.
HIDDEN_SECONDS = 3

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="children are read from /proc")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One that has shown the demo."""
    with running(tmp_path_factory.mktemp("storage"), DEMO="1") as stack:
        yield stack


@pytest.mark.parametrize("part", ["storage", "twilio", "functions"])
def test_each_part_is_waited_for_and_told(stack: Stack, part: str) -> None:
    """With how long it took, and where it is."""
    line = stack.wait_for(f"{part:<9}  up after ")
    assert re.search(r"up after \d+\.\d s: \S", line)


@pytest.mark.parametrize(
    "shown",
    [
        r" ms  \+15005550006 calls → <Response>.*<Gather",
        r' ms  \+15005550006 texts "hours" → <Response><Message>We are open',
        r' ms  sms-outbox \{"id": "demo-.*\} → text to \+15005550006 is queued SM[0-9a-f]{32}',
        r' ms  call-outbox \{"id": "demo-.*\} → call to \+15005550006 is queued CA[0-9a-f]{32}',
    ],
)
def test_the_main_job_is_done_before_the_users_eyes(stack: Stack, shown: str) -> None:
    """A call and a text in, a text and a call out: one line each, with its time."""
    (line,) = [line for line in stack.lines if re.search(shown, line)]
    assert re.match(r"demo +\d", line)


def test_what_the_demo_showed_is_not_told_twice(stack: Stack) -> None:
    """Neither the stand-in nor the host repeats it."""
    before = stack.lines[: stack.lines.index(stack.wait_for("try "))]
    assert not [line for line in before if re.match(r"(twilio|functions) +\d", line)]


def test_what_the_demo_sent_has_arrived(stack: Stack) -> None:
    """At the stand-in, by its own ids: what it showed is true."""
    marks = {found for line in stack.lines for found in re.findall(r"Hello world\. \((demo-\w+)\)", line)}
    assert len(marks) == 1
    sent = [text for text in stack.listed("messages") if text["direction"] == "outbound-api"]
    assert [text["body"] for text in sent] == [f"Hello world. ({marks.pop()})"]
    assert [call["to"] for call in stack.listed("calls") if call["direction"] == "outbound-api"] == ["+15005550006"]


def test_what_it_says_to_try_works(stack: Stack) -> None:
    """Each command, typed in a terminal that knows nothing of these ports."""
    commands = [line.partition("try        ")[2] for line in stack.lines if line.startswith("try ") and " -m " in line]
    assert len(commands) == 3
    texts = len(stack.listed("messages"))
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=60)
    stack.wait_for('text to +15005550006: "Hello world." queued')
    assert len(stack.listed("messages")) >= texts + 3


def test_a_second_one_says_which_port_is_taken_and_by_whom(stack: Stack, tmp_path: Path) -> None:
    """Exit code 1 and one sentence; nothing was started."""
    second = start(stack.ports, tmp_path / "second", stack.environ)
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    (line,) = said.splitlines()
    assert line.startswith(f"! port {stack.ports.functions}, wanted for the Functions host, is taken by ")
    assert not (tmp_path / "second").exists()
    if sys.platform == "linux":
        assert f"-m local host --port {stack.ports.functions}" in line


@linux_only
def test_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    """Exit code 0, no traceback, no process and no port left; DEMO=0 leaves the demo out."""
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
def test_a_part_that_dies_ends_the_rest(tmp_path: Path, program: str, name: str) -> None:
    """It is said which, and the exit code is 1."""
    with running(tmp_path, DEMO="0") as stack:
        children = stack.children()
        (victim,) = [pid for pid in children if program in command_line(pid)]
        os.kill(victim, signal.SIGKILL)
        assert stack.ended() == 1
    assert [line for line in stack.lines if line == f"! {name} ended by itself, with -9"]
    assert not [pid for pid in children if is_running(pid)]
    stack.ensure_nothing_listens()


def test_a_message_left_from_before_is_not_taken_for_the_demos_own(tmp_path: Path) -> None:
    """Azurite keeps it from one run to the next: it is delivered, and the demo waits for its own."""
    left = '{"id": "demo-left-text", "to": "+15005550006", "body": "Hello world. (demo-left)"}'
    with running(tmp_path, DEMO="0") as first:
        with QueueClient.from_connection_string(first.ports.storage, "sms-outbox") as queue:
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


def test_a_setting_that_the_app_refuses_is_told_in_place_of_the_demo(tmp_path: Path) -> None:
    """The stack is up all the same, so that the health page can be looked at."""
    with running(tmp_path, DEMO="1", TWILIO_ACCOUNT_SID="AC-wrong") as stack:
        line = stack.wait_for("! the app is not healthy: ")
        assert "TWILIO_ACCOUNT_SID: expected AC and 32 hex digits" in line
        assert not [line for line in stack.lines if line.startswith("demo")]
