"""The checks of `doctor`: those that fail for one reason are one line, and what cannot be read is not tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from local.addresses import Ports
from ops.checks import CheckResult, Checks, by_cause
from ops.command import CommandContext
from ops.deployment import Deployment
from ops.errors import NO_LOGIN
from ops.operator_services import OperatorServices
from ops.terminal import Terminal
from tests.fakes import ENVIRONMENT
from tests.ports import free_port

NUMBERS = Path(__file__).parents[2] / "tests" / "numbers.toml"
AZURE = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "KEY_VAULT_URL": "https://kv.vault.azure.net",
    "PUBLIC_BASE_URL": "https://app.azurewebsites.net",
    "AzureWebJobsStorage__queueServiceUri": "https://st.queue.core.windows.net",
    "AzureWebJobsStorage__tableServiceUri": "https://st.table.core.windows.net",
}


class WithoutLogin:
    """A credential for which nobody is logged in. `requests` counts what was asked of it."""

    def __init__(self) -> None:
        self.requests = 0

    async def get_token(self, *scopes: str, **options: object) -> None:
        """Fails as DefaultAzureCredential does."""
        self.requests += 1
        raise ClientAuthenticationError("quoted words")

    async def close(self) -> None:
        """Nothing is open."""


async def results(context: CommandContext) -> list[CheckResult]:
    """Every result, in order."""
    return [each async for each in Checks(context, NUMBERS).run()]


async def test_without_a_login_one_check_says_so() -> None:
    """And nothing is read that needs it: each would take seconds to fail for the same reason."""
    context, credential = CommandContext(Deployment(False, AZURE), Terminal()), WithoutLogin()
    services = OperatorServices(context.deployment)
    services.credential = lambda client_id="": credential  # type: ignore[assignment,method-assign,return-value]
    context.services = services
    found = await results(context)
    assert [(each.name, each.detail) for each in found if not each.ok] == [("login", NO_LOGIN)]
    assert credential.requests == 1
    await context.close()


async def test_without_the_local_stack_one_check_says_so() -> None:
    """With the command that starts it."""
    ports = Ports(queue=free_port())
    environ = {**ENVIRONMENT, "AzureWebJobsStorage": ports.storage()}
    found = await results(CommandContext(Deployment(True, environ), Terminal()))
    (failed,) = [each for each in found if not each.ok]
    assert failed.name == "local stack"
    assert f"storage is not running at http://127.0.0.1:{ports.queue}" in failed.detail
    assert "numbers.toml" in [each.name for each in found]


def test_one_cause_is_one_line() -> None:
    """At the place of its first check, with every name."""
    forbidden = "access denied"
    given = [
        CheckResult("queue a", False, forbidden),
        CheckResult("queue b", True, "0 messages"),
        CheckResult("table c", False, forbidden),
        CheckResult("app", False, "answers 500"),
    ]
    assert [each.name for each in by_cause(given)] == ["queue a, table c", "queue b", "app"]


@pytest.mark.parametrize(
    ("naming", "line", "shown"),
    [
        (" --local", "wrong: `./sb ops point +1`, or --all", "wrong: `./sb ops point +1 --local`, or --all"),
        (" --app func-abc", "`./sb ops rotate` continues it", "`./sb ops rotate --app func-abc` continues it"),
        ("", "`./sb ops rotate` continues it", "`./sb ops rotate` continues it"),
        (" --local", "start it with `make run`", "start it with `make run`"),
    ],
)
def test_a_suggested_command_names_the_same_deployment(
    naming: str, line: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it can be typed as it is."""
    terminal = Terminal(naming=naming)
    terminal.answer({}, line)
    terminal.note(line)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (f"{shown}\n", f"{shown}\n")
