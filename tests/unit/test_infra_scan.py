"""A scanner of Azure policy finds nothing that docs/security.md does not argue, and sees every resource."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import arm

SECURITY = (arm.INFRA.parent / "docs" / "security.md").read_text()

pytestmark = [
    arm.needs_bicep,
    pytest.mark.skipif(shutil.which("checkov") is None, reason="no checkov on PATH: pipx install checkov"),
]


def named(resources: Iterable[arm.Resource]) -> list[dict[str, Any]]:
    """Each with a name of its own: checkov takes two that share an expression for one."""
    return [
        {**each, "name": f"{each['name']}-{number}" if each["name"].startswith("[") else each["name"]}
        for number, each in enumerate(resources)
    ]


@cache
def report(folder: Path) -> dict[str, Any]:
    """What checkov says of everything that infra/ makes.

    It reads neither Bicep of today nor a template inside a template, and passes what it cannot read: so it is handed
    the resources of all modules in one plain template, and a file that it cannot parse is made a failure.
    """
    file = folder / "main.json"
    plain = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": named(arm.resources()),
    }
    file.write_text(json.dumps(plain))
    done = subprocess.run(
        ["checkov", "--file", file, "--framework", "arm", "--skip-download", "--output", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "CKV_PARSE_ERROR_FAIL": "true"},
        check=False,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """checkov's report, made once."""
    return report(tmp_path_factory.mktemp("scan"))


def test_it_saw_every_resource(said: dict[str, Any]) -> None:
    """Without this, nothing found could mean nothing read."""
    assert said["summary"]["parsing_errors"] == 0
    assert said["summary"]["resource_count"] == len(arm.resources())
    assert said["summary"]["passed"] > 15


def test_what_it_finds_is_argued_and_nothing_else_is(said: dict[str, Any]) -> None:
    """Each failed check has its id in docs/security.md; an id that fails no more is taken out there."""
    failed = {each["check_id"] for each in said["results"]["failed_checks"]}
    argued = SECURITY.partition("## What a policy scanner says")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(CKV\w+)`", argued, re.MULTILINE)) == failed
