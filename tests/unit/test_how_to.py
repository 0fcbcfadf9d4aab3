"""docs/how-to.md, as far as it can be checked without running it.

The Python and the `ops` commands of the page are run in tests/integration. Nothing here compiles C#, runs PowerShell or
deploys a Logic App. Checked instead: the messages that they would send, by the schemas and by the app's own reader; the
names of types and methods, by a list that was compared with Microsoft's reference pages; the shape of the workflow
definitions and every name that one part of them uses of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from switchboard.commands import COMMAND_TYPES, parse
from switchboard.events import EVENT_TYPES, type_of
from switchboard.queues import QUEUES, read_json
from tests import arm
from tests.doc_commands import filled, ops_commands, page, parse_ops, shell_lines

ROOT = Path(__file__).parents[2]
HOW_TO = page("how-to.md")
# What a reader puts in place of <…>.
VALUES = {"group": "rg-a", "app": "func-a"}
QUEUE = re.compile(r"queue\.core\.windows\.net/([a-z-]+)")
# Members of Azure.Identity, Azure.Storage.Queues, System.Text.Json and the isolated worker that the page uses.
# https://learn.microsoft.com/dotnet/api/azure.storage.queues.queueclient.sendmessageasync
CSHARP = {
    "QueueClient",
    "Uri",
    "DefaultAzureCredential",
    "SendMessageAsync",
    "Serialize",
    "FromSeconds",
    "Function",
    "Handle",
    "QueueTrigger",
    "Parse",
    "GetProperty",
    "TryGetProperty",
    "GetString",
    "WriteLine",
}
# The triggers' body by the connector's reference: https://learn.microsoft.com/connectors/azurequeues/
CONNECTOR_FIELDS = {"QueueMessagesList", "QueueMessage", "MessageText", "MessageId", "PopReceipt"}
ACTION_TYPES = {"Compose", "ApiConnection", "Switch"}


def blocks(language: str) -> list[str]:
    """The blocks of a language, by the whole text after the fence."""
    return re.findall(rf"```{re.escape(language)}\n(.*?)```", HOW_TO, re.DOTALL)


def check_command(queue: str, text: str) -> None:
    """Asserts that a message is a command, by its schema and by the app's reader."""
    schema = json.loads((ROOT / "schemas" / "commands" / f"{queue}.json").read_text())
    problems = [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(text))]
    assert problems == []
    assert parse(COMMAND_TYPES[queue], read_json(text.encode())).id


def anonymous_object(code: str) -> str:
    """The JSON that JsonSerializer writes for `new { name = "value", … }`: names as they are."""
    (fields,) = re.findall(r"= new \{ (.*) \};", code)
    return json.dumps(dict(re.findall(r'(\w+) = "([^"]*)"', fields)))


def workflows() -> list[dict[str, Any]]:
    """The Logic Apps."""
    return [json.loads(text) for text in blocks("json workflow")]


