"""Fakes of azd and az on PATH: they write down what they are asked for, and wait or fail where a test says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 120
SID, TOKEN = "AC" + "1" * 32, "the-test-token"
ACCESS = {"accessToken": "a", "expiresOn": "2099-01-01 00:00:00.000000", "expires_on": 4_070_908_800}
# The checklist gets nothing from these: its rows fail, one after the other.
NOWHERE = "https://127.0.0.1:1"
# Both are this program: the name that it was called by says which one it is.
PROGRAM = """#!{python}
import json, os, pathlib, signal, sys, time
home = pathlib.Path({home!r})
tool, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
line = " ".join([tool, *arguments])
with open(home / "calls", "a") as calls:
    calls.write(line + "\\n")
script = json.loads((home / "script.json").read_text())
if tool == "azd" and arguments[:2] == ["env", "new"]:
    (home / ".azure" / arguments[2]).mkdir(parents=True, exist_ok=True)
if tool == "azd" and arguments[0] == "up":
    (home / "group").write_text("")
    secrets = sorted(set(os.environ) & set(script["unwanted"]))
    (home / "environ").write_text(" ".join(secrets))
if line.startswith("az keyvault secret set"):
    (home / "token").write_text(pathlib.Path(arguments[arguments.index("--file") + 1]).read_text())
for words in script["waits"]:
    if line.startswith(words):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        (home / "waiting").write_text(line)
        time.sleep(60)
for words, code, text in script["fails"]:
    if line.startswith(words):
        print(text, file=sys.stderr)
        sys.exit(code)
if tool == "azd" and arguments[0] == "down":
    (home / "group").unlink(missing_ok=True)
for words, text in script["answers"]:
    if line.startswith(words):
        print(text)
        sys.exit(0)
if line.startswith("az group exists"):
    print("true" if (home / "group").exists() else "false")
"""


@dataclass
class Fakes:
    """Both programs in a folder of their own. `answers` and `fails` are looked up by the beginning of a command."""

    home: Path
    answers: dict[str, str] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    waits: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)

    def write(self) -> None:
        """Writes the programs and what they do."""
        script = {
            "answers": sorted(self.answers.items(), key=lambda item: -len(item[0])),
            "fails": [(words, 1, text) for words, text in self.fails.items()],
            "waits": self.waits,
            "unwanted": self.unwanted,
        }
        (self.home / "script.json").write_text(json.dumps(script))
        (self.home / "bin").mkdir(exist_ok=True)
        for name in ("azd", "az"):
            path = self.home / "bin" / name
            path.write_text(PROGRAM.format(python=sys.executable, home=str(self.home)))
            path.chmod(0o755)

    @property
    def path(self) -> str:
        """PATH, with the fakes first."""
        return f"{self.home / 'bin'}{os.pathsep}{os.environ['PATH']}"

    @property
    def calls(self) -> list[str]:
        """The commands so far."""
        path = self.home / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def called(self, words: str) -> list[str]:
        """The commands that begin with these words."""
        return [call for call in self.calls if call.startswith(words)]

    def environment(self) -> str:
        """The name of the environment that was made."""
        (made,) = self.called("azd env new")
        return made.split()[3]


@contextmanager
def health_page(status: int = 200) -> Iterator[tuple[str, threading.Event]]:
    """A server that answers every request with this status; the event is set at the first one."""
    asked = threading.Event()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            self.send_response(status)
            self.end_headers()

        do_POST = do_GET  # noqa: N815  # http.server's name

        def log_message(self, *_: object) -> None:
            """Writes nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(origin: str) -> dict[str, str]:
    """What the tools print for a deployment at this origin."""
    values = {
        "AZURE_FUNCTION_APP_NAME": "func-x",
        "KEY_VAULT_NAME": "kv-x",
        "HEALTH_URL": f"{origin}/api/health",
        "QUEUE_ENDPOINT": NOWHERE,
        "TABLE_ENDPOINT": NOWHERE,
        "KEY_VAULT_URL": "https://kv-x.vault.azure.net",
        "TWILIO_ACCOUNT_SID": SID,
    }
    return {
        "az account show": json.dumps({"id": "sub-1", "name": "Test subscription"}),
        "az account get-access-token": json.dumps(ACCESS),
        "az monitor log-analytics workspace list": "workspace-1",
        "az rest": json.dumps({"tables": [{"name": "PrimaryResult", "columns": [], "rows": [["event=x"]]}]}),
        "azd auth login --check-status": '{"status": "success"}',
        "azd env list": json.dumps([{"Name": "production", "IsDefault": True}, {"Name": "x", "IsDefault": False}]),
        "azd env get-values": "\n".join(f'{name}="{value}"' for name, value in values.items()),
    }


class Command:
    """`python -m verify azure` as a process, with the fakes on PATH."""

    def __init__(self, fakes: Fakes, *arguments: str, **environ: str) -> None:
        self._fakes = fakes
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(fakes.home), *arguments],
            cwd=ROOT,
            env={**os.environ, "PATH": fakes.path, "COLUMNS": "1000", **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def wait_for(self, words: str) -> None:
        """Waits until a fake waits in a command that begins with these words."""
        path = self._fakes.home / "waiting"
        self._until(lambda: path.exists() and path.read_text().startswith(words), words)

    def wait_for_output(self, words: str) -> None:
        """Waits until it has printed these words."""
        self._until(lambda: any(words in line for line in list(self._lines)), words)

    def interrupt(self, sent: signal.Signals = signal.SIGINT) -> None:
        """Sends a signal to the whole group, as the terminal does at Ctrl-C."""
        os.killpg(self._process.pid, sent)

    def end(self) -> tuple[int, str]:
        """Waits for its end, and returns exit code and output."""
        code = self._process.wait(SECONDS)
        self._reading.join()
        return code, "".join(self._lines)

    def kill(self) -> None:
        """Ends it in every case."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reading.join()

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + SECONDS
        while not condition():
            assert self._process.poll() is None, f"it ended before {what}: {''.join(self._lines)}"
            assert time.monotonic() < until, f"no {what}: {self._fakes.calls}"
            time.sleep(0.02)

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as output:
            for line in output:
                self._lines.append(line)


# As `python -m verify azure --yes`, with the test's own folder for azd and the report, and no pauses.
LAUNCH = """
import sys
from pathlib import Path
from verify.__main__ import run_and_exit
from verify.azure import AzureOptions, verify_azure
from verify.tools import Tools

home, sid, token = Path(sys.argv[1]), *sys.argv[2:]
options = AzureOptions(location="westeurope", account_sid=sid, auth_token=token, yes=True, pause=0.01)
run_and_exit(lambda terminal: verify_azure(options, terminal, Tools(home)), home / "reports")
"""
