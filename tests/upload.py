"""What `func azure functionapp publish` and `azd deploy` read in .funcignore: one file, two sets of rules.

From Azure Functions Core Tools' GitIgnoreParser.cs and FileSystemHelpers.cs, and from azd's project_utils.go with
denormal/go-gitignore's pattern.go. Paths are relative to the project's root, with slashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

NEVER_BY_FUNC = {".git", ".vscode"}
NEVER_FILES_BY_FUNC = {".funcignore", ".gitignore", "local.settings.json", "project.lock.json"}

Goes = Callable[[Path, str], list[str]]


def by_func(root: Path, rules: str) -> list[str]:
    """Core Tools of today: a line is the beginning of a path, up to the end of a word."""
    return _by_func(root, rules, r"\b")


def by_older_func(root: Path, rules: str) -> list[str]:
    """Core Tools of 2024: a line is the beginning of a path, wherever it ends."""
    return _by_func(root, rules, "")


def by_azd(root: Path, rules: str) -> list[str]:
    """azd: as git reads it, the last line that matches decides, and a folder left out is not looked into."""

    def ignored(path: str) -> bool:
        said = [not line.startswith("!") for line in _lines(rules) if _git_matches(line.removeprefix("!"), path)]
        return bool(said) and said[-1]

    return _by_azd(root, ignored)


def by_older_azd(root: Path, rules: str) -> list[str]:
    """azd of 2025: any line that matches leaves out, an exception with an exclamation mark too."""
    return _by_azd(root, lambda path: any(_git_matches(line.removeprefix("!"), path) for line in _lines(rules)))


def _by_func(root: Path, rules: str, end: str) -> list[str]:
    lines = _lines(rules)
    left_out = _begins([line.removeprefix("/") for line in lines if not line.startswith("!")], end)
    kept = _begins([line[1:].removeprefix("/") for line in lines if line.startswith("!")], end)
    return [path for path in _files_by_func(root) if kept.match(path) or not left_out.match(path)]


def _begins(patterns: list[str], end: str) -> re.Pattern[str]:
    """A star is one character or more of a name, two are one or more of anything: never nothing."""
    if not patterns:
        return re.compile(r"(?!)")
    escaped = [re.escape(pattern).replace(r"\*\*", "(.+)").replace(r"\*", "([^/]+)") for pattern in patterns]
    return re.compile(f"(?:{'|'.join(escaped)}){end}", re.ASCII)


def _files_by_func(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not NEVER_BY_FUNC & set(parts[:-1]) and parts[-1] not in NEVER_FILES_BY_FUNC:
            yield "/".join(parts)


def _by_azd(root: Path, ignored: Callable[[str], bool], folder: str = "") -> list[str]:
    found: list[str] = []
    for path in sorted((root / folder).iterdir()):
        name = f"{folder}/{path.name}" if folder else path.name
        if (path.is_dir() and path.name == ".azure") or path.name in (".funcignore", "local.settings.json"):
            continue
        if ignored(name):
            continue
        found += _by_azd(root, ignored, name) if path.is_dir() else [name]
    return found


def _git_matches(pattern: str, path: str) -> bool:
    """go-gitignore, for what .funcignore uses: a name at any depth, an anchored path, and `**/name`."""
    if pattern.startswith("**/"):
        return fnmatchcase(path.rsplit("/", 1)[-1], pattern.removeprefix("**/"))
    if pattern.startswith("/"):
        return fnmatchcase(path, pattern[1:])
    if "/" in pattern:
        raise ValueError(f"{pattern}: not read here; write it from the root (`/a/b`), or teach this function")
    return fnmatchcase(path.rsplit("/", 1)[-1], pattern)


def _lines(rules: str) -> list[str]:
    stripped = [line.strip() for line in rules.splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]
