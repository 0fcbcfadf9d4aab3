"""infra/ compiles without a word, and what it makes is what the code needs and no more than docs/security.md says."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from switchboard.commands import COMMAND_TYPES
from switchboard.queues import DEAD_LETTER, EVENTS
from switchboard.settings import SETTINGS, STORAGE, STORAGE_SETTINGS
from tests import arm
from tests.unit.test_documentation import SOURCE

pytestmark = arm.needs_bicep

BICEP_FILES = sorted(path for path in arm.INFRA.rglob("*") if path.suffix in (".bicep", ".bicepparam"))
# What the Functions host and azure-identity read, and the product does not.
BY_THE_PLATFORM = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AZURE_CLIENT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsDisableHomepage",
}
SECRET_FUNCTIONS = r"\blist\w*\(|\bgetSecret\("


def site() -> dict[str, Any]:
    """The function app's properties."""
    found: dict[str, Any] = arm.one("Microsoft.Web/sites")["properties"]
    return found


def app_settings() -> str:
    """The expression that makes the app's settings."""
    expression: str = site()["siteConfig"]["appSettings"]
    return expression


def app_variables() -> dict[str, Any]:
    """The variables of the app's module."""
    variables: dict[str, Any] = arm.module("app")["variables"]
    return variables


def always_set() -> set[str]:
    """The names in the literal part of that expression."""
    literal = app_settings().partition("createObject(")[2].partition("variables('present')")[0]
    literal += app_variables()["origin"]
    return {name for name in re.findall(r"'(\w+)', ", literal) if re.fullmatch(r"[A-Z][A-Z_]+|AzureWebJobs\w+", name)}


def test_it_is_formatted(tmp_path: Path) -> None:
    """`bicep format` has nothing to change."""
    copied = shutil.copytree(arm.INFRA, tmp_path / "infra")
    done = arm.bicep("format", "--pattern", f"{copied}/**/*.bicep*")
    assert (done.returncode, done.stderr) == (0, "")
    for file in BICEP_FILES:
        assert (copied / file.relative_to(arm.INFRA)).read_text() == file.read_text(), file.name


def test_it_compiles_without_a_word() -> None:
    """`build` and `lint`, with every rule of the linter on but the one that depends on the day."""
    for done in (arm.built(), arm.bicep("lint", arm.MAIN)):
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("everything", [False, True], ids=["the four", "everything set"])
def test_the_parameters_compile_without_a_word(everything: bool) -> None:
    """`build-params`, with the four required variables alone, and with all others beside."""
    done = arm.built_parameters(everything=everything)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_rule_of_the_linter_warns() -> None:
    """No rule is an error: a newer compiler on a user's machine may not end a deployment that is as good as yesterday.

    Here a warning fails the test above. `use-recent-api-versions` is off: it depends on the day, not on the file.
    """
    rules = json.loads((arm.INFRA / "bicepconfig.json").read_text())["analyzers"]["core"]["rules"]
    assert len(rules) > 40
    levels = {name: rule["level"] for name, rule in rules.items()}
    assert {name: level for name, level in levels.items() if level != "warning"} == {"use-recent-api-versions": "off"}


def test_a_linters_finding_does_not_end_a_deployment(tmp_path: Path) -> None:
    """The compiler says it, and compiles: a rule that is new to our files is a warning at most."""
    copied = shutil.copytree(arm.INFRA, tmp_path / "infra")
    (copied / "main.bicep").write_text(arm.MAIN.read_text() + "\nvar unused = 'a linter rule is against this'\n")
    done = arm.bicep("build", copied / "main.bicep", "--stdout")
    assert done.returncode == 0
    assert "no-unused-vars" in done.stderr


def test_what_is_missing_is_named() -> None:
    """Each of the four is asked for by its name, all at once."""
    done = arm.bicep("build-params", arm.PARAMETERS, "--stdout", environment={})
    assert done.returncode != 0
    assert [name for name in arm.ENVIRONMENT if f'"{name}"' not in done.stderr] == []


@pytest.mark.parametrize("file", [path for path in BICEP_FILES if path.suffix == ".bicep"], ids=lambda path: path.name)
def test_every_parameter_says_whether_it_is_required(file: Path) -> None:
    """Each is described, and one with a default is optional."""
    for described, rest in re.findall(r"((?:^[^\n]+\n)*)^param ([^\n]*)", file.read_text(), re.MULTILINE):
        assert f"@description('{'Optional' if '=' in rest else 'Required'}. " in described, rest


def test_every_parameter_is_set() -> None:
    """None that nobody sets: each has its line in main.bicepparam."""
    assert set(arm.template()["parameters"]) == set(arm.values())


def test_every_setting_of_the_code_is_set() -> None:
    """Always, or from a variable of the same name; what is refused in Azure is not."""
    read = {each.name for each in SETTINGS if each.where != "local"} | set(STORAGE_SETTINGS) - {STORAGE}
    optional = set(arm.values()["settings"])
    assert always_set() | optional == read | BY_THE_PLATFORM
    assert always_set() & optional == {"PUBLIC_BASE_URL"}


