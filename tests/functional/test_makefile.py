"""The Makefile: its help, and its messages when the machine lacks something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *version_info*) exit 0;; *) exit 1;; esac\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder without an installation."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "requirements-runtime.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "local", tmp_path / "local", ignore=shutil.ignore_patterns("node_modules", "storage"))
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs make in that folder, without the variables of an outer make."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def program(folder: Path, script: str) -> Path:
    """A program in place of Python."""
    path = folder / "python-in-its-place"
    path.write_text(script)
    path.chmod(0o755)
    return path


def test_make_alone_prints_the_targets(clone: Path) -> None:
    """One line per target, without installing anything."""
    done = make(clone)
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        *("help", "run", "install", "check", "schemas", "test", "bench", "scale", "test-runtime", "clean")
    ]
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("target", "variable", "version"), [("run", "PYTHON", "3.11"), ("test-runtime", "PYTHON313", "3.13")]
)
def test_a_python_that_is_too_old_is_reported(clone: Path, target: str, variable: str, version: str) -> None:
    """With its version, and how to choose another."""
    old = program(clone, OLD)
    done = make(clone, target, f"{variable}={old}")
    assert done.returncode != 0
    wanted = f"make {target} {variable}=/path/to/python{version}"
    assert f"Python {version} or later is needed, and {old} is not that: {wanted}" in done.stderr


def test_a_missing_python_is_reported(clone: Path) -> None:
    """Without the shell's own message."""
    done = make(clone, "install", "PYTHON=no-such-python")
    assert "Python 3.11 or later is needed, and no-such-python is not that" in done.stderr
    assert "not found" not in done.stderr


def test_a_python_without_venv_is_reported(clone: Path) -> None:
    """Debian has it in a separate package."""
    done = make(clone, "test", f"PYTHON={program(clone, WITHOUT_VENV)}")
    assert done.returncode != 0
    assert "cannot make a virtual environment: apt-get install python3-venv" in done.stderr
