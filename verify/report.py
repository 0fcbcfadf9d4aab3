"""The report of a run: a line per row while it runs, a table at the end, and Markdown for docs/verified/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local.settings import ROOT
from ops.terminal import Terminal
from verify.results import Result

FOLDER = ROOT / "docs" / "verified"
MARKS = {"ok": "ok", "failed": "!!", "not run": "--", "left out": "  "}


@dataclass
class Report:
    """The results so far: of the steps before the checklist, of its rows, and of the steps after it.

    `where` says more of the target, as a region; `version` is the commit.
    """

    target: str
    where: str = ""
    version: str = ""
    before: list[Result] = field(default_factory=list)
    rows: list[Result] = field(default_factory=list)
    after: list[Result] = field(default_factory=list)
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_interrupted: bool = False

    @property
    def all(self) -> Sequence[Result]:
        """Steps and rows, in the order of their ends."""
        return [*self.before, *self.rows, *self.after]

    @property
    def first_failure(self) -> Result | None:
        """What went wrong first."""
        return next((result for result in self.all if result.outcome == "failed"), None)

    @property
    def ok(self) -> bool:
        """Whether the checklist ended and nothing failed."""
        return bool(self.rows) and not self.is_interrupted and self.first_failure is None

    def conclusion(self) -> list[str]:
        """Returns the last lines: what went wrong first and what to do, or that all is right."""
        failed = self.first_failure
        if failed:
            return [f"What went wrong first: {failed.name}: {failed.detail}", f"What to do: {failed.remedy}"]
        if self.is_interrupted or not self.rows:
            return ["Interrupted: nothing failed until then, and the rows that are missing were not run."]
        return [f"All rows are ok on {self.target}."]

    def markdown(self) -> str:
        """Returns the page for docs/verified/. It contains no secret."""
        rows = [f"| {each.name} | {each.outcome} | {each.seconds:.1f} | {_cell(each)} |" for each in self.all]
        lines = [
            f"# {self.target}, {self.begun:%Y-%m-%d}",
            "",
            f"{self.begun:%Y-%m-%d %H:%M} UTC, commit {self.version or 'unknown'}{self.where and f', {self.where}'}.",
            "",
            "| row | result | seconds | detail |",
            "|---|---|---|---|",
            *rows,
            "",
            *self.conclusion(),
        ]
        return "\n".join(lines) + "\n"

    def save(self, folder: Path) -> Path:
        """Writes the page, and returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "-" for letter in self.target.lower())
        path = folder / f"{self.begun:%Y-%m-%d-%H%M}-{name}.md"
        path.write_text(self.markdown(), encoding="utf-8")
        return path

    def show(self, terminal: Terminal, folder: Path) -> None:
        """Prints the table, saves the page, and ends with what went wrong first."""
        columns = ("row", "result", "seconds", "detail")
        rows = [(each.name, each.outcome, f"{each.seconds:.1f}", each.detail) for each in self.all]
        terminal.table([each.__dict__ for each in self.all], columns, rows)
        terminal.note(f"saved as {self.save(folder)}")
        for line in self.conclusion():
            terminal.note(line)


def line_of(result: Result) -> str:
    """Returns the line that is printed when a row ends."""
    seconds = f"{result.seconds:6.1f} s" if result.outcome in ("ok", "failed") else " " * 8
    outcome = "" if result.outcome == "ok" else f"{result.outcome}: "
    return f"{MARKS[result.outcome]} {seconds}  {result.name}: {outcome}{result.detail}"


def _cell(result: Result) -> str:
    """Returns the detail for a table of Markdown."""
    return result.detail.replace("|", "\\|").replace("\n", " ")
