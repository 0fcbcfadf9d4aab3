"""local/run.json: what runs on this machine, for commands in another terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.addresses import Ports
from local.run_file import Run, key_of_standin, published, read
from local.run_key import storage_key
from local.settings import SHORTHAND, development_storage, with_key_of_run

URL = "http://127.0.0.1:7072"
AZURE = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "run.json"


def ended_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_file_is_there_during_the_run_only(path: Path) -> None:
    """Nothing is left in the folder afterwards."""
    with published(Run(key="k", twilio=URL), path):
        assert json.loads(path.read_text())["runs"][0]["key"] == "k"
        assert key_of_standin(URL, path) == "k"
    assert list(path.parent.iterdir()) == []


def test_a_failed_run_removes_it_too(path: Path) -> None:
    """Whatever ended it."""
    with pytest.raises(KeyboardInterrupt), published(Run(key="k"), path):
        raise KeyboardInterrupt
    assert not path.exists()


def test_only_the_owner_can_read_it(path: Path) -> None:
    """Mode 0600, also where the umask allows more."""
    before = os.umask(0)
    try:
        with published(Run(key="k"), path):
            assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_second_run_does_not_hide_the_first(path: Path) -> None:
    """Each is found by its address, and the one that ends takes only its own entry."""
    with published(Run(key="first", twilio=URL), path):
        with published(Run(key="second", twilio="http://127.0.0.1:8072"), path):
            assert key_of_standin(URL, path) == "first"
            assert key_of_standin("http://127.0.0.1:8072", path) == "second"
        assert [run.key for run in read(path)] == ["first"]


def test_runs_that_begin_and_end_at_the_same_time_lose_no_entry(path: Path) -> None:
    """Each sees its own during its run; the file is gone at the end."""

    def run(number: int) -> bool:
        with published(Run(key=f"k{number}", twilio=f"{URL}/{number}"), path):
            return key_of_standin(f"{URL}/{number}", path) == f"k{number}"

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(run, range(64)))
    assert not path.exists()


def test_what_a_killed_run_left_is_removed_by_the_next(path: Path) -> None:
    """A key that nothing uses any more does not stay."""
    path.write_text(json.dumps({"runs": [{"pid": ended_process(), "key": "old", "twilio": URL}]}))
    with published(Run(key="new", twilio=URL), path):
        assert [run.key for run in read(path)] == ["new"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"runs": 1}', '{"runs": [{"colour": "red"}]}', '{"runs": [1]}'])
def test_a_file_of_another_form_is_no_run(path: Path, text: str) -> None:
    """A command says that it lacks the key, without a traceback."""
    path.write_text(text)
    assert read(path) == []
    assert key_of_standin(URL, path) == ""


def test_a_run_does_not_print_its_key() -> None:
    """A log line or a traceback may contain it."""
    assert "secret" not in repr(Run(key="secret", storage="AccountKey=secret"))


def test_the_emulators_public_key_becomes_that_of_the_run(path: Path) -> None:
    """`push` and the operators' commands reach the running Azurite with unchanged settings."""
    running = Ports().storage(storage_key("k"))
    with published(Run(key="k", storage=running), path):
        assert with_key_of_run(SHORTHAND, path) == running
        assert with_key_of_run(development_storage(10000, 10001, 10002), path) == running


@pytest.mark.parametrize("connection", [AZURE, development_storage(8000, 8001, 8002), Ports().storage("b3RoZXI=")])
def test_another_account_keeps_its_connection_string(path: Path, connection: str) -> None:
    """Azure's own, an Azurite at another port, and one with a key that is not the emulator's."""
    with published(Run(key="k", storage=Ports().storage(storage_key("k"))), path):
        assert with_key_of_run(connection, path) == connection
