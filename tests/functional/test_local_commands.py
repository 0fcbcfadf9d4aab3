"""`./sb local` from a shell: its messages and exit codes when something is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.__main__ import app
from local.ports import free_port

ROOT = Path(__file__).parents[2]
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
COMMANDS = ["run", "storage", "host", "twilio", "text", "call", "push", "events", "replay"]


def typed(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, **EXAMPLE, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_these_are_all_the_commands() -> None:
    """The lists of this file leave none out."""
    named = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    assert named == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    """One that can be typed as it is."""
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"  ./sb local {command}" in shown.stdout.partition("Example")[2]


def test_help_loads_nothing_heavy() -> None:
    """It is there at once: no SDK, no web server."""
    show = "import sys, local.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    assert "typer" in packages
    assert not packages & {"azure", "twilio", "aiohttp", "rich"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["push", "sms-outbx", "{}"], "! the app has no queue sms-outbx; it has sms-outbox,"),
        (["push", "sms-outbox", '{"to": "+15005550006"}'], "! the app would refuse it: body: required, unless"),
        (["push", "sms-outbox", "{"], "! the message is not JSON ("),
        (["events", "--queue-port", "{free}"], "! storage is not running at http://127.0.0.1:{free}: start it"),
        (["push", "events", "{}", "--queue-port", "{free}"], "! storage is not running at http://127.0.0.1:{free}"),
        (["call", "--from", "+15005550006", "--twilio-port", "{free}"], "start it with `make run`"),
        (["text", "--from", "+15005550006", "hi", "--twilio-port", "{free}"], "start it with `make run`"),
        (["replay", "absent.json"], "! absent.json: cannot be read"),
        (["text", "--from", "+15005550006"], '! nothing to send: give the text, as "hours", or --media URL'),
        (["run", "--port", "{free}", "--twilio-port", "{free}"], "! 5 parts need a port each"),
    ],
)
def test_an_error_is_printed_as_a_sentence(arguments: list[str], sentence: str) -> None:
    """On standard error, with exit code 1 and without a traceback."""
    free = str(free_port())
    done = typed(*(argument.replace("{free}", free) for argument in arguments))
    assert done.returncode == 1
    assert sentence.replace("{free}", free) in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_address_comes_from_the_environment() -> None:
    """It takes precedence over local.settings.json."""
    url = f"http://127.0.0.1:{free_port()}"
    done = typed("call", "--from", "+15005550006", TWILIO_API_BASE_URL=url)
    assert f"is not running at {url}: start it" in done.stderr


@pytest.mark.parametrize("arguments", [["push", "sms-outbox"], ["call"], ["host", "--port", "70000"], ["ring"]])
def test_a_wrong_command_line_names_the_help(arguments: list[str]) -> None:
    """Exit code 2, as everywhere, and where the help is."""
    done = typed(*arguments)
    assert done.returncode == 2
    assert "--help" in done.stderr


def test_the_stand_in_needs_an_account() -> None:
    """The settings that lack are named, and where they belong."""
    done = typed("twilio", "--port", str(free_port()), TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    assert done.returncode == 1
    assert "! TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN not set:" in done.stderr
    assert "local.settings.json" in done.stderr
