"""`python -m verify`: runs the checklist against Azure or against a Functions host on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from local.errors import LocalError
from local.settings import ROOT
from ops.command import FAILED, SIGNALED, USAGE, YesOption, command_group
from ops.errors import OpsError, UsageError, explain, is_expected
from ops.git import Git
from ops.interrupts import terminations_as_interrupts
from ops.terminal import Terminal
from verify.report import FOLDER, Report, line_of

if TYPE_CHECKING:
    from verify.host import LocalStack

SID, TOKEN = "TWILIO_TEST_ACCOUNT_SID", "TWILIO_TEST_AUTH_TOKEN"
HOW_TO_GET = (
    f"set {SID} and {TOKEN}: console.twilio.com, Admin, Account management, API keys & tokens, Test credentials; "
    "they are free, and nothing is sent"
)
ReportsOption = Annotated[Path, typer.Option("--reports", help="The folder for the report.", show_default=False)]

app = command_group(
    "Prove a deployment by one checklist. Exit codes: 0 all rows ok, 1 a row failed, 2 wrong usage, 130 interrupted."
)


@app.command()
def azure(
    location: Annotated[str, typer.Option(help="The Azure region. Default: AZURE_LOCATION.")] = "",
    yes: YesOption = False,
    reports: ReportsOption = FOLDER,
) -> None:
    """Deploy to an azd environment of its own, run the checklist, and remove everything.

    \b
    Example:
      TWILIO_TEST_ACCOUNT_SID=AC… TWILIO_TEST_AUTH_TOKEN=… python -m verify azure --location westeurope
    """

    def work(terminal: Terminal) -> Report:
        from verify.azure import AzureOptions, verify_azure
        from verify.tools import Tools

        sid, token = os.environ.get(SID, ""), os.environ.get(TOKEN, "")
        region = location or os.environ.get("AZURE_LOCATION", "")
        if not sid or not token:
            raise UsageError(HOW_TO_GET)
        if not region:
            raise UsageError("which region? give --location, as westeurope, or set AZURE_LOCATION")
        return verify_azure(
            AzureOptions(location=region, account_sid=sid, auth_token=token, yes=yes), terminal, Tools()
        )

    run_and_exit(work, reports)


@app.command()
def host(
    func: Annotated[str, typer.Option(help="The path of Core Tools' func. Default: from PATH.")] = "",
    local: Annotated[bool, typer.Option("--local", help="Use the local host in place of func.")] = False,
    reports: ReportsOption = FOLDER,
) -> None:
    """Run the checklist against `func start` on this machine, with Azurite and Twilio's stand-in.

    \b
    Examples:
      python -m verify host
      python -m verify host --local
    """

    def work(terminal: Terminal) -> Report:
        from verify.host import LOCAL_HOST, LocalStack, core_tools

        report = Report((command := LOCAL_HOST if local else core_tools(func)).name)
        try:
            asyncio.run(check_host(LocalStack(command), report, terminal))
        except KeyboardInterrupt:
            report.is_interrupted = True
        return report

    run_and_exit(work, reports)


async def check_host(stack: AbstractAsyncContextManager[LocalStack], report: Report, terminal: Terminal) -> None:
    """Runs the checklist against a stack. Raises OpsError when the stack does not start."""
    from verify.checklist import run_checklist

    terminal.note(f"== starting Azurite, Twilio's stand-in and {report.target}")
    try:
        async with stack as started:
            async for result in run_checklist(started.target()):
                report.rows.append(result)
                terminal.note(line_of(result))
    except LocalError as error:
        raise OpsError(str(error)) from error


def run_and_exit(work: Callable[[Terminal], Report], reports: Path) -> None:
    """Does the work, shows and saves its report, and ends the process with its exit code."""
    logging.basicConfig(handlers=[logging.NullHandler()])
    terminal = Terminal()
    with terminations_as_interrupts() as received:
        try:
            report = work(terminal)
            report.version = _commit()
            report.show(terminal, reports)
        except UsageError as error:
            terminal.note(f"! {error}")
            sys.exit(USAGE)
        except KeyboardInterrupt:
            sys.exit(SIGNALED + (received[0] if received else signal.SIGINT))
        except Exception as error:
            bug = "" if is_expected(error) else "a bug in this program, please report it: "
            terminal.note(f"! {bug}{explain(error)}")
            sys.exit(FAILED)
    if report.is_interrupted:
        sys.exit(SIGNALED + (received[0] if received else signal.SIGINT))
    sys.exit(0 if report.ok else FAILED)


def _commit() -> str:
    """Returns the commit of this clone, "" without git."""
    try:
        return Git(ROOT).run("rev-parse", "--short", "HEAD").strip()
    except OpsError:
        return ""


if __name__ == "__main__":
    app(prog_name="python -m verify")
