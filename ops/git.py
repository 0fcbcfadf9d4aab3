"""Runs git in a repository: its output, or a sentence about what is wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ops.errors import OpsError

SECONDS = 120


class File(msgspec.Struct, frozen=True):
    """A file of a commit: its mode and the hash of its content."""

    mode: str
    blob: str


class Git:
    """One repository, by any of its folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, stdin: str = "", environ: Mapping[str, str] | None = None) -> str:
        """Returns what a command prints. Raises OpsError with git's own sentence when it fails."""
        try:
            done = subprocess.run(
                ["git", *arguments],  # noqa: S607  # the operator's own git
                cwd=self._folder,
                input=stdin,
                env={**os.environ, **(environ or {})},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
        except FileNotFoundError as error:
            raise OpsError("git is not on PATH") from error
        if done.returncode:
            raise OpsError(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip() or 'failed'}")
        return done.stdout

    def commit(self, name: str) -> str:
        """Returns the hash of a commit by its name. Raises OpsError for an unknown one."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
        except OpsError as error:
            raise OpsError(
                f"{name}: there is no such version here; did you run `git fetch switchboard --tags`?"
            ) from error

    def files(self, commit: str) -> dict[str, File]:
        """Returns every file of a commit by its path."""
        lines = self.run("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
        parts = (line.partition("\t") for line in lines if line)
        return {path: File(*meta.split()[::2]) for meta, _, path in parts}

    def changed_since(self, commit: str) -> set[str]:
        """Returns the paths whose file in the work tree is not that of the commit, new and ignored files included."""
        tracked = self.run("diff", "--name-only", "--no-renames", "-z", commit)
        untracked = self.run("ls-files", "--others", "-z")
        return set(filter(None, (tracked + untracked).split("\0")))
