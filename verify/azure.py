"""`verify-azure`: deploys to an environment of its own, runs the checklist there, and removes everything again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from ops.deployment import Options, find_deployment
from ops.errors import OpsError, explain, is_expected
from ops.terminal import Terminal
from verify.azure_environment import AzureEnvironment, leftovers, new_name, settings_for
from verify.checklist import run_checklist
from verify.report import Report, line_of
from verify.results import Result
from verify.target import Target
from verify.tools import ToolFailed, Tools
from verify.workspace import Workspace

OUTPUTS = ("AZURE_FUNCTION_APP_NAME", "KEY_VAULT_NAME", "HEALTH_URL", "QUEUE_ENDPOINT", "TABLE_ENDPOINT")
COSTS = (
    "It costs less than one US dollar: minutes of one or two instances, an hour of eight alert rules, a few MB of logs "
    "and of storage. Twilio charges nothing for test credentials.",
    "It takes 40 to 80 minutes: 10 to 20 to deploy, up to 15 until the first log lines arrive, 15 for ten cold starts, "
    "10 to remove.",
)
KEPT = "The name of the deleted vault {vault} is taken for seven days. It costs nothing, and Azure removes it then."
ROLE_SECONDS = 600
HEALTH_SECONDS = 600
PAUSE_SECONDS = 15
REDEPLOYS = 2

MakeTarget = Callable[[AzureEnvironment, str], AbstractAsyncContextManager[Target]]


@dataclass(frozen=True, kw_only=True)
class AzureOptions:
    """Where to deploy, with which test credentials. `pause` is in seconds, between two tries."""

    location: str
    account_sid: str
    auth_token: str = field(repr=False)
    yes: bool = False
    pause: float = PAUSE_SECONDS


def verify_azure(
    options: AzureOptions, terminal: Terminal, tools: Tools, make_target: MakeTarget | None = None
) -> Report:
    """Runs it all, and returns the report. Raises OpsError before anything is made.

    At an interrupt it removes what it made, and says what it could not remove.
    """
    subscription, name = _subscription(tools)
    environment = AzureEnvironment(new_name(), tools)
    for old in leftovers(tools.folder):
        terminal.note(f"! an earlier run left {old}: azd down --environment {old} --force --purge")
    terminal.note(
        f"This deploys the app as {environment.name} to {options.location}, in the subscription {name}, runs the "
        "checklist against it, and removes all of it."
    )
    for line in COSTS:
        terminal.note(line)
    terminal.confirm("Go on?", yes=options.yes)
    report = Report("Azure", f"{options.location}, {environment.name}")
    try:
        _run(environment, options, subscription, report, terminal, make_target or azure_target)
    except KeyboardInterrupt:
        report.is_interrupted = True
        terminal.note(f"! interrupted: removing {environment.name}")
    finally:
        _remove(environment, report, terminal)
    return report


def _run(
    environment: AzureEnvironment,
    options: AzureOptions,
    subscription: str,
    report: Report,
    terminal: Terminal,
    make_target: MakeTarget,
) -> None:
    """Each step, until one fails. A failed step is in the report."""
    step = _Steps(report, terminal)
    settings = settings_for(options.account_sid)
    with step("azd environment", "check `azd auth login --check-status`, and that azd is up to date: `azd version`"):
        environment.make(options.location, subscription, settings)
    if step.ok:
        with step("provision and deploy", "azd's lines say why; `infra/` and docs/operating.md describe what it makes"):
            _deploy(environment, options, terminal)
    if step.ok:
        with step("outputs", "compare the outputs of infra/main.bicep"):
            environment.read_values()
            _require_outputs(environment)
    if step.ok:
        with step("auth token", "your login needs 'Key Vault Secrets Officer' on the vault: infra/modules/roles.bicep"):
            _set_token(environment, options)
    if step.ok:
        with step("wait for health", "follow the sentence of the part that is not ok"):
            _wait_for_health(environment.values["HEALTH_URL"], options.pause)
    # The checklist says more than a health page that is not well.
    if environment.values.get("HEALTH_URL") and report.before[-1].name == "wait for health":
        asyncio.run(_check(environment, options, report, terminal, make_target))


async def _check(
    environment: AzureEnvironment, options: AzureOptions, report: Report, terminal: Terminal, make_target: MakeTarget
) -> None:
    async with make_target(environment, options.auth_token) as target:
        async for result in run_checklist(target):
            report.rows.append(result)
            terminal.note(line_of(result))


@asynccontextmanager
async def azure_target(environment: AzureEnvironment, auth_token: str) -> AsyncIterator[Target]:
    """Yields the deployed app as a target."""
    values, tools = environment.values, environment.tools
    workspace = Workspace(tools, environment.resource_group)
    app = ("--resource-group", environment.resource_group, "--name", values["AZURE_FUNCTION_APP_NAME"])

    async def scale_to_zero() -> None:
        """Stops the app, which ends its instances, and starts it: the next request meets none."""
        for action in ("stop", "start"):
            await asyncio.to_thread(tools.az, "functionapp", action, *app, "--output", "none")

    deployment = find_deployment(Options(), values, azd=dict)
    yield Target(
        name="Azure",
        deployment=deployment,
        origin=values["HEALTH_URL"].removesuffix("/api/health"),
        auth_token=auth_token,
        logs=workspace,
        run_query=workspace.query,
        scale_to_zero=scale_to_zero,
    )


class _Steps:
    """Runs steps, each a row of the report. `ok` is false after the first failure."""

    def __init__(self, report: Report, terminal: Terminal) -> None:
        self._report = report
        self._terminal = terminal
        self.ok = True

    @contextmanager
    def __call__(self, name: str, remedy: str) -> Iterator[None]:
        """Notes the step's beginning and its result. Passes on interrupts and unexpected errors."""
        self._terminal.note(f"== {name}")
        begun = time.monotonic()
        result = Result(name, "ok", "")
        try:
            yield
        except KeyboardInterrupt:
            self._add(Result(name, "not run", "interrupted", "", time.monotonic() - begun))
            raise
        except Exception as error:
            if not is_expected(error):
                raise
            result, self.ok = Result(name, "failed", explain(error), remedy), False
        seconds = time.monotonic() - begun
        self._add(Result(result.name, result.outcome, result.detail, result.remedy, seconds))

    def _add(self, result: Result) -> None:
        self._report.before.append(result)
        self._terminal.note(line_of(result))


