"""`verify-azure` from its first step to its last, with fakes of azd and az, and the local stack in Azure's place."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from local.storage import StorageOptions
from ops.terminal import Terminal
from tests.azure_fakes import SID, TOKEN, Fakes, answers, health_page
from tests.integration.queues import FREQUENT_POLLING
from tests.integration.test_checklist import HOST, target
from verify.azure import AzureOptions, verify_azure
from verify.azure_environment import AzureEnvironment
from verify.host import LocalStack
from verify.target import Target
from verify.tools import Tools

OPTIONS = AzureOptions(location="westeurope", account_sid=SID, auth_token=TOKEN, yes=True, pause=0.01)


def test_a_run_that_is_well_removes_everything(tmp_path: Path, azurite_of_its_own: StorageOptions) -> None:
    """Every step and row is ok, and nothing is left but the report."""

    @asynccontextmanager
    async def make_target(environment: AzureEnvironment, auth_token: str) -> AsyncIterator[Target]:
        assert (environment.values["KEY_VAULT_NAME"], auth_token) == ("kv-x", TOKEN)
        async with LocalStack(HOST, FREQUENT_POLLING, azurite_of_its_own) as stack:
            yield replace(target(stack), name="Azure")

    with health_page() as (origin, _):
        fakes = Fakes(tmp_path, answers=answers(origin))
        fakes.write()
        tools = Tools(tmp_path, {**os.environ, "PATH": fakes.path})
        report = verify_azure(OPTIONS, Terminal(), tools, make_target)
    assert {each.name: each.detail for each in report.all if each.outcome not in ("ok", "left out")} == {}
    assert report.ok
    assert report.conclusion() == ["All rows are ok on Azure."]
    assert fakes.called("azd down")
    assert not (tmp_path / "group").exists()
    assert not list((tmp_path / ".azure").glob("*"))
