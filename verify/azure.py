"""`verify-azure`: deploys to an environment of its own, runs the checklist there, and removes everything again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from ops.deployment import Options, find_deployment
from ops.errors import OpsError, explain, is_expected
from ops.terminal import Terminal
from verify.azure_environment import AzureEnvironment, leftovers, new_name, settings_for
from verify.checklist import run_checklist
from verify.report import Report, line_of
from verify.results import Outcome, Result
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
    run = _AzureRun(environment, options, terminal)
    try:
        run.deploy_and_check(subscription, make_target or azure_target)
    except KeyboardInterrupt:
        run.report.is_interrupted = True
        terminal.note(f"! interrupted: removing {environment.name}")
    finally:
        run.remove()
    return run.report


class _AzureRun:
    """The steps around the checklist. Each is a row of the report."""

    def __init__(self, environment: AzureEnvironment, options: AzureOptions, terminal: Terminal) -> None:
        self.report = Report("Azure", f"{options.location}, {environment.name}")
        self._environment = environment
        self._options = options
        self._terminal = terminal

    def deploy_and_check(self, subscription: str, make_target: MakeTarget) -> None:
        """Makes the steps until one fails, and then runs the checklist. Raises KeyboardInterrupt."""
        make = partial(
            self._environment.make, self._options.location, subscription, settings_for(self._options.account_sid)
        )
        steps = (
            ("azd environment", make, "see that azd is up to date, `azd version`, and run it again"),
            ("provision and deploy", self._deploy, "azd's lines say why; docs/operating.md describes what it makes"),
            ("outputs", self._read_outputs, "compare them with the outputs of infra/main.bicep"),
            ("auth token", self._set_token, "your login needs 'Key Vault Secrets Officer': infra/modules/roles.bicep"),
            ("wait for health", self._wait_for_health, "follow the sentence of the part that is not ok"),
        )
        for name, work, remedy in steps:
            is_ok = self._step(name, work, remedy)
            # The checklist says more than a health page that is not well.
            if not is_ok and work != self._wait_for_health:
                return
        asyncio.run(self._check(make_target))

    def remove(self) -> None:
        """Removes everything, and says what is left."""
        begun = time.monotonic()
        try:
            left = self._environment.remove(self._terminal.note)
        except KeyboardInterrupt:
            left = self._environment.by_hand()
        seconds = time.monotonic() - begun
        if left:
            self.report.after.append(Result("remove", "failed", "; ".join(left), "run these commands", seconds))
            for line in ("! Still there, and perhaps paid for:", *(f"!   {each}" for each in left)):
                self._terminal.note(line)
        elif self._environment.is_made:
            self.report.after.append(Result("remove", "ok", "nothing is left", "", seconds))
            self._terminal.note("Everything that was made is removed.")
        if vault := self._environment.values.get("KEY_VAULT_NAME"):
            self._terminal.note(KEPT.format(vault=vault))

    def _step(self, name: str, work: Callable[[], None], remedy: str) -> bool:
        """Makes a step, and returns whether it is ok. Passes on interrupts and unexpected errors."""
        self._terminal.note(f"== {name}")
        begun = time.monotonic()
        outcome: Outcome = "ok"
        detail = ""
        try:
            work()
        except KeyboardInterrupt:
            outcome, detail = "not run", "interrupted"
            raise
        except Exception as error:
            outcome, detail = "failed", explain(error)
            if not is_expected(error):
                raise
        finally:
            result = Result(name, outcome, detail, remedy, time.monotonic() - begun)
            self.report.before.append(result)
            self._terminal.note(line_of(result))
        return outcome == "ok"

    async def _check(self, make_target: MakeTarget) -> None:
        async with make_target(self._environment, self._options.auth_token) as target:
            async for result in run_checklist(target):
                self.report.rows.append(result)
                self._terminal.note(line_of(result))

    def _deploy(self) -> None:
        """Deploys; again after a failure, because roles that were just made take minutes to take effect."""
        for tries_left in range(REDEPLOYS, -1, -1):
            try:
                self._environment.deploy()
                return
            except ToolFailed:
                if not tries_left:
                    raise
                pause = self._options.pause * 4
                self._terminal.note(f"! azd up failed, which a new role can cause: again in {pause:.0f} s")
                time.sleep(pause)

    def _read_outputs(self) -> None:
        self._environment.read_values()
        missing = [name for name in OUTPUTS if not self._environment.values.get(name)]
        if missing:
            raise OpsError(f"azd env get-values has no {', '.join(missing)}")

    def _set_token(self) -> None:
        """Sets the token; again while the login's new role has no effect yet."""
        until = time.monotonic() + ROLE_SECONDS
        while True:
            try:
                self._environment.set_token(self._options.auth_token)
                return
            except ToolFailed as error:
                if "Forbidden" not in error.output or time.monotonic() > until:
                    raise
                time.sleep(self._options.pause)

    def _wait_for_health(self) -> None:
        url, until = self._environment.values["HEALTH_URL"], time.monotonic() + HEALTH_SECONDS
        while (found := _health(url)) != "200":
            if time.monotonic() > until:
                raise OpsError(f"{url} answers {found} after {HEALTH_SECONDS // 60} minutes")
            time.sleep(self._options.pause)


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


def _health(url: str) -> str:
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310  # the URL of our own deployment
            return str(answer.status)
    except HTTPError as error:
        return f"{error.code} {error.read(1000).decode(errors='replace')}"
    except (URLError, OSError) as error:
        return type(error).__name__
