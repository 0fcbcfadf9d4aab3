"""`python -m verify`: what it says when something is missing, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.storage import StorageError, is_installed
from ops.errors import OpsError
from ops.terminal import Terminal
from verify.__main__ import check_host
from verify.host import LocalStack
from verify.report import Report

ROOT = Path(__file__).parents[2]
SECONDS = 120


def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    """The command as a process, without test credentials."""
    unset = dict.fromkeys(("TWILIO_TEST_ACCOUNT_SID", "TWILIO_TEST_AUTH_TOKEN", "AZURE_LOCATION"), "")
    return subprocess.Popen(
        [sys.executable, "-m", "verify", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "1000", **unset, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*arguments: str, **environ: str) -> tuple[int, str]:
    """Exit code and output."""
    process = start(*arguments, **environ)
    output, _ = process.communicate(timeout=SECONDS)
    return process.returncode, output


def test_azure_without_credentials_says_how_to_get_them() -> None:
    """Exit code 2, before azd or az is asked for anything."""
    code, output = run("azure", "--location", "westeurope")
    assert code == 2
    assert "console.twilio.com, Admin, Account management, API keys & tokens, Test credentials" in output


def test_azure_without_a_region_asks_for_one() -> None:
    """Exit code 2."""
    code, output = run("azure", TWILIO_TEST_ACCOUNT_SID="AC1", TWILIO_TEST_AUTH_TOKEN="t")
    assert (code, "which region? give --location" in output) == (2, True)


def test_azure_without_its_tools_names_them(tmp_path: Path) -> None:
    """Nothing is made."""
    given = {"TWILIO_TEST_ACCOUNT_SID": "AC1", "TWILIO_TEST_AUTH_TOKEN": "t"}
    code, output = run("azure", "--location", "westeurope", PATH=str(tmp_path), **given)
    assert (code, output.strip()) == (1, "! azd is not on PATH: install it, https://aka.ms/azd")


def test_host_without_core_tools_names_them(tmp_path: Path) -> None:
    """With the page that says how to install them."""
    code, output = run("host", PATH=str(tmp_path))
    assert code == 1
    assert "Azure Functions Core Tools are not on PATH" in output


needs_azurite = pytest.mark.skipif(
    not is_installed() and os.environ.get("CI") != "true", reason="Azurite is not installed: run make install"
)


@needs_azurite
def test_a_host_that_ends_is_shown_with_its_last_lines(tmp_path: Path) -> None:
    """As func does where it cannot find the app's language."""
    func = tmp_path / "func"
    func.write_text('#!/bin/sh\necho "cannot: $1 $2"\nexit 1\n')
    func.chmod(0o755)
    code, output = run("host", "--func", str(func))
    assert code == 1
    assert "! func start ended:" in output
    assert "cannot: start --python" in output


@needs_azurite
def test_an_interrupt_saves_what_was_found_until_then(tmp_path: Path) -> None:
    """The rows so far, exit code 130, and no process of the stack is left."""
    process = start("host", "--local", "--reports", str(tmp_path))
    assert process.stdout
    lines: list[str] = []
    until = time.monotonic() + SECONDS
    while not any("poison message" in line for line in lines):
        assert time.monotonic() < until
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)
    (page,) = (path.read_text() for path in tmp_path.glob("*.md"))
    assert process.returncode == 130
    assert "| signed webhooks | ok |" in page
    assert "Interrupted: nothing failed until then" in output


class NotInstalled:
    """A stack whose Azurite is not installed."""

    async def __aenter__(self) -> LocalStack:
        raise StorageError("Azurite is not installed: run `make install`")

    async def __aexit__(self, *_: object) -> None:
        """Never entered."""


async def test_an_error_of_the_local_stack_is_no_bug() -> None:
    """Its parts have their own errors, with what to do."""
    with pytest.raises(OpsError, match="run `make install`"):
        await check_host(NotInstalled(), Report("x"), Terminal())
