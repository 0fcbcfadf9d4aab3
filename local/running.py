"""What runs on this machine now, by local/run.json: where commands go, and why nothing answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path

from local import settings
from local.addresses import PUBLIC, TWILIO, loopback_port
from local.run_file import RUN_FILE, Run, is_alive, read
from local.settings import STORAGE

START_SECONDS = 60
CONNECT_SECONDS = 1
# Which part of a run each setting is the address of.
PARTS: dict[str, Callable[[Run], str]] = {
    PUBLIC: lambda run: run.functions,
    TWILIO: lambda run: run.twilio,
    STORAGE: lambda run: run.storage,
}


def running(path: Path = RUN_FILE) -> list[Run]:
    """Return the runs that are up or start, newest first.

    A killed run leaves its entry, and its process id may belong to another program by now: so a port must listen.
    Entries with an address of another machine are left out.
    """
    return [run for run in reversed(read(path)) if is_alive(run.pid) and _is_here(run) and _is_up_or_starts(run)]


def is_running(path: Path = RUN_FILE) -> bool:
    """Is there any run?"""
    return bool(running(path))


def load(folder: Path, environ: MutableMapping[str, str], path: Path = RUN_FILE) -> str:
    """Load the settings, with the addresses of what runs in place of those in the file. Returns a note, "" for none.

    An address in the environment has precedence over a run, and a public origin (a tunnel) stays. Raises SettingsError.
    """
    given = set(environ)
    created = settings.load(folder, environ)
    runs = running(path)
    for name, part in PARTS.items():
        found = next((address for run in runs if (address := part(run))), "")
        if found and name not in given and not _is_public(name, environ):
            environ[name] = found
    if created:
        return f"{settings.SETTINGS} is created from {settings.EXAMPLE}"
    return "" if given >= {TWILIO, STORAGE} else _note_on_others(runs)


def silence(what: str, address: str, path: Path = RUN_FILE) -> str:
    """Return a sentence on a part that does not answer at an address (`http://127.0.0.1:7072`), and what to do."""
    runs = [run for run in running(path) if _origins(run)]
    if any(address in _origins(run) for run in runs):
        return f"{what} does not answer at {address} yet: `make run` starts or stops it; try again in a moment"
    if runs:
        at = ", ".join(_origins(runs[0]))
        return (
            f"{what} is not running at {address}, and `make run` runs at {at}: "
            f"leave out the port, and {PUBLIC}, {TWILIO} and {STORAGE} of the environment"
        )
    return f"{what} is not running at {address}: start it with `make run`"


def _note_on_others(runs: list[Run]) -> str:
    stacks = [run for run in runs if run.twilio]
    if len(stacks) < 2:
        return ""
    return f"{len(stacks)} runs are up: a command without a port reaches the newest, {stacks[0].twilio}"


def _is_public(name: str, environ: MutableMapping[str, str]) -> bool:
    return name == PUBLIC and bool(environ.get(PUBLIC)) and loopback_port(environ[PUBLIC]) is None


def _origins(run: Run) -> list[str]:
    """Return the addresses of the parts that a run has."""
    return [address for address in (run.functions, run.twilio, settings.queue_origin(run.storage)) if address]


def _is_here(run: Run) -> bool:
    return all(loopback_port(address) for address in _origins(run))


def _is_up_or_starts(run: Run) -> bool:
    is_new = 0 <= time.time() - run.begun < START_SECONDS
    return is_new or any(listens(address) for address in _origins(run))


def listens(address: str) -> bool:
    """Does a program listen at this address of this machine?"""
    try:
        with socket.create_connection(("127.0.0.1", loopback_port(address) or 0), CONNECT_SECONDS):
            return True
    except OSError:
        return False
