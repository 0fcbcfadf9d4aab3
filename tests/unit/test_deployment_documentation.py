"""README and docs/operating.md lead through a first deployment, with variables that exist."""

import re
from pathlib import Path

import pytest

from tests import arm
from tests.doc_commands import filled, ops_commands, parse_ops, shell_lines

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
DEPLOYMENT = README.partition("## Deploy it\n")[2].partition("\n## ")[0]
READ = set(re.findall(r"readEnvironmentVariable\('(\w+)'", arm.PARAMETERS.read_text()))
# Without them the app cannot send, is not protected, or fails unnoticed.
MATTER = {
    "TWILIO_ACCOUNT_SID",
    "TWILIO_FROM",
    "OPERATOR_NUMBER",
    "ALLOWED_DESTINATIONS",
    "ALERT_EMAIL",
    "STORAGE_SKU",
    "RECOVER_KEY_VAULT",
}
OF_SOME_REGIONS = {"STORAGE_SKU", "RECOVER_KEY_VAULT"}


def variables(text: str) -> set[str]:
    """The variables that a page sets: by azd, by the shell, or in its prose."""
    by_azd = set(re.findall(r"azd env set (\w+) ", text))
    by_shell = {name for line in re.findall(r"^export (.*)$", text, re.MULTILINE) for name in assigned(line)}
    return by_azd | by_shell | {name for code in re.findall(r"`([^`\n]+)`", text) for name in assigned(code)}


def assigned(line: str) -> list[str]:
    """The names in front of an equals sign."""
    return re.findall(r"(?:^|\s)([A-Z][A-Z_]+)=", line)


def test_parameters_read_variables() -> None:
    """The pattern above finds them."""
    assert {"AZURE_ENV_NAME", "TWILIO_ACCOUNT_SID", "RECOVER_KEY_VAULT"} <= READ
    assert len(READ) > 20


def test_the_readme_sets_every_important_variable() -> None:
    """In its deployment block or in the text."""
    assert variables(DEPLOYMENT) >= MATTER


@pytest.mark.parametrize("page", ["README.md", "docs/operating.md"])
def test_every_variable_that_is_set_is_read(page: str) -> None:
    """main.bicepparam would ignore a misspelt one silently."""
    text = DEPLOYMENT if page == "README.md" else OPERATING.partition("## Alerts")[0]
    azd_asks = {"AZURE_SUBSCRIPTION_ID", "TOKEN"}
    assert variables(text) - READ - azd_asks == set()


def test_every_variable_is_explained() -> None:
    """In the table of docs/operating.md, or in the README's table of settings."""
    table = OPERATING.partition("### What can be set\n")[2].partition("\n### ")[0]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", table))
    settings = set(re.findall(r"`([A-Z][A-Z_]+)`", README.partition("## Settings\n")[2].partition("\n## ")[0]))
    assert READ - named - settings == set()
    assert named - READ == set()


def test_every_output_is_explained() -> None:
    """docs/operating.md's table has each output of main.bicep, and no other."""
    table = OPERATING.partition("### What it prints\n")[2].partition("\n### ")[0]
    cells = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    outputs = re.findall(r"^output (\w+) ", arm.MAIN.read_text(), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", cells)) == set(outputs)


def test_the_error_after_azd_down_is_in_the_documentation() -> None:
    """In Azure's own words, which users search for, with the variable that helps."""
    section = OPERATING.partition("### Taking it down\n")[2].partition("\n### ")[0]
    assert "already exists in deleted state" in section
    assert "RECOVER_KEY_VAULT" in section


def test_the_deployment_block_is_the_whole_one() -> None:
    """It sets each variable that matters to everybody, and ends with the commands that azd's hook prints."""
    lines = shell_lines(DEPLOYMENT)
    assert {line.split()[3] for line in lines if line.startswith("azd env set ")} == MATTER - OF_SOME_REGIONS
    commands = [command.split()[0] for command in ops_commands(DEPLOYMENT)]
    hook = (ROOT / "infra" / "hooks" / "next-steps.sh").read_text()
    assert commands == re.findall(r"\./sb ops ([a-z-]+)", hook)
    assert all(parse_ops(filled(command)) for command in ops_commands(DEPLOYMENT))


def test_what_a_deployment_does_to_a_call_is_documented() -> None:
    """With both strategies, and what Twilio does meanwhile."""
    section = OPERATING.partition("### What a deployment does to a call in progress\n")[2].partition("\n### ")[0]
    assert all(word in section for word in ("`Recreate`", "RollingUpdate", "fallback URL", "230 s"))


def test_the_bill_is_not_said_to_be_bounded_by_instances() -> None:
    """Azure does not enforce the number for HTTP, and counts it for each group of functions."""
    security = (ROOT / "docs" / "security.md").read_text()
    assert "bounds the bill" not in security + OPERATING + arm.MAIN.read_text()
    for page in (security, OPERATING):
        assert "DAILY_LOG_CAP_GB" in page
        assert "MONTHLY_BUDGET" in page
    assert "azure-functions-host/issues/11790" in OPERATING
    assert "less than 40" in OPERATING
