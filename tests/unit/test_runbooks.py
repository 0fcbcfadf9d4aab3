"""docs/runbooks.md: each step can be done, because each command, option, variable and query in it exists."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

from local import storage
from tests import arm
from tests.doc_commands import WrongCommand, filled, ops_commands, page, parse_ops, section, shell_lines
from tests.unit.test_alerts import QUERIES, known
from tests.unit.test_queries import KQL

RUNBOOKS = page("runbooks.md")
LINES = shell_lines(RUNBOOKS)
LOGS = [shlex.split(line)[1] for line in LINES if line.startswith("logs ")]
PROGRAMS = {"az", "azd", "git", "curl", "logs", "logs()"}


@pytest.mark.parametrize("alert", QUERIES)
def test_a_runbook_is_numbered_steps_with_commands(alert: str) -> None:
    """From 1, without a gap; most steps have a command."""
    text = section(RUNBOOKS, alert)
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 4
    assert len(re.findall(r"```sh", text)) >= len(numbers) - 3
    assert ops_commands(text)


@pytest.mark.parametrize("command", sorted(set(ops_commands(RUNBOOKS))))
def test_a_command_exists_with_its_options(command: str) -> None:
    """Parsed as `./sb ops` does, and not run."""
    assert parse_ops(filled(command)) in command


@pytest.mark.parametrize("wrong", ["deliverys list", "deliveries list --stat claimed", "deliveries", "lookup"])
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    """A command, an option or an argument that does not exist."""
    with pytest.raises(WrongCommand):
        parse_ops(wrong.split())


def test_every_other_line_is_of_a_known_program() -> None:
    """Or sets a variable by one."""
    others = [line for line in LINES if not ops_commands(f"```sh\n{line}\n```")]
    words = {line.split()[0] for line in others if not re.match(r"[A-Z_]+=", line)}
    assert words <= PROGRAMS
    assert ops_commands(f"```sh\n{LINES[-1]}\n```")


def test_the_variables_of_azd_exist() -> None:
    """What is read is an output of the deployment, and what is set is a variable of it."""
    text = "\n".join(LINES)
    outputs = set(re.findall(r"^output (\w+) ", arm.MAIN.read_text(), re.MULTILINE))
    variables = set(re.findall(r"readEnvironmentVariable\('(\w+)'", arm.PARAMETERS.read_text()))
    assert set(re.findall(r"azd env get-value (\w+)", text)) <= outputs
    assert set(re.findall(r"azd env set (\w+)", text)) <= variables
    assert set(re.findall(r"\$(?!\d)([A-Z_]+)", text)) == set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))


@pytest.mark.parametrize("query", LOGS)
def test_a_query_looks_for_lines_that_are_logged(query: str) -> None:
    """By the event's name, or its beginning."""
    for event in re.findall(r"startswith 'event=(\w+)'", query):
        assert event.endswith("_") or known(event) is not None


@pytest.mark.skipif(not (KQL / "node_modules").is_dir(), reason="the parser is not installed: npm ci, in tests/kql")
def test_a_query_has_no_problem() -> None:
    """By Microsoft's parser. A table that does not exist yet is an error here that a person understands."""
    sent = json.dumps({query: query for query in LOGS})
    done = subprocess.run(
        [storage.node(), "check.js"], cwd=KQL, input=sent, capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    assert len(found) >= 6
    absent = ("(AppTraces)", "(AppRequests)")
    assert [problem for each in found.values() for problem in each if not problem.endswith(absent)] == []


def test_every_function_that_a_step_names_exists() -> None:
    """As Azure lists them."""
    source = (arm.INFRA.parent / "switchboard" / "blueprints" / "delivery.py").read_text()
    assert all(f"async def {name}(" in source for name in ("send_sms", "place_call"))