def test_an_optional_setting_comes_from_its_variable() -> None:
    """By the same name; empty means absent, because the app filters those out."""
    assert arm.values()["settings"] == dict.fromkeys(arm.SETTINGS, "")
    assert arm.values(everything=True)["settings"] == {name: f"the {name}" for name in arm.SETTINGS}
    assert "not(empty(lambdaVariables('setting').value))" in arm.module("app")["variables"]["present"]


def test_the_origin_that_twilio_sees_is_set() -> None:
    """The app's own host, unless a variable names another one; not where Azure's domain is another one."""
    assert "createObject('PUBLIC_BASE_URL', format('https://{0}.azurewebsites.net'" in app_variables()["origin"]
    assert "equals(environment().name, 'AzureCloud')" in app_variables()["origin"]
    # The last object wins in union().
    assert app_settings().index("variables('origin')") < app_settings().index("variables('present')")


def test_a_teams_settings_are_set_and_replace_none_of_the_apps() -> None:
    """PINs and FLOW_ settings, from one variable; the last object wins in union()."""
    assert arm.values()["teamSettings"] == {}
    assert set(arm.values(everything=True)["teamSettings"]) == {"ANA_PIN"}
    assert "union(parameters('teamSettings')," in app_settings()
    site = arm.one("Microsoft.Web/sites")
    assert "userAssignedIdentities" in site["properties"]["keyVaultReferenceIdentity"]


def test_the_page_of_the_functions_host_is_off() -> None:
    """At `/` it would tell anybody what runs there."""
    assert "'AzureWebJobsDisableHomepage', 'true'" in app_settings()


def test_no_key_and_no_secret_is_read() -> None:
    """Nothing lists a key, and no parameter is a secret."""
    everything = list(arm.strings(arm.template()))
    assert len(everything) > 500
    assert [text for text in everything if re.search(SECRET_FUNCTIONS, text)] == []
    assert not re.search(r"secure(String|Object)", str(arm.template()), re.IGNORECASE)


def test_the_only_connection_string_is_an_address() -> None:
    """Application Insights' own, which opens nothing while local authentication is off."""
    found = [text for text in arm.strings(arm.template()) if re.search(r"connectionstring", text, re.IGNORECASE)]
    assert found == [app_settings()]
    assert re.findall(r"\w+\('\w+'\)\.\w*ConnectionString", app_settings()) == [
        "reference('insights').ConnectionString"
    ]
    assert arm.one("Microsoft.Insights/components")["properties"]["DisableLocalAuth"] is True


def test_no_output_is_a_secret() -> None:
    """Outputs are names and addresses, which anybody who reads a deployment sees."""
    assert not [name for name in arm.template()["outputs"] if re.search(r"TOKEN|SECRET|PASSWORD|CONNECTION", name)]


def made_by_loop(kind: str, variable: str) -> list[str]:
    """The names that a loop of the storage module makes."""
    resource = arm.one(f"Microsoft.Storage/storageAccounts/{kind}")
    assert resource["copy"]["count"] == f"[length(variables('{variable}'))]"
    assert f"variables('{variable}')[copyIndex()]" in resource["name"]
    names: list[str] = arm.module("storage")["variables"][variable]
    return names


def test_every_queue_of_the_code_is_made() -> None:
    """Those it is triggered by, those it writes, and none besides."""
    triggered = re.findall(r'queue_trigger\("message", "([a-z-]+)"', SOURCE)
    assert sorted(made_by_loop("queueServices/queues", "queueNames")) == sorted(
        {*triggered, *COMMAND_TYPES, EVENTS, DEAD_LETTER}
    )


def test_every_table_of_the_design_is_made() -> None:
    """The record of deliveries, and who opted out."""
    assert made_by_loop("tableServices/tables", "tableNames") == ["deliveries", "optouts"]


def test_storage_has_no_keys_and_no_public_blobs() -> None:
    """Identities alone, over TLS 1.2 at least."""
    said = arm.one("Microsoft.Storage/storageAccounts")["properties"]
    assert said["allowSharedKeyAccess"] is False
    assert said["allowBlobPublicAccess"] is False
    assert said["minimumTlsVersion"] == "TLS1_2"
    assert said["supportsHttpsTrafficOnly"] is True
    assert arm.one("Microsoft.Storage/storageAccounts/blobServices/containers")["properties"]["publicAccess"] == "None"


def test_a_vault_can_neither_be_purged_nor_read_without_a_role() -> None:
    """RBAC, purge protection, seven days to bring it back, and a log of who read what."""
    said = arm.one("Microsoft.KeyVault/vaults")["properties"]
    assert said["enableRbacAuthorization"] is True
    assert said["enablePurgeProtection"] is True
    assert said["softDeleteRetentionInDays"] == 7
    assert "accessPolicies" not in said
    logs = arm.one("Microsoft.Insights/diagnosticSettings")
    assert "Microsoft.KeyVault/vaults" in logs["scope"]
    assert logs["properties"]["logs"] == [{"categoryGroup": "audit", "enabled": True}]


