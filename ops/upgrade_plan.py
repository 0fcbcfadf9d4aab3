"""What an upgrade replaces, what it never touches, and what stands in its way.

The product's files are those of the version that is used now and of the new one, less a team's own: YOURS, and
whatever a team has added.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection
from pathlib import Path, PurePosixPath

import msgspec

from ops.errors import OpsError
from ops.git import File, Git

YOURS = ("numbers.toml", "flows.py")
YOUR_FOLDER = "tests/custom/"
CHANGELOG = "CHANGELOG.md"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An upgrade. `edited` are product files that were edited, or that stand where a new one belongs."""

    base: str
    version: str
    yours: list[str]
    added: list[str]
    changed: list[str]
    deleted: list[str]
    edited: list[str]
    notes: str

    @property
    def is_needed(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.changed or self.deleted)


def is_yours(path: str) -> bool:
    """Returns whether a file is a team's own, whatever a version has of it."""
    return path in YOURS or path.startswith(YOUR_FOLDER)


def plan(git: Git, version: str, base: str = "") -> Plan:
    """Compares the work tree with a version. `base` is the version that is used now, "" to find it by the history."""
    new = git.commit(version)
    old = git.commit(base) if base else _common(git, new, version)
    before, after, now = git.files(old), git.files(new), git.files("HEAD")
    product = {path for path in before.keys() | after.keys() if not is_yours(path)}
    edited = product & git.changed_since(old) & git.changed_since(new)
    return Plan(
        base=old,
        version=new,
        yours=sorted(path for path in now if path not in product),
        added=sorted(path for path in product & after.keys() if path not in now),
        changed=sorted(path for path in product & after.keys() & now.keys() if now[path] != after[path]),
        deleted=sorted(path for path in (product & now.keys()) - after.keys()),
        edited=sorted(edited | _clashes((product & after.keys()) - now.keys(), now.keys() - product)),
        notes=_notes(git, before.get(CHANGELOG), after.get(CHANGELOG)),
    )


def _clashes(added: Collection[str], yours: Collection[str]) -> set[str]:
    """Returns the team's files that stand where the new version has a folder, and its files where they have one."""
    folders = {parent.as_posix() for path in added for parent in PurePosixPath(path).parents}
    in_folders = {path for path in yours if path in folders}
    return in_folders | {path for path in added if any(each.startswith(f"{path}/") for each in yours)}


def carry_out(git: Git, planned: Plan, message: str) -> str:
    """Commits the new version's product files with the team's own, and checks the commit out. Returns its hash.

    The commit merges the new version: git finds it as the base of the next upgrade. Its tree is computed, so there is
    nothing that could conflict.
    """
    if git.run("status", "--porcelain").strip():
        raise OpsError("there are changes that are not committed: commit them first, `git status` names them")
    now, after = git.files("HEAD"), git.files(planned.version)
    lines = [f"0 {'0' * 40}\t{path}" for path in after if is_yours(path)]
    lines += [f"{now[path].mode} {now[path].blob}\t{path}" for path in planned.yours]
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", planned.version, environ=index)
        git.run("update-index", "-z", "--index-info", stdin="\0".join([*lines, ""]), environ=index)
        tree = git.run("write-tree", environ=index).strip()
    commit = git.run("commit-tree", tree, "-p", "HEAD", "-p", planned.version, "-m", message).strip()
    git.run("merge", "--ff-only", "--quiet", commit)
    return commit


def _common(git: Git, new: str, version: str) -> str:
    try:
        return git.run("merge-base", "HEAD", new).strip()
    except OpsError as error:
        raise OpsError(
            f"your history and {version} have no commit in common: name the version that you use now by --base"
        ) from error


def _notes(git: Git, before: File | None, after: File | None) -> str:
    """Returns the sections of the changelog that the version in use does not have: what an operator must do."""
    old = git.run("cat-file", "blob", before.blob) if before else ""
    new = git.run("cat-file", "blob", after.blob) if after else ""
    known = set(re.findall(r"^## .+$", old, re.MULTILINE))
    sections = re.split(r"^(?=## )", new, flags=re.MULTILINE)[1:]
    return "".join(each for each in sections if each.splitlines()[0] not in known).strip()