def _subscription(tools: Tools) -> tuple[str, str]:
    """Returns id and name of the subscription that az uses. Raises OpsError without a login."""
    tools.ensure_installed()
    try:
        account = json.loads(tools.az("account", "show", "--output", "json"))
    except ToolFailed as error:
        raise OpsError("az has no login: run `az login`, and `azd auth login`") from error
    # Its exit code is 0 in every case.
    if '"success"' not in tools.azd("auth", "login", "--check-status", "--output", "json"):
        raise OpsError("azd has no login: run `azd auth login`")
    return str(account["id"]), str(account["name"])


def _deploy(environment: AzureEnvironment, options: AzureOptions, terminal: Terminal) -> None:
    """Deploys; again after a failure, because roles that were just made take minutes to take effect."""
    for redeploys in range(REDEPLOYS + 1):
        try:
            environment.deploy()
            return
        except ToolFailed:
            if redeploys == REDEPLOYS:
                raise
            terminal.note(f"! azd up failed, which a new role can cause: again in {options.pause * 4:.0f} s")
            time.sleep(options.pause * 4)


def _require_outputs(environment: AzureEnvironment) -> None:
    missing = [name for name in OUTPUTS if not environment.values.get(name)]
    if missing:
        raise OpsError(f"azd env get-values has no {', '.join(missing)}")


def _set_token(environment: AzureEnvironment, options: AzureOptions) -> None:
    """Sets the token; again while the login's new role has no effect yet."""
    until = time.monotonic() + ROLE_SECONDS
    while True:
        try:
            environment.set_token(options.auth_token)
            return
        except ToolFailed as error:
            if "Forbidden" not in error.output or time.monotonic() > until:
                raise
            time.sleep(options.pause)


def _wait_for_health(url: str, pause: float) -> None:
    until = time.monotonic() + HEALTH_SECONDS
    while (found := _health(url)) != "200":
        if time.monotonic() > until:
            raise OpsError(f"{url} answers {found} after {HEALTH_SECONDS // 60} minutes")
        time.sleep(pause)


def _health(url: str) -> str:
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310  # the URL of our own deployment
            return str(answer.status)
    except HTTPError as error:
        return f"{error.code} {error.read(1000).decode(errors='replace')}"
    except (URLError, OSError) as error:
        return type(error).__name__


def _remove(environment: AzureEnvironment, report: Report, terminal: Terminal) -> None:
    """Removes everything, and says what is left."""
    begun = time.monotonic()
    try:
        left = environment.remove(terminal.note)
    except KeyboardInterrupt:
        left = environment.by_hand()
    seconds = time.monotonic() - begun
    if left:
        report.after.append(Result("remove", "failed", "; ".join(left), "run these commands", seconds))
        terminal.note("! Still there, and perhaps paid for:")
        for each in left:
            terminal.note(f"!   {each}")
    elif environment.is_made:
        report.after.append(Result("remove", "ok", "nothing is left", "", seconds))
        terminal.note("Everything that was made is removed.")
    if vault := environment.values.get("KEY_VAULT_NAME"):
        terminal.note(KEPT.format(vault=vault))
