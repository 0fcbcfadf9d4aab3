"""What each command is given: where things are, what opens them, and the terminal.

`operation` makes a command of an `async def` whose first parameter is its desk: it adds the options that all commands
have, and turns what is raised into a sentence and an exit code.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops import place
from ops.errors import UsageError, explain, is_expected
from ops.place import Options, Place
from ops.terminal import Terminal

if TYPE_CHECKING:
    from ops.operator_services import OperatorServices

FAILED, USAGE, INTERRUPTED = 1, 2, 130

Local = Annotated[bool, typer.Option("--local", help="The local stack (`make run`), not Azure.")]
App = Annotated[str, typer.Option("--app", metavar="NAME", help="The function app; else AZURE_FUNCTION_APP_NAME.")]
Storage = Annotated[str, typer.Option("--storage", metavar="ACCOUNT", help="Its storage; else AZURE_STORAGE_ACCOUNT.")]
Vault = Annotated[str, typer.Option("--vault", metavar="NAME", help="Its key vault; else KEY_VAULT_NAME.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
COMMON: dict[str, Any] = {"local": Local, "app": App, "storage": Storage, "vault": Vault, "as_json": AsJson}


@dataclass
class Desk:
    """One command's place, terminal and edges; the edges are opened when they are first asked for."""

    place: Place
    terminal: Terminal

    @cached_property
    def edges(self) -> OperatorServices:
        """Queues, tables, vault and Twilio."""
        from ops.operator_services import OperatorServices

        return OperatorServices(self.place)

    async def close(self) -> None:
        """Close what was opened."""
        if "edges" in self.__dict__:
            await self.edges.close()


Work = Callable[..., Awaitable[None]]


def operation(app: typer.Typer, name: str) -> Callable[[Work], Work]:
    """Register a command of this name."""

    def register(work: Work) -> Work:
        app.command(name)(_command(work))
        return work

    return register


def run(options: Options, work: Callable[[Desk], Awaitable[None]]) -> int:
    """Do one command's work to its end: its exit code."""
    # The product's log lines are for its log; what an operator is to know is said by the command.
    logging.basicConfig(handlers=[logging.NullHandler()])
    terminal = Terminal(as_json=options.as_json)
    try:
        asyncio.run(_at_a_desk(options, terminal, work))
    except KeyboardInterrupt:
        terminal.note("! stopped; what was done stays done, and the command can be given again")
        return INTERRUPTED
    except UsageError as error:
        terminal.note(f"! {error}")
        return USAGE
    except Exception as error:
        mistake = "" if is_expected(error) else "a mistake in this program, please report it: "
        terminal.note(f"! {mistake}{explain(error)}")
        return FAILED
    return 0


async def _at_a_desk(options: Options, terminal: Terminal, work: Callable[[Desk], Awaitable[None]]) -> None:
    desk = Desk(place.find(options, os.environ), terminal)
    try:
        await work(desk)
    finally:
        await desk.close()


def _command(work: Work) -> Callable[..., None]:
    def command(**given: Any) -> None:  # noqa: ANN401  # what typer has read, by the signature below
        options = Options(**{field.name: given.pop(field.name) for field in fields(Options)})
        code = run(options, lambda desk: work(desk, **given))
        if code:
            sys.exit(code)

    own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=getattr(Options, name))
        for name, kind in COMMON.items()
    ]
    command.__doc__ = inspect.getdoc(work)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def group(said: str) -> typer.Typer:
    """A group of commands, as all of ours are set up."""
    return typer.Typer(
        help=said,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
