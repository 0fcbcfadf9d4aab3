"""The Makefile: its help, and its messages when the machine lacks something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = "#!/bin/sh\nexit 1\n"
OFFLINE = f"""#!/bin/sh
case "$*" in
    *local.logged*) exec {sys.executable} "$@" ;;
    "-m venv .venv")
        mkdir -p .venv/bin
        printf '#!/bin/sh\\necho no network\\nexit 3\\n' > .venv/bin/python
        chmod +x .venv/bin/python ;;
esac
"""
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *version_info*) exit 0;; *) exit 1;; esac\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder without an installation."""
    for path in (ROOT / "Makefile", *ROOT.glob("requirements*.txt")):
        shutil.copy(path, tmp_path)
    shutil.copy(ROOT / "sb", tmp_path)
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
        *("help", "run", "install", "client", "check", "schemas", "test", "test-client"),
        *("verify-twilio", "verify-host", "verify-azure", "bench", "scale", "test-runtime", "clean"),
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


def test_a_failed_download_of_the_voice_sdk_does_not_keep_the_stack_from_starting(clone: Path) -> None:
    """A line says what does not work; the stack starts."""
    for name in ("switchboard/client/sdk/package.json", "switchboard/client/sdk/package-lock.json"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    (clone / "infra" / "hooks").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "hooks" / "client-sdk.sh", clone / "infra" / "hooks")
    installed = clone / ".venv" / "bin"
    installed.mkdir(parents=True)
    for name, script in (("npm", "#!/bin/sh\nexit 1\n"), ("python", '#!/bin/sh\necho "started: $*"\n')):
        (installed / name).write_text(script)
        (installed / name).chmod(0o755)
    (clone / "local" / "node_modules").mkdir()
    for path in (clone / ".venv" / "installed", clone / "local" / "node_modules" / "installed"):
        path.touch()
    done = make(clone, "run")
    assert done.returncode == 0
    assert "Going on without the voice SDK" in done.stdout
    assert done.stdout.endswith("local/sb.py local run\n")
    assert make(clone, "client").returncode != 0


def test_a_failed_installation_names_its_log(clone: Path) -> None:
    """With the last lines, and nothing is marked as installed."""
    done = make(clone, "install", f"PYTHON={program(clone, OFFLINE)}")
    assert done.returncode != 0
    assert "  no network\n! all of its output is in .venv/pip.log" in done.stderr
    assert (clone / ".venv" / "pip.log").read_text() == "no network\n"
    assert not (clone / ".venv" / "installed").exists()
