"""The deployed app as a target, and its workspace, by fakes of az."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ops.deployment import QUEUE_ENDPOINT
from ops.errors import OpsError
from switchboard.settings import KEY_VAULT_URL, PUBLIC_BASE_URL
from tests.azure_fakes import SID, TOKEN, Fakes, answers
from verify.azure import azure_target
from verify.azure_environment import AzureEnvironment
from verify.tools import Tools
from verify.workspace import Workspace

ORIGIN = "https://func-x.azurewebsites.net"


def tools_of(fakes: Fakes) -> Tools:
    """The fakes as tools."""
    fakes.write()
    return Tools(fakes.home, {**os.environ, "PATH": fakes.path})


def workspace(home: Path, answer: object) -> tuple[Workspace, Fakes]:
    """A workspace that answers this to every query."""
    fakes = Fakes(home, answers=answers(ORIGIN) | {"az rest": json.dumps(answer)})
    return Workspace(tools_of(fakes), "rg-x"), fakes


async def test_a_line_is_found_by_its_words(tmp_path: Path) -> None:
    """The first column of the first row; the workspace is looked up once."""
    found, fakes = workspace(tmp_path, {"tables": [{"name": "PrimaryResult", "rows": [["event=x id=1"]]}]})
    assert [await found.find("event=x"), await found.find("event=y")] == ["event=x id=1"] * 2
    assert len(fakes.called("az monitor log-analytics workspace list")) == 1
    assert "/v1/workspaces/workspace-1/query" in fakes.called("az rest")[0]


async def test_no_row_is_no_line(tmp_path: Path) -> None:
    """As before the line arrives."""
    found, _ = workspace(tmp_path, {"tables": [{"name": "PrimaryResult", "rows": []}]})
    assert (await found.find("event=x"), await found.query("AppTraces")) == ("", 0)


async def test_a_part_of_an_answer_is_an_error(tmp_path: Path) -> None:
    """The API answers 200 with it."""
    found, _ = workspace(tmp_path, {"tables": [], "error": {"code": "PartialError", "message": "There were errors"}})
    with pytest.raises(OpsError, match=r"a part only: PartialError There were errors"):
        await found.query("AppTraces")


async def test_a_refused_query_has_azs_own_words(tmp_path: Path) -> None:
    """az ends with exit code 1."""
    found, fakes = workspace(tmp_path, {})
    fakes.fails = {"az rest": "SemanticError: no column Mesage"}
    fakes.write()
    with pytest.raises(OpsError, match=r"az rest failed: SemanticError: no column Mesage"):
        await found.query("AppTraces | where Mesage == 1")


async def test_the_target_is_the_environments_own(tmp_path: Path) -> None:
    """Addresses come from azd's values alone, never from variables of the shell."""
    fakes = Fakes(tmp_path, answers=answers(ORIGIN))
    environment = AzureEnvironment("switchboard-verify-1", tools_of(fakes))
    environment.read_values()
    async with azure_target(environment, TOKEN) as target:
        environ = target.deployment.environ
        assert target.scale_to_zero
        await target.scale_to_zero()
    assert (target.origin, environ[PUBLIC_BASE_URL], environ["TWILIO_ACCOUNT_SID"]) == (ORIGIN, ORIGIN, SID)
    assert (environ[QUEUE_ENDPOINT], environ[KEY_VAULT_URL]) == ("https://127.0.0.1:1", "https://kv-x.vault.azure.net")
    actions = [call.split()[2] for call in fakes.called("az functionapp")]
    assert actions == ["stop", "start"]
    assert "--resource-group rg-switchboard-verify-1 --name func-x" in fakes.called("az functionapp stop")[0]
