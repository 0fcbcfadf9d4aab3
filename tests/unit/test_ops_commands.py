"""Every command of `./sb ops`: fast help, examples, documentation, and errors for wrong usage."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ops.__main__ import app

ROOT = Path(__file__).parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
GROUPS = ("numbers", "agents", "deliveries", "optouts", "dead-letter")
COMMANDS = (
    "send-text",
    "call",
    "point",
    "set-secret",
    "rotate",
    "doctor",
    "lookup",
    "forget",
    "events",
    "upgrade",
    "numbers check",
    "numbers show",
    "agents key",
    "agents keys",
    "agents revoke",
    "deliveries list",
    "deliveries show",
    "deliveries resolve",
    "optouts list",
    "optouts add",
    "optouts remove",
    "dead-letter list",
    "dead-letter show",
    "dead-letter replay",
    "dead-letter drop",
)
HELP_EACH = """
import contextlib, io, json, sys
from ops.__main__ import app

helps = {}
for command in ["", *json.loads(sys.argv[1])]:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        app([*command.split(), "--help"], prog_name="./sb ops")
    helps[command] = {"text": text.getvalue(), "modules": sorted(sys.modules)}
print(json.dumps(helps))
"""


@dataclass(frozen=True)
class Help:
    """The text of a command's `--help`, and the modules loaded after it."""

    text: str
    modules: list[str]


@pytest.fixture(scope="module")
def helps() -> dict[str, Help]:
    """Returns the help of every command and group, from one new process."""
    arguments = [sys.executable, "-c", HELP_EACH, json.dumps([*GROUPS, *COMMANDS])]
    environ = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, env=environ)
    return {name: Help(**help_) for name, help_ in json.loads(done.stdout).items()}


def ran(*arguments: str, given: str = "") -> Result:
    """Runs a command that needs neither storage nor Twilio, without azd on the PATH."""
    return CliRunner(env={"PATH": ""}).invoke(app, arguments, input=given)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_neither_azure_nor_twilio(helps: dict[str, Help], command: str) -> None:
    """They take most of a second to import."""
    assert helps[command].text.startswith("Usage: ./sb ops")
    assert "ops.deliveries" in helps[command].modules
    assert not [name for name in helps[command].modules if name.split(".")[0] in ("azure", "twilio", "aiohttp")]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples_that_begin_with_the_command(helps: dict[str, Help], command: str) -> None:
    """They can be pasted."""
    text = helps[command].text
    examples = re.findall(r"^ +(?:.*\| )?\./sb ops (.*)$", text, re.MULTILINE)
    assert examples
    assert all(example.startswith(command) for example in examples)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_common_options(helps: dict[str, Help], command: str) -> None:
    """The local stack or Azure, and JSON output."""
    text = helps[command].text
    assert {"--local", "--app", "--storage", "--vault", "--json"} <= set(re.findall(r"--[a-z]+", text))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """In the table of docs/operating.md."""
    assert f"`{command}" in OPERATING.partition("## Commands")[2].partition("\n## ")[0]


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_a_list_of_commands_has_whole_sentences(helps: dict[str, Help], group: str) -> None:
    """Not cut at the end of the line."""
    assert "..." not in helps[group].text.partition("Commands:")[2]


def test_the_list_above_is_complete(helps: dict[str, Help]) -> None:
    """A new command must be added to it: the help names every command."""
    named = {group: _commands_in(helps[group].text) for group in ("", *GROUPS)}
    within = {f"{group} {name}" for group in GROUPS for name in named[group]}
    assert named[""] - set(GROUPS) | within == set(COMMANDS)


def _commands_in(text: str) -> set[str]:
    return set(re.findall(r"^  ([a-z-]+)  ", text.partition("Commands:")[2], re.MULTILINE))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["deliveries", "resolve", "t1", "--resend", "--drop", "--storage", "sta"], "exactly one of --sent SID"),
        (["dead-letter", "drop", "--storage", "sta"], "choose dead letters: their ids, or --all"),
        (["dead-letter", "replay", "t1", "--queue", "events", "--storage", "sta"], "one of sms-outbox, call-outbox"),
        (["deliveries", "list", "--state", "lost", "--storage", "sta"], "there is no state 'lost'"),
        (["deliveries", "list", "--older", "soon", "--storage", "sta"], "is not a duration"),
        (["send-text", "--to", "0912", "Hello", "--storage", "sta"], 'to: not E.164: "0912"'),
        (["send-text", "--to", "+15005550006", "Hello", "--variables", "{", "--storage", "sta"], "--variables: not"),
        (["set-secret", "twilio-from", "--vault", "kv-a"], "is not one of twilio-auth-token"),
        (["forget", "0912", "--storage", "sta"], "expected +351211234567"),
        (["optouts", "add", "0912", "--from", "+15005550001", "--storage", "sta"], "expected +351211234567"),
        (["send-text"], "--to"),
        (["point"], "give a number, a messaging service, --all or --client"),
        (["point", "+15005550001", "--all"], "give a number, a messaging service, --all or --client"),
        (["numbers", "show", "+15005550001", "--at", "Christmas"], "--at Christmas: expected a time"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(arguments: list[str], expected: str) -> None:
    """Before any connection; nothing on standard output, no traceback."""
    done = ran(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["doctor"], "give --app NAME"),
        (["dead-letter", "list"], "give --storage ACCOUNT"),
        (["set-secret", "twilio-auth-token"], "give --vault NAME"),
        (["rotate"], "set TWILIO_ACCOUNT_SID"),
        (["point", "+15005550001"], "set TWILIO_ACCOUNT_SID"),
    ],
)
def test_an_unknown_deployment_ends_with_1_and_the_ways_to_set_it(arguments: list[str], expected: str) -> None:
    """By option, environment variable or azd."""
    done = ran(*arguments)
    assert done.exit_code == 1
    assert expected in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("command", "given"), [("set-secret twilio-auth-token", "secret-word"), ("rotate", "")])
def test_there_is_no_vault_on_this_machine(command: str, given: str) -> None:
    """The error says so, and does not contain the secret."""
    done = ran(*command.split(), "--local", given=given)
    assert done.exit_code == 1
    assert "there is no vault" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