def test_a_deleted_vault_is_brought_back_when_asked() -> None:
    """RECOVER_KEY_VAULT, for the one deployment after a deletion."""
    assert arm.values()["recoverKeyVault"] is False
    assert arm.values(everything=True)["recoverKeyVault"] is True
    create = arm.module("vault")["resources"]["vault"]["properties"]["createMode"]
    assert create == "[if(parameters('recover'), 'recover', 'default')]"


def test_the_app_takes_https_alone_and_no_password() -> None:
    """TLS 1.2 at least, and no publishing credentials: Flex Consumption has no FTP at all."""
    assert site()["httpsOnly"] is True
    assert site()["siteConfig"]["minTlsVersion"] == "1.2"
    assert site()["siteConfig"]["scmMinTlsVersion"] == "1.2"
    policies = [
        each
        for each in arm.resources("app")
        if each["type"] == "Microsoft.Web/sites/basicPublishingCredentialsPolicies"
    ]
    assert [each["properties"] for each in policies] == [{"allow": False}, {"allow": False}]
    assert sorted(re.findall(r"'(ftp|scm)'", str([each["name"] for each in policies]))) == ["ftp", "scm"]


def test_the_app_is_flex_consumption_on_python_3_13() -> None:
    """And answers sixteen requests at once on an instance: Azure's own default for Python is one."""
    plan = arm.one("Microsoft.Web/serverfarms")
    assert (plan["sku"]["name"], plan["sku"]["tier"]) == ("FC1", "FlexConsumption")
    assert plan["properties"]["reserved"] is True
    config = site()["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert config["scaleAndConcurrency"]["triggers"]["http"]["perInstanceConcurrency"] == 16
    assert config["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"


def test_a_deployment_replaces_instances_as_azure_does_by_default() -> None:
    """Rolling updates are a preview: whoever wants one sets the variable."""
    assert arm.values()["siteUpdateStrategy"] == "Recreate"
    assert arm.values(everything=True)["siteUpdateStrategy"] == "RollingUpdate"
    assert arm.template()["parameters"]["siteUpdateStrategy"]["allowedValues"] == ["Recreate", "RollingUpdate"]
    assert site()["functionAppConfig"]["siteUpdateStrategy"] == {"type": "Recreate"}


def test_the_logs_of_a_day_are_capped() -> None:
    """Forged webhooks may not run up a bill without an end: 5 GB a day, twenty times a million texts a month."""
    assert arm.values()["dailyLogCapGb"] == 5
    assert arm.values(everything=True)["dailyLogCapGb"] == -1
    workspace = arm.one("Microsoft.OperationalInsights/workspaces")["properties"]
    assert workspace["workspaceCapping"] == {"dailyQuotaGb": 5}


def test_there_is_a_budget_where_it_is_asked_for_whole() -> None:
    """Amount, beginning and address: Azure wants the beginning, refuses to change it, and mails nobody without one."""
    assert (arm.values()["monthlyBudget"], arm.values()["budgetStart"]) == (0, "")
    assert (arm.values(everything=True)["monthlyBudget"], arm.values(everything=True)["budgetStart"]) == (
        50,
        "2026-12-01",
    )
    expression = arm.template()["variables"]["hasBudget"]
    assert all(name in expression for name in ("monthlyBudget", "budgetStart", "alertEmail"))
    assert arm.template()["resources"]["budget"]["condition"] == "[variables('hasBudget')]"
    budget = arm.one("Microsoft.Consumption/budgets")["properties"]
    assert "utcNow" not in str(budget)
    assert {each["thresholdType"] for each in budget["notifications"].values()} == {"Actual", "Forecasted"}


def test_the_scale_is_set_by_variables() -> None:
    """Size, maximum, concurrency and what is always ready, with defaults that cost nothing while idle."""
    names = ("instanceMemoryMB", "maximumInstanceCount", "httpConcurrency", "alwaysReadyHttpInstances")
    assert [arm.values()[name] for name in names] == [2048, 100, 16, 0]
    assert [arm.values(everything=True)[name] for name in names] == [512, 1000, 8, 2]


def test_the_app_waits_for_its_roles() -> None:
    """A host that starts before them fails to reach its storage, silently."""
    assert "roles" in arm.template()["resources"]["app"]["dependsOn"]


def test_everything_is_tagged_for_azd() -> None:
    """azd finds its resources and the app by these."""
    assert arm.template()["variables"]["tags"] == {"azd-env-name": "[parameters('environmentName')]"}
    taggable = [each for each in arm.resources() if "location" in each and each["type"].count("/") == 1]
    assert len(taggable) == 11
    assert [each["type"] for each in taggable if "tags" not in each] == []
    assert "azd-service-name" in arm.one("Microsoft.Web/sites")["tags"]


def test_the_service_of_azure_yaml_is_the_tag_of_the_app() -> None:
    """azd deploys to the resource whose tag is the service's name."""
    services = (arm.INFRA.parent / "azure.yaml").read_text().partition("services:\n")[2].partition("\n#")[0]
    assert re.findall(r"^  (\w+):$", services, re.MULTILINE) == ["app"]
    assert "createObject('azd-service-name', 'app')" in arm.one("Microsoft.Web/sites")["tags"]
