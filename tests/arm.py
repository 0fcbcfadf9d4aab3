"""The Bicep of infra/ as Azure Resource Manager gets it: compiled once, and read without its modules around it."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

INFRA = Path(__file__).parents[1] / "infra"
MAIN = INFRA / "main.bicep"
PARAMETERS = INFRA / "main.bicepparam"
DEPLOYMENT = "Microsoft.Resources/deployments"
# The four that have no default; a test that wants more adds them.
ENVIRONMENT = {
    "AZURE_ENV_NAME": "test",
    "AZURE_LOCATION": "westeurope",
    "AZURE_PRINCIPAL_ID": "AAAAAAAA-1111-1111-1111-111111111111",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
}

SETTINGS = tuple(re.findall(r"^  ([A-Z_]+): readEnvironmentVariable", PARAMETERS.read_text(), re.MULTILINE))
OPTIONAL = {
    **{name: f"the {name}" for name in SETTINGS},
    "OPERATOR_PRINCIPAL_IDS": f"a, {ENVIRONMENT['AZURE_PRINCIPAL_ID']},A",
    "PUSHER_PRINCIPAL_IDS": "b,C,c, b",
    "CONSUMER_PRINCIPAL_IDS": "d,D",
    "ALERT_EMAIL": "operators@example.com",
    "STORAGE_SKU": "Standard_LRS",
    "INSTANCE_MEMORY_MB": "512",
    "MAXIMUM_INSTANCE_COUNT": "1000",
    "HTTP_CONCURRENCY": "8",
    "ALWAYS_READY_HTTP_INSTANCES": "2",
    "SITE_UPDATE_STRATEGY": "RollingUpdate",
    "DAILY_LOG_CAP_GB": "-1",
    "MONTHLY_BUDGET": "50",
    "BUDGET_START": "2026-12-01",
    "RECOVER_KEY_VAULT": "true",
    "TEAM_SETTINGS": '{"ANA_PIN": "@Microsoft.KeyVault(SecretUri=https://kv.example.com/secrets/ana-pin)"}',
}
# Azure makes 13 letters and digits of a hash.
SUFFIX = "abcdefghijklm"

Resource = Mapping[str, Any]


needs_bicep = pytest.mark.skipif(
    shutil.which("bicep") is None,
    reason="no bicep on PATH: `az bicep install` puts it into ~/.azure/bin",
)


def bicep(*arguments: str | Path, environment: Mapping[str, str] = ENVIRONMENT) -> subprocess.CompletedProcess[str]:
    """Run the compiler as on a fresh machine: none of the developer's own variables is read."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    invariant = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}  # libicu is not everywhere
    return subprocess.run(
        ["bicep", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, **invariant, **environment},
        check=False,
    )


@functools.cache
def built() -> subprocess.CompletedProcess[str]:
    """main.bicep, compiled once for all tests: it takes seconds."""
    return bicep("build", MAIN, "--stdout")


@functools.cache
def built_parameters(*, everything: bool = False) -> subprocess.CompletedProcess[str]:
    """main.bicepparam with the four variables, or with everything set that can be."""
    return bicep(
        "build-params", PARAMETERS, "--stdout", environment={**ENVIRONMENT, **(OPTIONAL if everything else {})}
    )


@functools.cache
def template() -> Mapping[str, Any]:
    """main.bicep as it is deployed."""
    compiled: Mapping[str, Any] = json.loads(built().stdout)
    return compiled


@functools.cache
def values(*, everything: bool = False) -> dict[str, Any]:
    """What main.bicepparam hands over, by the parameter's name."""
    done = built_parameters(everything=everything)
    handed = json.loads(json.loads(done.stdout)["parametersJson"])["parameters"]
    return {name: each["value"] for name, each in handed.items()}


def module(name: str) -> Mapping[str, Any]:
    """A module's own template, by the name that main.bicep calls it."""
    compiled: Mapping[str, Any] = template()["resources"][name]["properties"]["template"]
    return compiled


def modules() -> list[str]:
    """The modules that main.bicep calls."""
    return [name for name, each in template()["resources"].items() if each["type"] == DEPLOYMENT]


def resources(*names: str) -> list[Resource]:
    """All that is made, in these modules or everywhere, with what was handed to each module put in its place.

    What is only referred to (`existing`) is left out. A loop is one resource, as it is in the template.
    """
    found = [each for name in names or modules() for each in _made(name)]
    own = [] if names else [each for each in template()["resources"].values() if each["type"] != DEPLOYMENT]
    return [*own, *found]


def _made(name: str) -> list[Resource]:
    """Resources are a list, or with types in the Bicep an object by symbolic name."""
    declared = module(name)["resources"]
    listed = declared.values() if isinstance(declared, Mapping) else declared
    handed = {key: _outer(each["value"]) for key, each in _call(name)["parameters"].items()}
    made = [each for each in listed if not each.get("existing")]
    return [{key: _with_values(value, handed) for key, value in each.items()} for each in made]


def _call(name: str) -> Mapping[str, Any]:
    called: Mapping[str, Any] = template()["resources"][name]["properties"]
    return called


def _outer(value: object) -> object:
    """What main.bicep hands over: its own parameter, a name it makes, or an expression for later."""
    if isinstance(value, str) and (match := re.fullmatch(r"\[variables\('names'\)\.(\w+)\]", value)):
        made: str = template()["variables"]["names"][match[1]]
        return made.removeprefix("[format('").removesuffix("{0}', variables('suffix'))]") + SUFFIX
    return _with_values(value, values())


def _with_values(value: object, known: Mapping[str, Any]) -> object:
    """A copy in which each string that is nothing but a known parameter is its value."""
    if isinstance(value, str):
        match = re.fullmatch(r"\[parameters\('(\w+)'\)\]", value)
        return known[match[1]] if match and match[1] in known else value
    if isinstance(value, Mapping):
        return {key: _with_values(each, known) for key, each in value.items()}
    return [_with_values(each, known) for each in value] if isinstance(value, list) else value


def one(kind: str) -> Resource:
    """The one resource of this type."""
    (found,) = (each for each in resources() if each["type"] == kind)
    return found


def strings(value: object) -> Iterator[str]:
    """Every string in a template, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield key
            yield from strings(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from strings(each)
