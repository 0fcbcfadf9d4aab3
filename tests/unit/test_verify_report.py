"""The report: what is printed, what is saved, and that the documentation has every row."""

from pathlib import Path

import pytest

from ops.terminal import Terminal
from verify.checklist import LEFT_OUT, ROWS
from verify.report import Report, line_of
from verify.results import Result
from verify.rows import Row

OPERATING = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
CHECKLIST = OPERATING.partition("### The checklist\n")[2].partition("\n### ")[0]
OK = Result("health", "ok", "all parts", "", 0.2)
FAILED = Result("text", "failed", "it ended: refused | 21211", "look at the log", 1.5)
LATER = Result("call", "failed", "as well", "look again")


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (OK, "ok    0.2 s  health: all parts"),
        (FAILED, "!!    1.5 s  text: failed: it ended: refused | 21211"),
        (Result("events", "not run", "needs text"), "--           events: not run: needs text"),
    ],
)
def test_a_row_is_one_line(result: Result, line: str) -> None:
    """Outcome, seconds, name, and what was found or is wrong."""
    assert line_of(result) == line


def test_a_report_ends_with_what_went_wrong_first() -> None:
    """And what to do about it."""
    report = Report("Azure", rows=[OK, FAILED, LATER])
    assert report.conclusion() == [
        "What went wrong first: text: it ended: refused | 21211",
        "What to do: look at the log",
    ]
    assert not report.ok


def test_a_report_without_a_failure_is_ok() -> None:
    """But not an interrupted one, nor one without a row."""
    assert Report("Azure", rows=[OK]).ok
    assert not Report("Azure", rows=[OK], is_interrupted=True).ok
    assert not Report("Azure").ok


def test_what_is_left_in_azure_makes_a_report_fail() -> None:
    """Somebody pays for it."""
    assert not Report("Azure", rows=[OK], after=[Result("remove", "failed", "a group")]).ok


def test_a_page_is_saved_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bar in a detail does not end its cell; the path is printed."""
    report = Report("func start", rows=[OK, FAILED], version="abc1234")
    report.show(Terminal(), tmp_path)
    (path,) = tmp_path.glob("*-func-start.md")
    page = path.read_text()
    assert "| health | ok | 0.2 | all parts |" in page
    assert r"| text | failed | 1.5 | it ended: refused \| 21211 |" in page
    assert "commit abc1234" in page
    assert path.name in capsys.readouterr().err.replace("\n", "")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_documented(row: Row) -> None:
    """In docs/operating.md's table, by its name."""
    first_column = " ".join(line.split("|")[1] for line in CHECKLIST.splitlines() if line.startswith("| "))
    assert row.name in first_column


def test_the_names_of_rows_are_different() -> None:
    """A result is found by its row's name."""
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(LEFT_OUT)


def test_a_row_needs_rows_that_run_before_it() -> None:
    """A name that is misspelt would never be found broken."""
    before: set[str] = set()
    for row in ROWS:
        assert set(row.needs) <= before
        before.add(row.name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_says_what_to_do(row: Row) -> None:
    """A row without a remedy leaves its reader alone."""
    assert len(row.remedy.split()) >= 8
