"""local/run.json: the addresses and keys of what runs on this machine, for commands in another terminal.

    {"runs": [{"pid": 123, "begun": 1764331200.0, "key": "…", "functions": "http://127.0.0.1:7071",
               "twilio": "http://127.0.0.1:7072", "storage": "<connection string>"}]}

Newest last. A part that a run does not have is "". Only its owner can read the file. The last run that ends removes it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import fcntl

RUN_FILE_NAME = "run.json"
# Another file than that of the folder: tests must not depend on what else runs on this machine.
FILE_VARIABLE = "LOCAL_RUN_FILE"
RUN_FILE = Path(os.environ.get(FILE_VARIABLE) or Path(__file__).parent / RUN_FILE_NAME)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A running stack, or a part that runs alone: the process, its key, and the loopback addresses of its parts.

    `begun` is the time of its start, in seconds since 1970.
    """

    pid: int = field(default_factory=os.getpid)
    begun: float = field(default_factory=time.time)
    key: str = field(default="", repr=False)
    functions: str = ""
    twilio: str = ""
    storage: str = field(default="", repr=False)


@contextmanager
def published(run: Run, path: Path = RUN_FILE) -> Iterator[None]:
    """Keep this run in the file until the end of the `with`. Runs of processes that have ended are removed."""
    with locked(path):
        _write(path, [*(each for each in read(path) if is_alive(each.pid)), run])
    try:
        yield
    finally:
        with locked(path):
            _write(path, [each for each in read(path) if each != run])


def read(path: Path = RUN_FILE) -> list[Run]:
    """Return the runs, newest last; none where the file is absent or is not of this form."""
    try:
        return [Run(**each) for each in json.loads(path.read_text())["runs"]]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def key_of_standin(url: str, path: Path = RUN_FILE) -> str:
    """Return the key of the stand-in at a URL, "" where it is unknown."""
    return next((run.key for run in reversed(read(path)) if run.twilio == url.rstrip("/")), "")


def _write(path: Path, runs: Sequence[Run]) -> None:
    """Replace the file in one step, readable for its owner only; remove it when there is no run."""
    if not runs:
        path.unlink(missing_ok=True)
        return
    handle, new = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump({"runs": [asdict(run) for run in runs]}, file, indent=2)
    Path(new).replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock on the file's folder: several runs may begin and end at the same time."""
    if sys.platform == "win32":
        yield
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def is_alive(pid: int) -> bool:
    """Is there a process with this id? Always True on Windows."""
    # On Windows signal 0 is Ctrl-C. An ended run stays in the file there; the newest is last.
    if sys.platform == "win32":
        return True
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
