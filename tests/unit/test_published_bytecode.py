"""appsvc.yaml: what Azure's build makes of the upload is bytecode that the interpreter checks against the sources."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = next(line for line in (ROOT / "appsvc.yaml").read_text().splitlines() if line.startswith("post-build: "))
# PEP 552: the second word of a bytecode file. By hash, and checked at each import.
CHECKED_HASH = 0b11
LOADED = "import switchboard.urls as module; print(module.__cached__, module.status_url.__doc__)"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app after the build's command, its files copied without their times."""
    built, published = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("published") / "app"
    ignored = shutil.ignore_patterns("__pycache__", "testing")
    shutil.copytree(ROOT / "switchboard", built / "switchboard", ignore=ignored)
    shutil.copy(ROOT / "function_app.py", built)
    path = os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin"))
    command = BUILD.removeprefix("post-build: ")
    subprocess.run(["/bin/sh", "-c", command], cwd=built, env={"PATH": path}, check=True, timeout=60)
    shutil.copytree(built, published, copy_function=shutil.copyfile)
    return published


def test_every_module_has_bytecode_by_hash(published: Path) -> None:
    """A file's time, which the build does not keep, decides nothing."""
    sources = sorted(published.rglob("*.py"))
    assert len(sources) > 100
    for source in sources:
        bytecode = Path(importlib.util.cache_from_source(str(source))).read_bytes()
        assert int.from_bytes(bytecode[4:8], "little") == CHECKED_HASH
        assert bytecode[8:16] == importlib.util.source_hash(source.read_bytes())


def test_bytecode_of_another_source_is_not_run(published: Path) -> None:
    """The source is what runs, whatever was compiled before."""
    module = published / "switchboard" / "urls.py"
    module.write_text(module.read_text().replace('"""Returns the absolute', '"""Returns a changed'))
    done = subprocess.run(
        [sys.executable, "-B", "-c", LOADED], cwd=published, capture_output=True, text=True, check=True, timeout=60
    )
    assert "Returns a changed" in done.stdout
