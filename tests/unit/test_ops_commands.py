"""Each of an operator's commands: quick to explain itself, with an example, and documented."""

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
GROUPS = ("deliveries", "optouts", "dead-letter")
COMMANDS = (
    "send-text",
    "call",
    "point",
    "set-secret",
    "rotate",
    "doctor",
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

said = {}
for command in ["", *json.loads(sys.argv[1])]:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        app([*command.split(), "--help"], prog_name="python -m ops")
    said[command] = {"text": text.getvalue(), "modules": sorted(sys.modules)}
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Help:
    """What a command's `--help` says, and what is loaded once it was said."""

    text: str
    modules: list[str]


@pytest.fixture(scope="module")
def helps() -> dict[str, Help]:
    """The help of each command and group, asked for in one fresh process."""
    arguments = [sys.executable, "-c", HELP_EACH, json.dumps([*GROUPS, *COMMANDS])]
    environ = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, env=environ)
    return {name: Help(**said) for name, said in json.loads(done.stdout).items()}


def ran(*arguments: str, given: str = "") -> Result:
    """A command that needs neither storage nor Twilio, to its end; there is no azd."""
    return CliRunner(env={"PATH": ""}).invoke(app, arguments, input=given)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_neither_azure_nor_twilio(helps: dict[str, Help], command: str) -> None:
    """They take most of a second, and help is asked for often."""
    assert helps[command].text.startswith("Usage: python -m ops")
    assert "ops.deliveries" in helps[command].modules
    assert not [name for name in helps[command].modules if name.split(".")[0] in ("azure", "twilio", "aiohttp")]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples_that_begin_with_the_command(helps: dict[str, Help], command: str) -> None:
    """What is shown can be pasted."""
    text = helps[command].text
    examples = re.findall(r"^ +(?:.*\| )?python -m ops (.*)$", text, re.MULTILINE)
    assert examples
    assert all(example.startswith(command) for example in examples)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_options_that_all_have(helps: dict[str, Help], command: str) -> None:
    """The local stack or Azure, and JSON for machines."""
    text = helps[command].text
    assert {"--local", "--app", "--storage", "--vault", "--json"} <= set(re.findall(r"--[a-z]+", text))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """In the table of docs/operating.md."""
    assert f"`{command}" in OPERATING.partition("## Commands")[2].partition("\n## ")[0]


def test_the_list_above_is_whole(helps: dict[str, Help]) -> None:
    """Each group's help names its commands: one that is new has to be added to it."""
    named = {group: _commands_in(helps[group].text) for group in ("", *GROUPS)}
    within = {f"{group} {name}" for group in GROUPS for name in named[group]}
    assert named[""] - set(GROUPS) | within == set(COMMANDS)


def _commands_in(text: str) -> set[str]:
    return set(re.findall(r"^  ([a-z-]+)  ", text.partition("Commands:")[2], re.MULTILINE))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deliveries", "resolve", "t1", "--resend", "--drop", "--storage", "sta"], "exactly one of --sent SID"),
        (["dead-letter", "drop", "--storage", "sta"], "say which: their ids, or --all"),
        (["dead-letter", "replay", "t1", "--queue", "events", "--storage", "sta"], "one of sms-outbox, call-outbox"),
        (["deliveries", "list", "--state", "lost", "--storage", "sta"], "there is no state 'lost'"),
        (["deliveries", "list", "--older", "soon", "--storage", "sta"], "no length of time"),
        (["send-text", "--to", "0912", "Hello", "--storage", "sta"], 'to: not E.164: "0912"'),
        (["send-text", "--to", "+15005550006", "Hello", "--variables", "{", "--storage", "sta"], "--variables: not"),
        (["set-secret", "twilio-from", "--vault", "kv-a"], "is none of twilio-auth-token"),
        (["optouts", "add", "0912", "--from", "+15005550001", "--storage", "sta"], "write it as texts are sent to it"),
        (["send-text"], "--to"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_sentence(arguments: list[str], said: str) -> None:
    """Before anything is reached; nothing on standard output, no traceback."""
    done = ran(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["doctor"], "give --app NAME"),
        (["dead-letter", "list"], "give --storage ACCOUNT"),
        (["set-secret", "twilio-auth-token"], "give --vault NAME"),
        (["rotate"], "set TWILIO_ACCOUNT_SID"),
        (["point", "+15005550001"], "set TWILIO_ACCOUNT_SID"),
    ],
)
def test_without_knowing_where_it_ends_with_1_and_how_to_say_it(arguments: list[str], said: str) -> None:
    """Each way to say it: option, environment, azd."""
    done = ran(*arguments)
    assert done.exit_code == 1
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("command", "given"), [("set-secret twilio-auth-token", "secret-word"), ("rotate", "")])
def test_there_is_no_vault_on_this_machine(command: str, given: str) -> None:
    """Said clearly, and the secret is not repeated."""
    done = ran(*command.split(), "--local", given=given)
    assert done.exit_code == 1
    assert "there is no vault" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
