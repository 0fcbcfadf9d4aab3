"""azd's hooks: the sh ones run here with an `az` of the test's own, the PowerShell ones are compared with them.

PowerShell is not run by any test: what is held is that both say the same sentences and give az the same commands.
"""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / "infra" / "hooks"
AZURE_YAML = (ROOT / "azure.yaml").read_text()
NAMES = ["check-vault", "wait-for-roles", "client-sdk", "next-steps"]
# `azd deploy` packages by itself, without the hook of `azd package`.
RUNS = ["check-vault", "wait-for-roles", "client-sdk", "client-sdk", "next-steps"]
# Logs its arguments; `az account show` succeeds unless $NOT_LOGGED_IN; the first $REFUSALS uploads are refused.
AZ = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2 $3" in
    "account show "*) [ -z "${NOT_LOGGED_IN:-}" ] ;;
    "keyvault list-deleted "*) echo "${DELETED_VAULT:-}" ;;
    "storage blob upload")
        if [ "$(grep -c 'blob upload' "$CALLS")" -le "${REFUSALS:-0}" ]; then
            echo "ERROR: AuthorizationPermissionMismatch" >&2
            exit 1
        fi ;;
esac
"""
DEPLOYED = {
    "AZURE_ENV_NAME": "switchboard",
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
    "AZURE_LOCATION": "westeurope",
    "AZURE_STORAGE_ACCOUNT": "stabc",
    "DEPLOYMENT_CONTAINER": "deployments",
    "KEY_VAULT_NAME": "kv-abc",
    "HEALTH_URL": "https://func-abc.azurewebsites.net/api/health",
    "ROLE_WAIT_TRIES": "3",
    "ROLE_WAIT_PAUSE": "0",
}


class Ran(NamedTuple):
    """What a hook did."""

    code: int
    out: str
    err: str
    calls: list[str]


def run(hook: str, folder: Path, *, az: bool = True, environment: dict[str, str] | None = None) -> Ran:
    """A hook, as azd runs it: with the environment's values, and with what is on PATH."""
    tools = folder / "bin"
    tools.mkdir()
    calls = folder / "calls"
    calls.touch()
    if az:
        (tools / "az").write_text(AZ)
        (tools / "az").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", HOOKS / f"{hook}.sh"],
        capture_output=True,
        text=True,
        timeout=30,
        env={
            "PATH": f"{tools}:/usr/bin:/bin",
            "CALLS": str(calls),
            **(DEPLOYED if environment is None else environment),
        },
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr, calls.read_text().splitlines())


def test_roles_in_effect_are_not_waited_for(tmp_path: Path) -> None:
    """One blob is written into the container and deleted again, by the login and not by a key."""
    ran = run("wait-for-roles", tmp_path)
    uploads = [call for call in ran.calls if "blob upload" in call]
    assert (ran.code, ran.err, len(uploads)) == (0, "", 1)
    for part in ("--auth-mode login", "--account-name stabc", "--container-name deployments", "--name role-check"):
        assert part in uploads[0]
    assert any("blob delete" in call and "--name role-check" in call for call in ran.calls)
    assert "Waiting" not in ran.out


def test_new_roles_are_waited_for_with_progress(tmp_path: Path) -> None:
    """A line for each try, until the container can be written."""
    ran = run("wait-for-roles", tmp_path, environment={**DEPLOYED, "REFUSALS": "2"})
    assert ran.code == 0
    assert re.findall(r"try (\d) of 3", ran.out) == ["1", "2"]
    assert ran.out.endswith("Roles are in effect: the deployment container can be written.\n")


def test_the_wait_ends(tmp_path: Path) -> None:
    """After so many tries, with az's last answer and what to do; deploying is tried all the same."""
    ran = run("wait-for-roles", tmp_path, environment={**DEPLOYED, "REFUSALS": "99"})
    assert ran.code == 0
    assert len(re.findall(r"try \d of 3", ran.out)) == 3
    assert "AuthorizationPermissionMismatch" in ran.err
    assert "run azd deploy again" in ran.err


def test_the_wait_is_ten_minutes_at_most() -> None:
    """Forty tries, fifteen seconds apart."""
    text = (HOOKS / "wait-for-roles.sh").read_text()
    assert ("ROLE_WAIT_TRIES:-40" in text, "ROLE_WAIT_PAUSE:-15" in text) == (True, True)


@pytest.mark.parametrize("hook", ["wait-for-roles", "check-vault"])
@pytest.mark.parametrize("az", [True, False], ids=["az is not logged in", "there is no az"])
def test_azd_alone_is_enough(hook: str, az: bool, tmp_path: Path) -> None:
    """az is not required: the hook says what it did not do, and ends well."""
    ran = run(hook, tmp_path, az=az, environment={**DEPLOYED, "NOT_LOGGED_IN": "1"})
    assert (ran.code, ran.err) == (0, "")
    assert "needs az, after az login" in ran.out


def test_a_deleted_vault_is_found_before_azure_refuses_it(tmp_path: Path) -> None:
    """By the environment's tag and region; the sentence has the command that helps."""
    ran = run("check-vault", tmp_path, environment={**DEPLOYED, "DELETED_VAULT": "kv-abc"})
    assert ran.code == 1
    assert "Key Vault kv-abc was deleted" in ran.err
    assert "azd env set RECOVER_KEY_VAULT true" in ran.err
    (query,) = [call for call in ran.calls if "list-deleted" in call]
    assert """properties.tags."azd-env-name"=='switchboard'""" in query
    assert "properties.location=='westeurope'" in query


