"""What runs on this machine: where commands go without an option, and why nothing answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from local.addresses import Ports
from local.ports import free_port
from local.run_file import Run
from local.run_key import storage_key
from local.running import START_SECONDS, load, running, silence

DEFAULTS = Ports()
STORAGE = DEFAULTS.storage()
SETTINGS = {
    "PUBLIC_BASE_URL": DEFAULTS.app_url,
    "TWILIO_API_BASE_URL": DEFAULTS.standin_url,
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}
LONG_AGO = time.time() - 2 * START_SECONDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a settings file that names the standard ports."""
    (tmp_path / "local.settings.json").write_text(json.dumps({"Values": SETTINGS}))
    return tmp_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of runs is."""
    return tmp_path / "run.json"


@contextmanager
def stack(key: str = "k") -> Iterator[Run]:
    """A run that began long ago and whose ports listen, on free ones."""
    names = ("functions", "twilio", "blob", "queue", "table")
    with ExitStack() as listening:
        sockets = [listening.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        ports = Ports(**{name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)})
        storage = ports.storage(storage_key(key))
        yield Run(key=key, begun=LONG_AGO, functions=ports.app_url, twilio=ports.standin_url, storage=storage)


def write(path: Path, *runs: Run) -> None:
    """Write the file, the newest run last."""
    path.write_text(json.dumps({"runs": [asdict(run) for run in runs]}))


def loaded(folder: Path, path: Path, **environ: str) -> dict[str, str]:
    """The addresses that a command uses with these environment variables."""
    found = dict(environ)
    load(folder, found, path)
    return {name: found[name] for name in SETTINGS}


def test_a_command_finds_a_run_on_moved_ports(folder: Path, path: Path) -> None:
    """The settings file names others, and no option is given. Storage has the run's account key."""
    with stack() as run:
        write(path, run)
        assert list(loaded(folder, path).values()) == [run.functions, run.twilio, run.storage]


def test_the_newest_run_is_used_and_a_note_says_so(folder: Path, path: Path) -> None:
    """When it ends, the other one is."""
    with stack("older") as older:
        with stack("newer") as newer:
            write(path, older, newer)
            assert load(folder, {}, path) == (
                f"2 runs are up: a command without a port reaches the newest, {newer.twilio}"
            )
            assert loaded(folder, path)["TWILIO_API_BASE_URL"] == newer.twilio
        assert loaded(folder, path)["TWILIO_API_BASE_URL"] == older.twilio
        assert load(folder, {}, path) == ""


def test_the_environment_has_precedence_over_a_run(folder: Path, path: Path) -> None:
    """Each address by itself."""
    with stack() as run:
        write(path, run)
        found = loaded(folder, path, TWILIO_API_BASE_URL="http://127.0.0.1:1")
        assert found["TWILIO_API_BASE_URL"] == "http://127.0.0.1:1"
        assert found["PUBLIC_BASE_URL"] == run.functions


def test_a_public_origin_stays(folder: Path, path: Path) -> None:
    """A tunnel leads to the app on any port."""
    tunnel = "https://tunnel.example.com"
    (folder / "local.settings.json").write_text(json.dumps({"Values": SETTINGS | {"PUBLIC_BASE_URL": tunnel}}))
    with stack() as run:
        write(path, run)
        assert loaded(folder, path)["PUBLIC_BASE_URL"] == tunnel


def test_without_a_run_the_settings_are_used(folder: Path, path: Path) -> None:
    """As they are."""
    assert loaded(folder, path) == SETTINGS


def test_a_run_that_was_killed_is_none(path: Path) -> None:
    """Its process has ended, or has its id from another program: nothing listens there."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with stack() as listening:
        write(path, replace(listening, pid=ended.pid))
        assert running(path) == []
    write(path, replace(listening, pid=os.getpid()))
    assert running(path) == []


def test_a_run_that_starts_is_one(path: Path) -> None:
    """Before its ports listen."""
    run = Run(twilio=f"http://127.0.0.1:{free_port()}")
    write(path, run)
    assert running(path) == [run]
    assert silence("Twilio's stand-in", run.twilio, path).startswith(
        f"Twilio's stand-in does not answer at {run.twilio} yet: `make run` starts or stops it"
    )


def test_a_run_at_another_address_is_never_called_absent(path: Path) -> None:
    """Its addresses are named, and what to leave out."""
    with stack() as run:
        write(path, run)
        said = silence("Twilio's stand-in", "http://127.0.0.1:1", path)
    assert said.startswith(
        f"Twilio's stand-in is not running at http://127.0.0.1:1, and `make run` runs at {run.functions}, {run.twilio},"
    )
    assert "leave out the port" in said


def test_without_a_run_the_sentence_says_how_to_start_one(path: Path) -> None:
    """The one case in which nothing runs."""
    assert silence("storage", "http://127.0.0.1:1", path) == (
        "storage is not running at http://127.0.0.1:1: start it with `make run`"
    )


def test_an_address_of_another_machine_is_never_used(folder: Path, path: Path) -> None:
    """Whoever wrote it there."""
    with stack() as run:
        write(path, replace(run, twilio="http://192.0.2.1:7072"))
        assert loaded(folder, path) == SETTINGS
