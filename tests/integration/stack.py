"""The local stack as a process on free ports, and its output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from local.addresses import Ports, point_at_stack
from local.ports import ensure_free
from local.run_key import storage_key
from tests.integration.queues import FREQUENT_POLLING
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
NUMBERS = ROOT / "tests" / "numbers.toml"
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
START_SECONDS = 60
END_SECONDS = 30


class Stack:
    """`./sb local run`: its ports, the environment for commands, and its output lines."""

    def __init__(self, data: Path, **environ: str) -> None:
        self.ports = Ports(**{name: free_port() for name in ("functions", "twilio", "blob", "queue", "table")})
        self.environ = {**os.environ, **EXAMPLE, **FREQUENT_POLLING, **environ}
        self.lines: list[str] = []
        self._news = threading.Condition()
        self.process = start(self.ports, data, self.environ)
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        point_at_stack(self.environ, self.ports)

    def wait_for(self, words: str) -> str:
        """Returns the first line with these words. Fails with the whole output when there is none."""
        with self._news:
            self._news.wait_for(lambda: self._find(words) or self.process.poll() is not None, START_SECONDS)
        found = self._find(words)
        assert found, f"no line with {words!r}:\n" + "\n".join(self.lines)
        return found

    @property
    def key(self) -> str:
        """The key that it printed."""
        return self.wait_for("key        ").removeprefix("key        ")

    @property
    def storage(self) -> str:
        """Azurite's connection string, with this run's account key."""
        return self.ports.storage(storage_key(self.key))

    def children(self) -> list[int]:
        """The processes that it started."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def stop(self, sent: signal.Signals = signal.SIGINT) -> int:
        """Ends it as Ctrl-C does; returns its exit code."""
        self.process.send_signal(sent)
        return self.ended()

    def ended(self) -> int:
        """Waits for its end; returns its exit code after its output is read."""
        try:
            code = self.process.wait(END_SECONDS)
        finally:
            self.process.kill()
            self._reading.join()
        return code

    def ensure_nothing_listens(self) -> None:
        """Raises PortTakenError when a port is still in use."""
        for port, part in self.ports.wanted_for().items():
            ensure_free(port, part)

    def listed(self, kind: str) -> list[dict[str, str]]:
        """The stand-in's `messages` or `calls`, newest first."""
        url = f"{self.ports.standin_url}/standin/{kind}?code={self.key}"
        with urlopen(url) as response:  # noqa: S310 - loopback http
            found: list[dict[str, str]] = json.load(response)
        return found

    def _find(self, words: str) -> str:
        return next((line for line in list(self.lines) if words in line), "")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip())
                self._news.notify_all()
        self.process.stdout.close()
        with self._news:
            self._news.notify_all()


def start(ports: Ports, data: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Starts the stack, with output and errors in one stream."""
    options = [
        *("--port", str(ports.functions), "--twilio-port", str(ports.twilio), "--blob-port", str(ports.blob)),
        *("--queue-port", str(ports.queue), "--table-port", str(ports.table), "--data", str(data)),
        *("--numbers", str(NUMBERS)),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "local", "run", *options],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(data: Path, **environ: str) -> Iterator[Stack]:
    """A running stack, which is ended afterwards in every case."""
    stack = Stack(data, **environ)
    try:
        stack.wait_for("for the phone page; Ctrl-C here stops the stack")
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.stop()
        else:
            stack.ended()


def is_running(pid: int) -> bool:
    """Whether there is a process with this id."""
    return Path(f"/proc/{pid}").exists()


def command_line(pid: int) -> str:
    """The command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
