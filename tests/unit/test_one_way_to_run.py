"""Pages, hints, help and errors name the commands in one form: `./sb local …` and `./sb ops …`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANOTHER_FORM = re.compile(r"python3?[\w.]* -m (?:local|ops)\b(?!\.)|\.venv/bin/\S* -m (?:local|ops)\b(?!\.)")
# Where the form by module is explained.
EXPLAINED = {"docs/first-hour.md", "docs/decisions/0101-one-way-to-run-the-commands.md"}
FOLDERS = (".ci", ".devcontainer", ".github", "docs", "infra", "local", "ops", "switchboard", "schemas", "tests")
WORDS = {".cmd", ".json", ".md", ".ps1", ".py", ".sh", ".toml", ".yaml", ".yml", ".js", ".html", ""}
OTHERS = {"node_modules", "storage", "__pycache__"}


def texts() -> Iterator[tuple[str, str]]:
    """Each file that a user may read, with its text."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    for path in found:
        name = path.relative_to(ROOT)
        if path.is_file() and path.suffix in WORDS and not OTHERS & set(name.parts) and not path.name.startswith("."):
            yield name.as_posix(), path.read_text()


def test_no_other_form_is_written() -> None:
    """A reader learns one, and it works in a fresh shell."""
    found = {name for name, text in texts() if ANOTHER_FORM.search(text)}
    assert found - {Path(__file__).relative_to(ROOT).as_posix()} == EXPLAINED


def test_the_form_is_recognised() -> None:
    """And what is no command of ours is not."""
    for other in (
        "python -m local run",
        "python3 -m ops doctor",
        ".venv/bin/python -m local",
        "$(BIN)/python -m ops x",
    ):
        assert ANOTHER_FORM.search(other)
    for fine in ("python -m local.schemas", "./sb local run", "python -m operator"):
        assert not ANOTHER_FORM.search(fine)
