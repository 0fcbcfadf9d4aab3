"""The dev container: its description, and the script that installs in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.addresses import Ports

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".devcontainer"
# In place of Debian's tools: each notes its arguments. `dpkg-query` knows the packages in $INSTALLED.
NOTES = '#!/bin/sh\necho "$(basename "$0") $*" >>"$CALLS"\n'
DPKG_QUERY = (
    '#!/bin/sh\nfor name; do :; done\ncase " $INSTALLED " in *" $name "*) echo "install ok installed" ;; esac\n'
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the script, and Debian's tools in place."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, script in {
        "apt-get": NOTES,
        "make": NOTES,
        "sudo": '#!/bin/sh\nexec "$@"\n',
        "dpkg-query": DPKG_QUERY,
    }.items():
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    shutil.copytree(FOLDER, tmp_path / ".devcontainer")
    return tmp_path


def calls(clone: Path, installed: str) -> list[str]:
    """What the script runs when these packages are installed."""
    environ = {"PATH": f"{clone}/bin:/usr/bin:/bin", "CALLS": str(clone / "calls"), "INSTALLED": installed}
    subprocess.run(
        ["sh", clone / ".devcontainer" / "install.sh"], env=environ, cwd="/", check=True, capture_output=True
    )
    return (clone / "calls").read_text().splitlines()


def test_the_script_installs_what_is_missing(clone: Path) -> None:
    """And nothing that is there; then the clone's own installation."""
    ran = calls(clone, "ca-certificates git make")
    assert ran[0] == "apt-get update -qq"
    assert ran[1].endswith(" python3 python3-venv")
    assert ran[2:] == ["make install"]


def test_the_script_needs_no_root_where_nothing_is_missing(clone: Path) -> None:
    """On a developer's own Debian."""
    assert calls(clone, "ca-certificates git make python3 python3-venv") == ["make install"]


def test_the_container_runs_the_script_and_forwards_the_pages() -> None:
    """The app's port and the phone's, under the same numbers."""
    text = re.sub(r"^\s*//.*$", "", (FOLDER / "devcontainer.json").read_text(), flags=re.MULTILINE)
    container = json.loads(text)
    assert container["postCreateCommand"] == "sh .devcontainer/install.sh"
    assert container["forwardPorts"] == [Ports().functions, Ports().twilio]
    assert all(each["requireLocalPort"] for each in container["portsAttributes"].values())
