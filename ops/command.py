"""Makes a command of `./sb ops` from an `async def`: common options, context, sentences for errors, exit codes."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.command_line import CommandGroup
from ops.deployment import Deployment, Options, find_deployment
from ops.errors import UsageError, explain, is_expected
from ops.interrupts import terminations_as_interrupts
from ops.terminal import Terminal

if TYPE_CHECKING:
    from ops.operator_services import OperatorServices

FAILED, USAGE = 1, 2
# A shell's exit code for a command that a signal ended is 128 and the signal's number.
SIGNALED = 128

LocalOption = Annotated[bool, typer.Option("--local", help="Use the local stack (`make run`), not Azure.")]
AppOption = Annotated[
    str, typer.Option("--app", metavar="NAME", help="The function app. Default: AZURE_FUNCTION_APP_NAME.")
]
StorageOption = Annotated[
    str, typer.Option("--storage", metavar="ACCOUNT", help="The storage account. Default: AZURE_STORAGE_ACCOUNT.")
]
VaultOption = Annotated[str, typer.Option("--vault", metavar="NAME", help="The key vault. Default: KEY_VAULT_NAME.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
NumbersFileOption = Annotated[
    Path | None, typer.Option("--file", help="The numbers.toml. Default: that of this folder.", show_default=False)
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
COMMON_OPTIONS: dict[str, Any] = {
    "local": LocalOption,
    "app": AppOption,
    "storage": StorageOption,
    "vault": VaultOption,
    "as_json": JsonOption,
}


@dataclass
class CommandContext:
    """What a command works with: the deployment, the terminal, and services that are built at their first use."""

    deployment: Deployment
    terminal: Terminal

    @cached_property
    def services(self) -> OperatorServices:
        """Queues, tables, vault and Twilio."""
        from ops.operator_services import OperatorServices

        return OperatorServices(self.deployment)

    async def close(self) -> None:
        """Closes the services, if they were built."""
        if "services" in self.__dict__:
            await self.services.close()


Work = Callable[..., Awaitable[None]]


def command(app: typer.Typer, name: str) -> Callable[[Work], Work]:
    """Registers an `async def` under this name. Its first parameter is the CommandContext, the others are options."""

    def register(work: Work) -> Work:
        app.command(name)(_with_common_options(work))
        return work

    return register


def command_group(help_text: str) -> typer.Typer:
    """Returns an empty group of commands."""
    return typer.Typer(
        cls=CommandGroup,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def run(options: Options, work: Callable[[CommandContext], Awaitable[None]]) -> int:
    """Runs a command to its end, or until a signal, and returns its exit code."""
    # The product's log lines are for the app's log. A command prints what an operator needs.
    logging.basicConfig(handlers=[logging.NullHandler()])
    terminal = Terminal(as_json=options.as_json, naming=options.naming)
    with terminations_as_interrupts() as received:
        try:
            asyncio.run(_run_in_context(options, terminal, work))
        except KeyboardInterrupt:
            with suppress(OSError):  # the terminal may be closed
                terminal.note("! interrupted: completed steps stay completed; run the command again to continue")
            return SIGNALED + (received[0] if received else signal.SIGINT)
        except UsageError as error:
            terminal.note(f"! {error}")
            return USAGE
        except Exception as error:
            bug = "" if is_expected(error) else "a bug in this program, please report it: "
            terminal.note(f"! {bug}{explain(error, local=options.local)}")
            return FAILED
    return 0


async def _run_in_context(
    options: Options, terminal: Terminal, work: Callable[[CommandContext], Awaitable[None]]
) -> None:
    context = CommandContext(find_deployment(options, os.environ), terminal)
    try:
        await work(context)
    finally:
        await context.close()


def _with_common_options(work: Work) -> Callable[..., None]:
    """Returns the function that typer calls: its signature has the command's own options and the common ones."""

    def run_command(**given: Any) -> None:  # noqa: ANN401  # values that typer parsed by the signature below
        options = Options(**{field.name: given.pop(field.name) for field in fields(Options)})
        code = run(options, lambda context: work(context, **given))
        if code:
            sys.exit(code)

    own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=option, default=getattr(Options, name))
        for name, option in COMMON_OPTIONS.items()
    ]
    run_command.__doc__ = inspect.getdoc(work)
    run_command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
    run_command.__annotations__ = {each.name: each.annotation for each in parameters}
    return run_command
