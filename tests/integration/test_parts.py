"""Each part of the stack alone, as a process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.parts import HostProcess, PartError
from local.ports import ensure_free
from local.settings import development_storage
from tests.integration.stack import END_SECONDS, EXAMPLE, NUMBERS, ROOT
from tests.ports import free_port

ENVIRON = {**os.environ, **EXAMPLE, "AzureWebJobsStorage": development_storage(1, 1, 1)}


def arguments(part: str, port: int, data: Path) -> list[str]:
    """The arguments that start the part on this port."""
    if part != "storage":
        return [part, "--port", str(port)]
    ports = ("--blob-port", free_port(), "--queue-port", port, "--table-port", free_port())
    return [part, *map(str, ports), "--data", str(data)]


@pytest.mark.parametrize(("part", "up"), [("storage", "storage is up"), ("twilio", "is up"), ("host", "host is up")])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_part_runs_alone_until_ctrl_c(tmp_path: Path, part: str, up: str, sent: signal.Signals) -> None:
    """It reports its address, ends with 0, and frees its port."""
    port = free_port()
    command = [sys.executable, "-m", "local", *arguments(part, port, tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRON, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said = [next(line for line in process.stdout if up in line)]
        process.send_signal(sent)
        said += process.stdout
        assert process.wait(END_SECONDS) == 0
    assert str(port) in said[0]
    assert not [line for line in said if "Traceback" in line]
    ensure_free(port, "this test")


@pytest.mark.parametrize("part", ["storage", "twilio", "host"])
def test_a_taken_port_is_reported(tmp_path: Path, part: str) -> None:
    """In one sentence, with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments(part, port, tmp_path)],
            cwd=ROOT,
            env=ENVIRON,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"! port {port}, wanted for " in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_host_that_cannot_start_reports_the_reason() -> None:
    """The stack prints the host's own message, and stops waiting."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        host = HostProcess(other.getsockname()[1], 600, NUMBERS, ENVIRON, print)
        with pytest.raises(PartError, match=r"the Functions host ended by itself, with 1\n  ! port \d+, wanted for"):
            await host.__aenter__()
