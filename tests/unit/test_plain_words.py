"""Code and docs use the field's words: those of an earlier private idiom stay out."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN_IN = ("switchboard", "local", "ops", "verify", "infra", "docs", "README.md", "Makefile")
IDIOM = re.compile(r"\b(told|tells|whom|hears of|befalls?|let go|stands for|put back|set aside)\b", re.IGNORECASE)
# Meant literally: nothing so far. A line that must use one of the words is added here, with its file.
LITERAL: dict[str, str] = {}


def lines() -> list[tuple[str, int, str]]:
    """Every line of every text file under version control, with its file and number."""
    listed = subprocess.run(["git", "ls-files", *WRITTEN_IN], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in (".png", ".svg") or path.name == "package-lock.json":
            continue
        found += [(name, number, line) for number, line in enumerate(path.read_text().splitlines(), 1)]
    return found


def test_the_files_are_read() -> None:
    """A list that is empty would contain no idiom either."""
    assert len({name for name, _, _ in lines()}) > 200


def test_no_line_uses_the_idiom() -> None:
    """A reader from this field, who reads English as a second language, understands each line at once."""
    found = [f"{name}:{number}: {line.strip()}" for name, number, line in lines() if IDIOM.search(line)]
    assert [line for line in found if line not in LITERAL] == []
