"""The team's own numbers.toml: whatever it says, it has no mistakes."""

import os
import re
from pathlib import Path

from switchboard.numbers.reader import read_file

ROOT = Path(__file__).parents[2]


def test_the_file_has_no_mistake() -> None:
    """Each is named with its line, path and what to write. Which settings there are depends on the machine."""
    read = read_file(ROOT / "numbers.toml", os.environ, local=True)
    mistakes = [str(problem) for problem in read.problems if not problem.warning and problem.kind != "setting"]
    assert not mistakes, "numbers.toml:\n" + "\n".join(mistakes)


def test_no_other_test_reads_the_file() -> None:
    """A team edits it: what the product's tests need is in tests/numbers.toml."""
    reads = re.compile(r'(ROOT|parents\[\d\]|REPOSITORY) / "numbers\.toml"')
    named = [path.name for path in (ROOT / "tests").rglob("*.py") if reads.search(path.read_text())]
    assert sorted(named) == ["test_numbers_file.py", "test_numbers_service.py"]
