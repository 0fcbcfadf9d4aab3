"""Who may do what in Azure: each role assignment that is expected, and no other."""

import re
from typing import NamedTuple

import pytest

from tests import arm

pytestmark = arm.needs_bicep

SECURITY = (arm.INFRA.parent / "docs" / "security.md").read_text()
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
    "8a0f0c08-91a1-4084-bc3d-661d67233fed": "Storage Queue Data Message Processor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
}


class Grant(NamedTuple):
    """One assignment: to which principal, which role, on what."""

    who: str
    role: str
    scope: str


EXPECTED = {
    Grant("app", "Storage Blob Data Owner", "storage"),
    Grant("app", "Storage Queue Data Contributor", "storage"),
    Grant("app", "Storage Table Data Contributor", "storage"),
    Grant("app", "Key Vault Secrets User", "vault"),
    Grant("app", "Monitoring Metrics Publisher", "insights"),
    Grant("deployer", "Storage Blob Data Contributor", "deployments"),
    Grant("operators", "Key Vault Secrets Officer", "vault"),
    Grant("operators", "Storage Queue Data Contributor", "storage"),
    Grant("operators", "Storage Table Data Contributor", "storage"),
    Grant("pushers", "Storage Queue Data Message Sender", "sms-outbox"),
    Grant("pushers", "Storage Queue Data Message Sender", "call-outbox"),
    Grant("consumers", "Storage Queue Data Message Processor", "events"),
}
WHO = {
    "[reference('identity').outputs.principalId.value]": "app",
    arm.ENVIRONMENT["AZURE_PRINCIPAL_ID"].lower(): "deployer",
    "[parameters('operatorPrincipalIds')[copyIndex()]]": "operators",
    "[parameters('pusherPrincipalIds')[copyIndex()]]": "pushers",
    "[parameters('consumerPrincipalIds')[copyIndex()]]": "consumers",
}
SCOPES = {
    "Microsoft.Storage/storageAccounts": "storage",
    "Microsoft.KeyVault/vaults": "vault",
    "Microsoft.Insights/components": "insights",
}


def assignments() -> list[arm.Resource]:
    """Every role assignment of every module, as compiled."""
    return [each for each in arm.resources() if each["type"] == "Microsoft.Authorization/roleAssignments"]


def grant(assignment: arm.Resource) -> Grant:
    """What an assignment says. Raises KeyError for a role, a principal or a scope that this file does not know."""
    properties = assignment["properties"]
    return Grant(WHO[properties["principalId"]], ROLES[role_id(assignment)], scope(assignment["scope"]))


def role_id(assignment: arm.Resource) -> str:
    """The id of the role definition, from the module's variable."""
    variable = assignment["properties"]["roleDefinitionId"].removeprefix("[variables('").removesuffix("')]")
    return str(re.findall(r"'([0-9a-f-]{36})'", arm.module("roles")["variables"][variable])[0])


def scope(expression: str) -> str:
    """On what: a whole account or vault, or one queue."""
    kind = expression.removeprefix("[resourceId('").partition("'")[0]
    if kind == "Microsoft.Storage/storageAccounts/blobServices/containers":
        return str(arm.template()["variables"]["deploymentContainer"])
    if kind == "Microsoft.Storage/storageAccounts/queueServices/queues":
        return str(re.findall(r"'([a-z-]+)'", expression)[-1])
    return SCOPES[kind]


def test_each_expected_role_is_given_and_no_other() -> None:
    """The least that works, for the app and for people."""
    granted = [grant(each) for each in assignments()]
    assert len(granted) == len(set(granted))
    assert set(granted) == EXPECTED


def test_no_role_is_given_outside_the_roles_module() -> None:
    """One file to read."""
    assert {each["type"] for each in arm.resources("roles")} == {"Microsoft.Authorization/roleAssignments"}
    assert len(assignments()) == len(arm.resources("roles"))


def test_only_the_app_is_said_to_be_a_service_principal() -> None:
    """A deployer may be a person or a workflow, and a wrong kind is refused."""
    typed = {grant(each).who for each in assignments() if "principalType" in each["properties"]}
    assert typed == {"app"}


def test_an_assignments_name_is_its_own() -> None:
    """Scope, principal and role make the name, and nothing else does.

    Two with one name would overwrite each other. A name without the principal is there already when an identity was
    deleted and made again: Azure refuses to give the old assignment to the new principal.
    """
    compiled = arm.module("roles")["resources"]
    names = [each["name"] for each in compiled.values() if not each.get("existing")]
    assert len(set(names)) == len(names) == len(assignments())
    for each in compiled.values():
        if not each.get("existing"):
            expected = (each["scope"], each["properties"]["principalId"], each["properties"]["roleDefinitionId"])
            assert each["name"] == "[guid({})]".format(", ".join(map(inner, expected)))


def inner(expression: str) -> str:
    """An expression without the brackets around it, and no others."""
    return expression.removeprefix("[").removesuffix("]")


def test_lists_of_principals_come_from_variables() -> None:
    """Separated by commas, each once whatever its case: Azure ends a deployment that gives a role twice."""
    deployer = arm.ENVIRONMENT["AZURE_PRINCIPAL_ID"].lower()
    handed = arm.values(everything=True)
    assert handed["deployerPrincipalId"] == deployer
    assert handed["operatorPrincipalIds"] == [deployer, "a"]
    assert handed["pusherPrincipalIds"] == ["b", "c"]
    assert handed["consumerPrincipalIds"] == ["d"]
    assert (arm.values()["pusherPrincipalIds"], arm.values()["consumerPrincipalIds"]) == ([], [])


@pytest.mark.parametrize("expected", sorted(EXPECTED), ids=lambda each: f"{each.who}-{each.scope}-{each.role}")
def test_the_documentation_has_each_role(expected: Grant) -> None:
    """The table of docs/security.md says who has which role on what."""
    rows = [line for line in SECURITY.splitlines() if line.startswith("|") and f"`{expected.role}`" in line]
    assert any(expected.who in row and f"`{expected.scope}`" in row for row in rows), expected
