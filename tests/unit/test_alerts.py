"""Alerts and the workbook query lines that the code logs: a word that changed on one side only is found here."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import arm

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path.read_text() for path in sorted((ROOT / "infra" / "alerts").glob("*.kql"))}
WORKBOOK: dict[str, Any] = json.loads((ROOT / "infra" / "workbook.json").read_text())
CHARTS = {each["name"]: each["content"]["query"] for each in WORKBOOK["items"] if "query" in each["content"]}
QUERIES = {name: re.sub(r"//.*", "", text) for name, text in FILES.items()}
EVERY_QUERY = {**QUERIES, **{name: re.sub(r"(?m)^//.*", "", query) for name, query in CHARTS.items()}}
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


def logged() -> dict[str, set[str]]:
    """Each event that the product logs, and the keys that every line of it has."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "switchboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and (line := re.match(r"event=([\w%]+)(.*)", str(node.value))):
                keys = set(re.findall(r" (\w+)=", line[2]))
                found[line[1]] = found.get(line[1], keys) & keys
    return found


KNOWN = logged()


def known(event: str) -> set[str]:
    """The keys of an event's lines. Raises KeyError for one that is not logged; `a_%s` is a family."""
    for name, found in KNOWN.items():
        if re.fullmatch(name.replace("%s", r"\w+"), event):
            return found
    raise KeyError(event)


def events(query: str) -> set[str]:
    """The events whose lines a query takes."""
    return set(re.findall(r'Message startswith "event=([a-z_]+) "', query))


def keys(query: str) -> set[str]:
    """The keys that it looks for in them, `event` aside."""
    return set(re.findall(r'"([a-z_]+)=', query)) - {"event"}


def test_the_code_logs_events() -> None:
    """The search finds them: an empty list would agree with nothing, and hide that it is empty."""
    assert logged()["webhook_refused"] == {"function", "times", "reason"}
    assert logged()["command_accepted"] == {"queue", "id", "sid", "attempt", "seconds"}
    assert len(logged()) >= 10


@pytest.mark.parametrize("name", EVERY_QUERY)
def test_a_query_takes_only_lines_that_are_logged(name: str) -> None:
    """By the event's name, which every line begins with, and by keys that those lines have."""
    query = EVERY_QUERY[name]
    assert events(query) or "AppRequests" in query
    assert all(known(event) is not None for event in events(query))
    assert len(re.findall(r"event=[a-z_]", query)) == query.count('Message startswith "event=')


@pytest.mark.parametrize("name", EVERY_QUERY)
def test_a_query_looks_for_keys_that_are_logged(name: str) -> None:
    """Each key is one of an event that the query takes."""
    query = EVERY_QUERY[name]
    assert keys(query) - set().union(*(known(event) for event in events(query))) == set()


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        ("dead-letter", {"dead_letter", "queue_depth", "queue_failed"}),
        ("account-fault", {"account_fault", "command_paused"}),
        ("needs-decision", {"delivery_unresolved", "duplicate_sid"}),
        ("webhooks-failing", {"flow_failed", "webhook_failed", "webhook_unready"}),
        ("webhooks-refused", {"webhook_refused"}),
        ("outbox-stalled", {"queue_depth", "command_accepted"}),
        ("silence", {"queue_depth"}),
        ("server-errors", set()),
    ],
)
def test_each_alert_watches_its_events(alert: str, expected: set[str]) -> None:
    """The list of what a person must learn of."""
    assert events(QUERIES[alert]) == expected


def test_each_alert_has_a_runbook() -> None:
    """The headings of docs/runbooks.md are the queries, and no other."""
    assert sorted(re.findall(r"^## ([a-z]+(?:-[a-z]+)*)$", RUNBOOKS, re.MULTILINE)) == sorted(QUERIES)


def test_the_workbook_shows_what_it_is_for() -> None:
    """Texts and calls by the hour, how they ended, how long they took, and refusals."""
    assert {"sent", "received", "states", "waited", "refused"} <= set(CHARTS)
    assert WORKBOOK["fallbackResourceIds"] == ["<workspace>"]


@arm.needs_bicep
def test_every_query_is_deployed() -> None:
    """Each file is one rule, by its name, whole; silence alone fires when nothing is found."""
    deployed = {each["name"]: each for each in arm.module("alerts")["variables"]["alerts"]}
    queries = {
        name: arm.module("alerts")["variables"][each["query"].removeprefix("[variables('").removesuffix("')]")]
        for name, each in deployed.items()
    }
    assert queries == FILES
    assert [name for name, each in deployed.items() if each["whenNothing"]] == ["silence"]


def minutes(duration: str) -> int:
    """The minutes of an ISO 8601 duration."""
    return int(duration.removeprefix("PT").removesuffix("M"))


@arm.needs_bicep
def test_no_evaluation_misses_a_line_that_arrives_late() -> None:
    """Every window is longer than the time between two evaluations by the five minutes that a line may take."""
    rule = arm.one("Microsoft.Insights/scheduledQueryRules")["properties"]["evaluationFrequency"]
    frequencies = dict(enumerate(re.findall(r"'PT(\d+)M'", rule), start=1))
    for each in arm.module("alerts")["variables"]["alerts"]:
        assert minutes(each["window"]) >= int(frequencies[each["severity"]]) + 5, each["name"]


@arm.needs_bicep
def test_an_alert_about_single_messages_is_split_by_them() -> None:
    """Azure mails an open alert once: without the split, nobody learns of a second dead letter."""
    split = {each["name"]: each.get("splitBy") for each in arm.module("alerts")["variables"]["alerts"]}
    assert {name: column for name, column in split.items() if column} == {
        "dead-letter": "Subject",
        "needs-decision": "Subject",
    }
    assert {name for name, query in QUERIES.items() if "Subject" in query} == {"dead-letter", "needs-decision"}
    (condition,) = arm.one("Microsoft.Insights/scheduledQueryRules")["properties"]["criteria"]["allOf"]
    assert "'splitBy'" in condition["dimensions"]


@pytest.mark.parametrize("name", EVERY_QUERY)
def test_no_query_depends_on_an_operation_id(name: str) -> None:
    """The Python 3.13 worker may log a line under another invocation's id, or without one.

    https://github.com/Azure/azure-functions-python-worker/issues/1811 and 1860
    """
    assert "OperationId" not in EVERY_QUERY[name]


@arm.needs_bicep
def test_the_workbook_is_deployed() -> None:
    """Its JSON, with the workspace in place of the placeholder."""
    workbook = arm.module("workbook")
    assert workbook["variables"]["$fxv#0"] == (ROOT / "infra" / "workbook.json").read_text()
    assert (
        "'<workspace>', parameters('workspaceId')"
        in arm.one("Microsoft.Insights/workbooks")["properties"]["serializedData"]
    )


@arm.needs_bicep
def test_the_mail_of_an_alert_names_its_runbook() -> None:
    """The description is in the mail; it ends with page and heading, which are the alert's name."""
    description = arm.one("Microsoft.Insights/scheduledQueryRules")["properties"]["description"]
    assert "docs/runbooks.md#{1}', " in description
    assert description.endswith(".name)]")


@arm.needs_bicep
def test_alerts_are_mailed_to_an_address() -> None:
    """To ALERT_EMAIL; without it nobody gets a mail, and an output says so."""
    assert arm.one("Microsoft.Insights/actionGroups")["condition"] == "[not(empty(parameters('email')))]"
    assert arm.values(everything=True)["alertEmail"] == "operators@example.com"
    assert "nobody: set ALERT_EMAIL" in arm.template()["outputs"]["ALERTS_GO_TO"]["value"]
