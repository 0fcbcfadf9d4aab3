"""The deployment workflow and the health page: the first run succeeds although no secret can be set yet."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from switchboard.errors import SecretsUnavailable
from tests.key_vault_double import KeyVaultDouble, reading

ROOT = Path(__file__).parents[2]
CHECKS = {"settings": "ok", "secrets": "ok", "queues": "ok", "tables": "ok"}
Answers = list[tuple[int, str]]


def report(**checks: str) -> str:
    """The page's JSON."""
    return json.dumps({"status": "degraded" if checks else "ok", "checks": {**CHECKS, **checks}})


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """A page with these answers in order, the last one repeated."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/health"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def checked(*answers: tuple[int, str], tries: int = 3) -> subprocess.CompletedProcess[str]:
    """Runs the script as the workflow does, without pauses."""
    with serving(list(answers)) as url:
        return subprocess.run(
            [sys.executable, ROOT / ".github" / "check_health.py", url, str(tries), "0"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


async def outcome_of_an_empty_vault() -> str:
    """The app's own check of its secrets when the vault has none."""
    async with KeyVaultDouble({}) as vault, reading(vault) as secrets:
        with pytest.raises(SecretsUnavailable) as raised:
            await secrets.check()
    return str(raised.value)


def test_a_healthy_app_succeeds() -> None:
    """200 at once."""
    assert checked((200, report())).returncode == 0


async def test_a_missing_secret_is_a_notice() -> None:
    """With the app's message and the command that sets the secret."""
    done = checked((503, report(secrets=await outcome_of_an_empty_vault())))
    assert done.returncode == 0
    assert "::notice::" in done.stdout
    assert "set-secret twilio-auth-token" in done.stdout


async def test_a_missing_secret_does_not_hide_another_fault() -> None:
    """The run fails."""
    body = report(secrets=await outcome_of_an_empty_vault(), queues="queue storage did not answer")
    assert checked((503, body)).returncode == 1


@pytest.mark.parametrize(
    "answer",
    [
        (503, report(secrets="kv: twilio-auth-token: the app may not read it")),
        (503, report(settings="TWILIO_ACCOUNT_SID is missing")),
        (503, "Function host is not running."),
        (500, ""),
        (404, report()),
    ],
)
def test_another_answer_fails_the_run(answer: tuple[int, str]) -> None:
    """With the page's answer."""
    done = checked(answer)
    assert done.returncode == 1
    assert done.stdout.count(f"answers {answer[0]}") == 3


def test_the_script_waits_for_an_app_that_starts() -> None:
    """It may take a minute after a deployment."""
    assert checked((503, "Function host is not running."), (200, report())).returncode == 0


def test_an_app_that_does_not_answer_fails_the_run() -> None:
    """No server at all."""
    with serving([(200, "")]) as url:
        gone = url
    done = subprocess.run(
        [sys.executable, ROOT / ".github" / "check_health.py", gone, "2", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1


def test_the_workflow_runs_the_script() -> None:
    """For the app's own host."""
    workflow = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()
    assert 'run: python3 .github/check_health.py "https://$HOST/api/health"' in workflow
