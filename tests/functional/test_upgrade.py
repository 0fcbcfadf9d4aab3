"""An upgrade by the way of docs/upgrading.md: a team's clone of an older version, brought to this one."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "upgrading.md").read_text()
GIT = {
    "GIT_AUTHOR_NAME": "A team",
    "GIT_AUTHOR_EMAIL": "team@example.invalid",
    "GIT_COMMITTER_NAME": "A team",
    "GIT_COMMITTER_EMAIL": "team@example.invalid",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}
NUMBERS = """\
[[numbers]]
number = "+351210000001"
name = "Fabrikam"
greeting = "Welcome to Fabrikam."
menu.1 = { label = "directions", flow = "directions" }
menu.2 = { label = "a message", voicemail = true }
"""
FLOWS = """\
from twilio.twiml.voice_response import VoiceResponse

from switchboard.flows import voice_flow


@voice_flow("directions")
def directions(call, number, context):
    response = VoiceResponse()
    context.say(response, "We are beside the station.")
    response.hangup()
    return response
"""
TESTS = """\
from switchboard.testing import call


def test_directions():
    found = call("+351910000077", to="+351210000001").hears("Welcome to Fabrikam.").press("1")
    found.hears("We are beside the station.").ends()
"""


def run(folder: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command in a folder, with this Python first on PATH."""
    environ = {**os.environ, **GIT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def commit(folder: Path, message: str, tag: str = "") -> None:
    """Everything in the folder."""
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", message)
    if tag:
        run(folder, "git", "tag", tag)


def product() -> list[str]:
    """The product's files as they are in this checkout."""
    listed = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").stdout.split("\0")
    return [path for path in listed if path and (ROOT / path).is_file()]


@dataclass(frozen=True)
class Team:
    """The product's repository with an older version and this one, and a team's clone of the older."""

    upstream: Path
    clone: Path

    def ops(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`./sb ops upgrade` in the clone."""
        return run(self.clone, sys.executable, "-m", "ops", "upgrade", *arguments, check=False)

    def own_tests(self) -> None:
        """The team's tests pass."""
        run(self.clone, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/custom")

    def read(self, path: str) -> str:
        """A file of the clone."""
        return (self.clone / path).read_text()


def _install(clone: Path) -> None:
    """This Python, as the clone's own: what `make install` does."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """The older version has a module that is gone, lacks a page, and has another shipped numbers.toml."""
    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    for path in product():
        (upstream / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, upstream / path)
    run(upstream, "git", "init", "--quiet", "--initial-branch=main")
    newest = {
        path: (upstream / path).read_text()
        for path in ("docs/phone.md", "numbers.toml", "README.md", "CHANGELOG.md", "switchboard/urls.py")
    }
    (upstream / "docs" / "phone.md").unlink()
    (upstream / "switchboard" / "obsolete.py").write_text('"""Gone in the new version."""\n')
    (upstream / "numbers.toml").write_text(newest["numbers.toml"].replace("Thank you for calling.", "Hello."))
    (upstream / "README.md").write_text(newest["README.md"] + "\nOlder.\n")
    (upstream / "switchboard" / "urls.py").write_text(newest["switchboard/urls.py"] + "\nOLDER = True\n")
    # A file of the product's that the new version makes a folder of.
    (upstream / "docs" / "split").write_text("One page.\n")
    commit(upstream, "Older", "v0.0.9")
    run(tmp_path, "git", "clone", "--quiet", str(upstream), str(clone))
    (upstream / "switchboard" / "obsolete.py").unlink()
    (upstream / "docs" / "split").unlink()
    (upstream / "docs" / "split").mkdir()
    (upstream / "docs" / "split" / "page.md").write_text("Two pages.\n")
    for path, text in newest.items():
        (upstream / path).write_text(text)
    (upstream / "CHANGELOG.md").write_text(newest["CHANGELOG.md"] + "\n## 9.0.0\n\n- Set FLOW_URL before you deploy.\n")
    (upstream / "tests" / "custom" / "test_numbers.py").write_text("def test_of_the_new_version(): assert False\n")
    commit(upstream, "Newer", "v9.0.0")
    (clone / "numbers.toml").write_text(NUMBERS)
    (clone / "flows.py").write_text(FLOWS)
    (clone / "tests" / "custom" / "test_numbers.py").write_text(TESTS)
    (clone / "runbook.md").write_text("Numbers to call at night.\n")
    commit(clone, "Ours")
    _install(clone)
    (setup,) = re.findall(r"```sh setup\n(.*?)```", PAGE, re.DOTALL)
    run(clone, "sh", "-ec", re.sub(r"https://\S+", str(upstream), setup))
    run(clone, "git", "fetch", "--quiet", "switchboard", "--tags")
    return Team(upstream, clone)


def test_the_documented_way_takes_the_new_version_and_keeps_what_is_the_teams(team: Team) -> None:
    """No conflict, the product's files are the new version's, and the team's tests pass before and after."""
    team.own_tests()
    (commands,) = re.findall(r"```sh upgrade\n(.*?)```", PAGE, re.DOTALL)
    said = run(team.clone, "sh", "-ec", commands).stdout
    assert "yours, not touched: 4" in said
    assert "- Set FLOW_URL before you deploy." in said
    assert (team.read("numbers.toml"), team.read("flows.py")) == (NUMBERS, FLOWS)
    assert (team.read("tests/custom/test_numbers.py"), team.read("runbook.md")) == (
        TESTS,
        "Numbers to call at night.\n",
    )
    assert "OLDER" not in team.read("switchboard/urls.py")
    assert not (team.clone / "switchboard" / "obsolete.py").exists()
    assert (team.clone / "docs" / "phone.md").exists()
    assert run(team.clone, "git", "status", "--porcelain").stdout == ""
    team.own_tests()
    assert "nothing to do" in team.ops("--check", "v9.0.0").stdout


def test_the_check_changes_nothing(team: Team) -> None:
    """It says what would be added, changed and deleted."""
    before = run(team.clone, "git", "rev-parse", "HEAD").stdout
    said = team.ops("--check", "v9.0.0")
    assert said.returncode == 0
    for line in ("  docs/phone.md", "  switchboard/obsolete.py", "  switchboard/urls.py", "  flows.py"):
        assert line in said.stdout.splitlines()
    assert run(team.clone, "git", "rev-parse", "HEAD").stdout == before
    assert run(team.clone, "git", "status", "--porcelain").stdout == ""


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("check", [["--check"], []])
def test_an_edited_file_of_the_products_is_refused_and_named(team: Team, committed: bool, check: list[str]) -> None:
    """Committed or not, whether the new version changes it or not; a deleted one and one in the way too."""
    for path in ("switchboard/urls.py", "host.json"):
        (team.clone / path).write_text(team.read(path) + "\n")
    (team.clone / "azure.yaml").unlink()
    (team.clone / "docs" / "phone.md").write_text("Our own page.\n")
    if committed:
        commit(team.clone, "Edited")
    refused = team.ops(*check, "v9.0.0")
    assert refused.returncode == 1
    named = [line.strip() for line in refused.stdout.splitlines() if line.startswith("  ")]
    assert named == ["azure.yaml", "docs/phone.md", "host.json", "switchboard/urls.py"]
    assert "4 files of the product's were edited" in refused.stderr
    assert "OLDER" in team.read("switchboard/urls.py")


def test_changes_that_are_not_committed_are_refused(team: Team) -> None:
    """A team's own file: the check passes, the upgrade waits for a commit."""
    (team.clone / "numbers.toml").write_text(NUMBERS + "\n")
    assert team.ops("--check", "v9.0.0").returncode == 0
    refused = team.ops("v9.0.0")
    assert (refused.returncode, "not committed" in refused.stderr) == (1, True)


def test_a_history_of_its_own_needs_the_version_in_use(team: Team) -> None:
    """As of a team that began with a copy; the next upgrade finds it."""
    run(team.clone, "git", "checkout", "--quiet", "--orphan", "copied")
    run(team.clone, "git", "commit", "--quiet", "--message", "Copied")
    refused = team.ops("--check", "v9.0.0")
    assert (refused.returncode, "--base" in refused.stderr) == (1, True)
    assert team.ops("v9.0.0", "--base", "v0.0.9").returncode == 0
    assert team.read("numbers.toml") == NUMBERS
    assert "nothing to do" in team.ops("--check", "v9.0.0").stdout


@pytest.mark.parametrize("path", ["docs/phone.md", "docs/phone.md/notes.txt"])
def test_a_file_of_the_teams_in_the_way_is_refused_also_when_git_ignores_it(team: Team, path: str) -> None:
    """It would be overwritten, or lost from the commit."""
    (team.clone / ".git" / "info" / "exclude").write_text("phone.md\n" if path == "docs/phone.md" else "")
    (team.clone / path).parent.mkdir(parents=True, exist_ok=True)
    (team.clone / path).write_text("Ours.\n")
    if path != "docs/phone.md":
        commit(team.clone, "A folder of ours")
    for arguments in (["--check", "v9.0.0"], ["v9.0.0"]):
        refused = team.ops(*arguments)
        assert refused.returncode == 1
        assert "docs/phone.md" in refused.stdout + refused.stderr
    assert team.read(path) == "Ours.\n"


def test_an_unknown_version_is_named(team: Team) -> None:
    """With what to do."""
    refused = team.ops("--check", "v10")
    assert (refused.returncode, "v10: there is no such version here" in refused.stderr) == (1, True)


def test_the_way_without_git_keeps_what_is_the_teams(team: Team) -> None:
    """The commands of the page, by sh."""
    (commands,) = re.findall(r"```sh copy\n(.*?)```", PAGE, re.DOTALL)
    run(team.clone, "sh", "-ec", re.sub(r"^NEW=.*$", f"NEW={team.upstream}", commands, flags=re.MULTILINE))
    assert (team.read("numbers.toml"), team.read("flows.py")) == (NUMBERS, FLOWS)
    assert (team.read("tests/custom/test_numbers.py"), team.read("runbook.md")) == (
        TESTS,
        "Numbers to call at night.\n",
    )
    assert not (team.clone / "switchboard" / "obsolete.py").exists()
    assert "OLDER" not in team.read("switchboard/urls.py")
    team.own_tests()


def test_an_upgrade_that_was_reverted_can_be_taken_again(team: Team) -> None:
    """With the version that is in use again: history alone would say that the new one is."""
    assert team.ops("v9.0.0").returncode == 0
    run(team.clone, "git", "revert", "--no-edit", "-m", "1", "HEAD")
    assert "OLDER" in team.read("switchboard/urls.py")
    assert team.ops("--check", "v9.0.0").returncode == 1
    assert team.ops("v9.0.0", "--base", "v0.0.9").returncode == 0
    assert "OLDER" not in team.read("switchboard/urls.py")
    assert team.read("numbers.toml") == NUMBERS