def test_a_deleted_vault_is_recovered_when_asked(tmp_path: Path) -> None:
    """RECOVER_KEY_VAULT is set: nothing to say."""
    ran = run("check-vault", tmp_path, environment={**DEPLOYED, "DELETED_VAULT": "kv-abc", "RECOVER_KEY_VAULT": "true"})
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_vault_that_is_there_is_not_recovered_again(tmp_path: Path) -> None:
    """RECOVER_KEY_VAULT was left on."""
    ran = run("check-vault", tmp_path, environment={**DEPLOYED, "RECOVER_KEY_VAULT": "true"})
    assert ran.code == 1
    assert "azd env set RECOVER_KEY_VAULT false" in ran.err


def test_a_first_deployment_has_no_vault_to_find(tmp_path: Path) -> None:
    """azd asks for subscription and region after this hook: without them there is nothing to look for."""
    ran = run("check-vault", tmp_path, environment={"AZURE_ENV_NAME": "switchboard"})
    assert ran == Ran(0, "", "", [])


def test_the_next_steps_are_commands_to_copy(tmp_path: Path) -> None:
    """The secret, the number, the check, and where the app says what is missing."""
    ran = run("next-steps", tmp_path, environment={**DEPLOYED, "TWILIO_FROM": "+15005550006"})
    assert (ran.code, ran.err) == (0, "")
    for said in (
        "./sb ops set-secret twilio-auth-token",
        "./sb ops point +15005550006",
        "./sb ops doctor",
        DEPLOYED["HEALTH_URL"],
        DEPLOYED["KEY_VAULT_NAME"],
    ):
        assert said in ran.out
    assert "RECOVER_KEY_VAULT" not in ran.out


def test_a_recovery_is_to_be_turned_off_again(tmp_path: Path) -> None:
    """The next deployment would be refused with it."""
    ran = run("next-steps", tmp_path, environment={**DEPLOYED, "RECOVER_KEY_VAULT": "true"})
    assert "azd env set RECOVER_KEY_VAULT false" in ran.out


def test_every_command_that_is_named_exists() -> None:
    """`./sb ops` has each of them."""
    from ops.__main__ import app

    there = {each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands}
    named = set(re.findall(r"\./sb ops ([a-z-]+)", "".join(path.read_text() for path in HOOKS.iterdir())))
    assert named == {"set-secret", "point", "doctor"}
    assert named <= there


def test_azd_runs_each_hook_on_every_system() -> None:
    """A sh and a PowerShell file for each, which exist; only the first may end a deployment."""
    runs = re.findall(r"run: (\S+)", AZURE_YAML)
    assert runs == [f"infra/hooks/{name}.{kind}" for name in RUNS for kind in ("sh", "ps1")]
    assert sorted(path.name for path in HOOKS.iterdir()) == sorted({Path(path).name for path in runs})
    assert re.findall(r"shell: (\w+)", AZURE_YAML) == ["sh", "pwsh"] * len(RUNS)
    before, _, after = AZURE_YAML.partition("  postprovision:")
    assert (before.count("continueOnError"), after.count("continueOnError: true")) == (0, 8)


# A value of the environment, or a variable of the script, in each language.
SH_VALUE = r"\$\{(\w+)(?::-[^}]*)?\}|\$(\w+)"
PS_VALUE = r"\$\(\$env:(\w+)\)|\$env:(\w+)|\$(\w+)"


def sentences(path: Path) -> list[str]:
    """What a hook says, with each value as {}."""
    text = path.read_text()
    if path.suffix == ".sh":
        return [re.sub(SH_VALUE, "{}", said) for said in re.findall(r'echo "(.*?)"(?: >&2)?$', text, re.MULTILINE)]
    said = re.findall(r'(?:Write-Output |WriteLine\()"(.*?)"\)?$', text, re.MULTILINE)
    return [re.sub(PS_VALUE, "{}", each) for each in said]


def az_commands(path: Path) -> list[str]:
    """The commands and flags that a hook gives to az, but for the query, which PowerShell does itself."""
    text = path.read_text().replace('az storage blob "$@"', "")
    return sorted({*re.findall(r"--[a-z-]+", text)} - {"--query"})


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same(name: str) -> None:
    """The same sentences in the same order, but for how to install the commands, which differs by system."""
    in_sh, in_powershell = (sentences(HOOKS / f"{name}.{kind}") for kind in ("sh", "ps1"))
    assert len(in_sh) > 1
    different = [pair for pair in zip(in_sh, in_powershell, strict=True) if pair[0] != pair[1]]
    assert [pair[0].partition("(")[0] for pair in different] == [pair[1].partition("(")[0] for pair in different]
    assert len(different) == (1 if name == "next-steps" else 0)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_give_az_the_same_flags(name: str) -> None:
    """So that what the tests above show of one is likely of the other."""
    assert az_commands(HOOKS / f"{name}.sh") == az_commands(HOOKS / f"{name}.ps1")


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_read_the_same_variables(name: str) -> None:
    """Of azd's environment."""
    in_sh = set(re.findall(r"\$\{?([A-Z]+_[A-Z_]+)", (HOOKS / f"{name}.sh").read_text()))
    in_powershell = set(re.findall(r"\$env:([A-Z_]+)", (HOOKS / f"{name}.ps1").read_text()))
    assert in_sh == in_powershell


@pytest.mark.parametrize("name", NAMES)
def test_what_a_hook_reads_is_set(name: str) -> None:
    """A variable of main.bicepparam, an output of main.bicep, azd's own, or for tests of the hook."""
    known = (ROOT / "infra" / "main.bicep").read_text() + (ROOT / "infra" / "main.bicepparam").read_text()
    for variable in re.findall(r"\$env:([A-Z_]+)", (HOOKS / f"{name}.ps1").read_text()):
        assert variable in known or variable == "AZURE_SUBSCRIPTION_ID" or variable.startswith("ROLE_WAIT_"), variable