def scopes(actions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The actions of a workflow, and those within each Switch."""
    yield actions
    for action in actions.values():
        for case in [*action.get("cases", {}).values(), action.get("default", {})]:
            yield from scopes(case.get("actions", {}))


def expressions(value: object) -> str:
    """Everything in a definition, as one text."""
    return json.dumps(value)


def test_each_language_sends_a_text_and_a_call() -> None:
    """The page's claim."""
    assert [QUEUE.findall(code)[0] for code in blocks("csharp") if "SendMessageAsync" in code] == [
        "sms-outbox",
        "call-outbox",
    ]
    assert QUEUE.findall(blocks("powershell")[0]) == ["sms-outbox"]
    assert len(blocks("json call-outbox")) == 1


@pytest.mark.parametrize("code", [code for code in blocks("csharp") if "SendMessageAsync" in code])
def test_the_message_of_csharp_is_a_command(code: str) -> None:
    """With the field names of the contract, and without an end of its time."""
    check_command(QUEUE.findall(code)[0], anonymous_object(code))
    assert "timeToLive: TimeSpan.FromSeconds(-1)" in code


def test_csharp_uses_names_that_exist() -> None:
    """Of types and methods; every bracket closes."""
    for code in blocks("csharp"):
        assert set(re.findall(r"\b([A-Z]\w+)\(", code)) <= CSHARP
        assert all(code.count(opens) == code.count(closes) for opens, closes in ("()", "{}", "[]"))


def test_the_message_of_powershell_is_a_command() -> None:
    """In single quotes, where PowerShell replaces nothing; every variable is set before it is used."""
    (script,) = blocks("powershell")
    (text,) = re.findall(r"^\$command = '(.*)'$", script, re.MULTILINE)
    check_command("sms-outbox", text)
    rest = script.replace(text, "")
    assert set(re.findall(r"\$(\w+)", rest)) == set(re.findall(r"^\$(\w+) =", script, re.MULTILINE))
    assert "messagettl=-1" in script


def test_the_other_json_is_a_command() -> None:
    """The call of PowerShell."""
    for text in blocks("json call-outbox"):
        check_command("call-outbox", text)


@pytest.mark.parametrize("workflow", workflows(), ids=["send", "consume"])
def test_a_workflow_has_the_shape_of_a_definition(workflow: dict[str, Any]) -> None:
    """https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-definition-language"""
    assert set(workflow) == {"$schema", "contentVersion", "parameters", "triggers", "actions", "outputs"}
    assert workflow["$schema"].endswith("/2016-06-01/workflowdefinition.json#")
    assert len(workflow["triggers"]) == 1
    for scope in scopes(workflow["actions"]):
        for name, action in scope.items():
            assert action["type"] in ACTION_TYPES
            assert set(action["runAfter"]) <= set(scope) - {name}
        assert not scope or sum(action["runAfter"] == {} for action in scope.values()) == 1


@pytest.mark.parametrize("workflow", workflows(), ids=["send", "consume"])
def test_a_workflow_uses_only_what_it_has(workflow: dict[str, Any]) -> None:
    """Outputs of its own actions, its own parameter, fields of the connector, queues of ours."""
    text = expressions(workflow)
    names = {name for scope in scopes(workflow["actions"]) for name in scope}
    assert set(re.findall(r"outputs\('([^']+)'\)", text)) <= names
    assert set(re.findall(r"parameters\('([^']+)'\)", text)) <= set(workflow["parameters"])
    assert set(re.findall(r"/queues/@\{encodeURIComponent\('([a-z-]+)'\)\}", text)) <= set(QUEUES)
    assert text.count("@{") == len(re.findall(r"@\{[^{}]*\}", text))
    request = workflow["triggers"].get("An_order_is_shipped", {}).get("inputs", {}).get("schema", {"properties": {}})
    fields = set(re.findall(r"(?:triggerBody\(\)|\])\?\['(\w+)'\]", text)) - {"from", "body"}
    assert fields <= CONNECTOR_FIELDS | set(request["properties"])


def test_the_message_of_the_logic_app_is_a_command() -> None:
    """With the values of a request in place of the expressions."""
    send = workflows()[0]
    command = json.dumps(send["actions"]["Command"]["inputs"])
    filled_in = command.replace("@{triggerBody()?['order']}", "4711").replace(
        "@{triggerBody()?['phone']}", "+15005550006"
    )
    check_command("sms-outbox", filled_in)
    put = send["actions"]["Put_a_message_on_a_queue_(V2)"]["inputs"]
    assert (put["method"], put["body"]) == ("post", "@{string(outputs('Command'))}")


def test_the_logic_app_reads_events_that_are_published() -> None:
    """Types and fields, by the schema of the type; and it deletes what it has read."""
    consume = workflows()[1]
    cases = consume["actions"]["By_type"]["cases"].values()
    assert {case["case"] for case in cases} <= {type_of(kind) for kind in EVENT_TYPES}
    for case in cases:
        schema = json.loads((ROOT / "schemas" / "events" / f"{case['case']}.json").read_text())
        used = set(re.findall(r"\['data'\]\?\['(\w+)'\]", expressions(case)))
        assert used
        assert all(f'"{field}"' in json.dumps(schema) for field in used)
    assert consume["actions"]["Delete_message_(V2)"]["inputs"]["queries"] == {
        "popreceipt": "@triggerBody()?['PopReceipt']"
    }


def test_every_ops_command_exists_with_its_options() -> None:
    """In the blocks of shell and in the workflow of CI."""
    in_ci = [f"```sh\n{line}\n```" for line in re.findall(r"- run: (.*)", "".join(blocks("yaml")))]
    commands = [*ops_commands(HOW_TO), *(command for line in in_ci for command in ops_commands(line))]
    assert len(commands) >= 6
    assert all(parse_ops(filled(command, VALUES)) in command for command in commands)


def test_the_variables_of_azd_exist() -> None:
    """They are read by infra/main.bicepparam."""
    named = set(re.findall(r"azd env set (\w+)", "\n".join(shell_lines(HOW_TO))))
    assert named == {"PUSHER_PRINCIPAL_IDS", "CONSUMER_PRINCIPAL_IDS"}
    assert named <= set(re.findall(r"readEnvironmentVariable\('(\w+)'", arm.PARAMETERS.read_text()))


def test_the_roles_are_those_that_the_deployment_gives() -> None:
    """By name."""
    roles = (arm.INFRA / "modules" / "roles.bicep").read_text() + page("security.md")
    for role in re.findall(r"role \*(Storage [A-Za-z ]+)\*", HOW_TO):
        assert role in roles


def test_every_anchor_of_the_new_pages_is_a_heading() -> None:
    """A link to a section that was renamed leads to the top of the page."""
    for name in ("how-to.md", "runbooks.md", "guide.md", "operating.md", "../README.md"):
        source = (ROOT / "docs" / name).resolve()
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", source.read_text()):
            text = (source.parent / target).read_text() if target else source.read_text()
            assert anchor in anchors(text), f"{name}: {target}#{anchor}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
