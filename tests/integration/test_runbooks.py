"""Every `ops` command of docs/runbooks.md, run against the local stack in the situation of its alert.

What only Azure has is not run here: `az`, `azd` and the log queries; tests/unit/test_runbooks.py checks what it can of
them. `set-secret` and `rotate` need a vault: they are run as far as the sentence that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from local.local_secrets import missing_keys
from local.storage import StorageOptions
from tests.doc_commands import filled, ops_commands, page, section
from tests.integration.host_process import ROOT
from tests.integration.ops_stack import (
    NUMBER,
    Stack,
    add_dead_letter,
    add_unresolved,
    command,
    new_number,
    running,
)
from tests.unit.test_alerts import QUERIES

RUNBOOKS = page("runbooks.md")
# The product's tests never read the team's file.
NUMBERS_FILE = str(ROOT / "tests" / "numbers.toml")
Values = Mapping[str, str]


class Expected(NamedTuple):
    """What a command prints, and its exit code."""

    words: str
    code: int = 0


WELL = Expected("ok  signed webhook: accepted")
NONE = Expected("none")
NO_VAULT = Expected("there is no vault", 1)
FOUND = Expected("{number}")

# By alert and beginning of the command.
EXPECTED: dict[tuple[str, str], Expected] = {
    ("dead-letter", "dead-letter list"): Expected("for a test"),
    ("dead-letter", "dead-letter show"): FOUND,
    ("dead-letter", "lookup"): Expected("dead letter"),
    ("dead-letter", "dead-letter replay"): Expected("put onto sms-outbox"),
    ("dead-letter", "dead-letter drop"): Expected("1 dropped"),
    ("dead-letter", "doctor"): Expected("!!  dead letters: 1 need a decision", 1),
    ("account-fault", "doctor"): WELL,
    ("account-fault", "set-secret"): NO_VAULT,
    ("account-fault", "send-text"): Expected("delivered"),
    ("needs-decision", "deliveries list"): FOUND,
    ("needs-decision", "lookup"): Expected("to {number}  unresolved"),
    ("needs-decision", "deliveries show"): Expected("first_claimed_at"),
    ("needs-decision", "deliveries resolve <id> --to <number> --sent"): Expected("sms:t1 is delivered"),
    ("needs-decision", "deliveries resolve <id> --to <number> --resend"): Expected("sms:t1 is released"),
    ("needs-decision", "deliveries resolve <id> --to <number> --drop"): Expected("sms:t1 is refused"),
    ("server-errors", "doctor"): WELL,
    ("server-errors", "deliveries list --older 1h"): NONE,
    ("webhooks-failing", "set-secret"): NO_VAULT,
    ("webhooks-failing", "lookup"): Expected("from {number}"),
    ("webhooks-failing", "numbers check"): Expected("Thank you for calling."),
    ("webhooks-failing", "numbers show"): Expected("Thank you for calling."),
    ("webhooks-failing", "doctor"): WELL,
    ("webhooks-refused", "doctor"): WELL,
    ("webhooks-refused", "set-secret"): NO_VAULT,
    ("webhooks-refused", "rotate"): NO_VAULT,
    ("webhooks-refused", "point"): Expected("no change is needed"),
    ("outbox-stalled", "deliveries list --older 10m"): NONE,
    ("silence", "doctor"): WELL,
}
STEPS = [(alert, step) for alert in QUERIES for step in ops_commands(section(RUNBOOKS, alert))]
ASK = ("dead-letter replay", "dead-letter drop", "deliveries resolve")


def dead_letter(stack: Stack) -> Values:
    """A command that failed for good."""
    to = new_number()
    add_dead_letter(stack, "m1", command(to))
    return {"id": "t1", "number": to}


def needs_decision(stack: Stack) -> Values:
    """A text that Twilio has, and the app does not know it."""
    to = new_number()
    add_unresolved(stack, to)
    message = stack.standin.account.add_message(
        to=to, sender=NUMBER, body="Hello", status="delivered", direction="outbound-api"
    )
    return {"id": "t1", "number": to, "SID": message.sid}


def incoming_text(stack: Stack) -> Values:
    """A text of somebody, that a flow did not answer."""
    sender = new_number()
    message = stack.standin.account.add_message(
        to=NUMBER, sender=sender, body="Hello", status="received", direction="inbound"
    )
    return {"SID": message.sid, "number": sender}


def a_phone(stack: Stack) -> Values:
    """Nothing but a number to text."""
    return {"number": new_number()}


def our_number(stack: Stack) -> Values:
    """The number that Twilio has."""
    return {"number": NUMBER}


SITUATIONS: dict[str, Callable[[Stack], Values]] = {
    "dead-letter": dead_letter,
    "needs-decision": needs_decision,
    "webhooks-failing": incoming_text,
    "webhooks-refused": our_number,
}


@pytest.fixture(scope="module")
def shared(azurite: StorageOptions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running stack of this module, with its number pointed at the app."""
    with running(azurite.connection_string) as stack:
        missing_keys(Path(stack.environ["LOCAL_SECRETS_FILE"]), ["alice"])
        stack.ops("point", NUMBER, "--yes", "--memory", str(tmp_path_factory.mktemp("point") / "pointed.json"))
        yield stack


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The same stack, with empty queues."""
    shared.empty()
    return shared


def expected_of(alert: str, step: str) -> Expected:
    """The only row for a step."""
    rows = [row for (name, begins), row in EXPECTED.items() if name == alert and step.startswith(begins)]
    assert len(rows) == 1, f"{len(rows)} rows for {alert}: {step}"
    return rows[0]


def arguments_of(step: str, values: Values) -> list[str]:
    """The arguments, with the answer yes and the tests' numbers.toml where the command has these options."""
    arguments = filled(step, values)
    if step.startswith(ASK):
        arguments.append("--yes")
    if step.startswith(("doctor", "numbers show")):
        arguments += ["--file", NUMBERS_FILE]
    return [*arguments, NUMBERS_FILE] if step.startswith("numbers check") else arguments


def test_every_row_has_a_step() -> None:
    """A row of a step that is gone checks nothing."""
    unused = [row for row in EXPECTED if not any(alert == row[0] and step.startswith(row[1]) for alert, step in STEPS)]
    assert not unused


@pytest.mark.parametrize(("alert", "step"), STEPS)
def test_a_step_does_what_the_runbook_says(stack: Stack, alert: str, step: str) -> None:
    """In the situation of its alert."""
    expected = expected_of(alert, step)
    values = SITUATIONS.get(alert, a_phone)(stack)
    if step.startswith("numbers show"):
        values = our_number(stack)
    result = stack.ops(*arguments_of(step, values))
    assert expected.words.format(**values) in result.stdout + result.stderr
    assert result.code == expected.code
