"""`upgrade`: takes a new version of Switchboard, which replaces the product's files and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.command import CommandContext, command
from ops.errors import OpsError, UsageError

ROOT = Path(__file__).parents[1]
NEWEST = "switchboard/main"
MOST_SHOWN = 20

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help=f"A tag or branch of Switchboard's, fetched before. Default: {NEWEST}.")
]
CheckOption = Annotated[bool, typer.Option("--check", help="Say what would change, and change nothing.")]
BaseOption = Annotated[
    str, typer.Option("--base", metavar="VERSION", help="The version you use now. Default: found by the history.")
]


def register(app: typer.Typer) -> None:
    """Adds `upgrade`."""
    command(app, "upgrade")(upgrade)


async def upgrade(
    context: CommandContext, version: Version = NEWEST, check: CheckOption = False, base: BaseOption = ""
) -> None:
    """Take a new version: the product's files are replaced, yours stay as they are. There is nothing to merge by hand.

    Yours are numbers.toml, flows.py, tests/custom/, and every file that you added. Refused, with exit code 1, when you
    edited a file of the product's: it is named. Nothing leaves this machine; `git fetch` gets the version.

    \b
    Examples:
      git fetch switchboard --tags
      ./sb ops upgrade --check v0.2.0
      ./sb ops upgrade v0.2.0
    """
    from ops.git import Git
    from ops.upgrade_plan import carry_out, plan

    git = Git(_repository())
    planned = plan(git, version, base)
    if planned.edited:
        context.terminal.answer(planned, "edited, though the product's:", *_listed(planned.edited, len(planned.edited)))
        raise OpsError(
            f"{len(planned.edited)} files of the product's were edited: an upgrade would lose that. Undo it "
            f"(`git restore --source {planned.base[:10]} FILE`), or move it into flows.py"
        )
    lines = [
        *_section("yours, not touched", planned.yours),
        *_section("added", planned.added),
        *_section("changed", planned.changed),
        *_section("deleted", planned.deleted),
        *(["", *planned.notes.splitlines()] if planned.notes else []),
    ]
    if check or not planned.is_needed:
        context.terminal.answer(planned, *lines, "" if planned.is_needed else f"nothing to do: this is {version}")
        return
    commit = carry_out(git, planned, f"Upgrade Switchboard to {version}")
    context.terminal.answer(planned, *lines, "", f"committed as {commit[:10]}: run `make check test`, then deploy")


def _repository() -> Path:
    """Returns the folder of the product, which must be a repository of its own."""
    if not (ROOT / ".git").exists():
        raise UsageError(f"{ROOT} is not the top folder of a git repository: docs/upgrading.md has the way without git")
    return ROOT


def _section(title: str, paths: list[str]) -> list[str]:
    return [f"{title}: {len(paths)}", *_listed(paths, MOST_SHOWN)]


def _listed(paths: list[str], most: int) -> list[str]:
    shown = [f"  {path}" for path in paths[:most]]
    return [*shown, f"  and {len(paths) - most} more"] if len(paths) > most else shown
