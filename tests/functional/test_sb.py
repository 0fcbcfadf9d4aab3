"""The script sb: the one way to run the commands, from any folder and in a fresh shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.interpreter import PACKAGES, problem

ROOT = Path(__file__).parents[2]
# Prints its arguments as Python got them, one a line.
ECHO = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"


def run(script: Path, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell without the variables of this one."""
    return subprocess.run(
        ["/bin/sh", "-c", '"$0" "$@"', script, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with a space in its name, the script, and a program in place of Python."""
    folder = tmp_path / "a clone"
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(ECHO)
    python.chmod(0o755)
    shutil.copy(ROOT / "sb", folder)
    return folder


def test_arguments_reach_python_unchanged(clone: Path) -> None:
    """JSON, spaces, quotes and an empty one."""
    given = ["local", "push", "sms-outbox", '{"to": "+15005550006", "body": "It\'s $HOME *"}', ""]
    assert run(clone / "sb", *given).stdout.split("\n")[1:-1] == given


def test_it_works_through_symbolic_links(clone: Path, tmp_path: Path) -> None:
    """An absolute one that leads to a relative one, from another folder."""
    elsewhere = tmp_path / "bin"
    elsewhere.mkdir()
    (elsewhere / "relative").symlink_to(Path("..") / "a clone" / "sb")
    (elsewhere / "sb").symlink_to(elsewhere / "relative")
    assert run(elsewhere / "sb", "ops", folder=elsewhere).stdout == f"{clone}/local/sb.py\nops\n"


def test_a_clone_that_is_not_installed_says_what_to_do(clone: Path) -> None:
    """In one sentence."""
    shutil.rmtree(clone / ".venv")
    done = run(clone / "sb", "local", "--help")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"! {clone}/.venv is missing: run `make install` in {clone}, once\n"


@pytest.mark.skipif(not (ROOT / ".venv" / "bin" / "python").exists(), reason="this checkout has no .venv")
@pytest.mark.parametrize("package", ["local", "ops"])
def test_the_commands_run_where_a_folder_has_their_name(package: str, tmp_path: Path) -> None:
    """A team's own folder `local` is not the product's."""
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise SystemExit('the wrong one')")
    done = run(ROOT / "sb", package, "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: " in done.stdout


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["lokal"], 2), (["--help"], 0)])
def test_other_words_print_the_usage(arguments: list[str], code: int) -> None:
    """On standard output only where it was asked for."""
    done = subprocess.run(
        [sys.executable, ROOT / "local" / "sb.py", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "./sb local COMMAND" in (done.stderr if code else done.stdout)


def test_the_script_for_windows_starts_the_same_file() -> None:
    """Nothing here runs it: what is held is the Python, the file, the arguments and the exit code."""
    script = (ROOT / "sb.cmd").read_bytes().decode()
    assert script.count("\r\n") == script.count("\n")
    assert '=%~dp0.venv\\Scripts\\python.exe"' in script
    assert '"%PYTHON%" "%~dp0local\\sb.py" %*\r\nexit /b %ERRORLEVEL%' in script
    assert "py -3 -m venv .venv" in script
    assert "pip install -r requirements-local.txt" in script


@pytest.mark.parametrize("package", ["local", "ops"])
def test_an_interpreter_without_the_packages_gets_a_sentence(package: str) -> None:
    """No traceback. `-S` hides what is installed."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-S", "-m", package], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"! {sys.executable} does not have aiohttp, ")
    assert done.stderr.endswith(": run `make install` once, and then ./sb\n")


def test_an_old_interpreter_gets_a_sentence() -> None:
    """With both versions."""
    assert f"Python 3.11 or later is needed, and {sys.executable} is 3.10: run `make install`" in problem((3, 10, 1))
    assert problem((3, 11, 0), PACKAGES) == ""
