"""Reads local.settings.json as `func start` does: environment variables take precedence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import urlsplit

from local.errors import LocalError
from local.run_file import RUN_FILE, read
from switchboard.adapters.storage_connection import DEVELOPMENT_STORAGE

ROOT = Path(__file__).parent.parent
NUMBERS_FILE = ROOT / "numbers.toml"
SETTINGS = "local.settings.json"
EXAMPLE = "local.settings.example.json"
STORAGE = "AzureWebJobsStorage"
SHORTHAND = "UseDevelopmentStorage=true"
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "AccountKey"
LOOPBACK = ("127.0.0.1", "localhost")


class SettingsError(LocalError):
    """The settings file is invalid; the message says why."""


def load(folder: Path, environ: MutableMapping[str, str]) -> bool:
    """Add the file's values to the environment, except for names that it already has.

    The connection string of a running Azurite gets that run's account key. Returns True when the file was absent and
    was created from the example. Raises SettingsError.

    This process then reaches the loopback addresses without a proxy.
    """
    # What reads it reads the process's own environment, whichever `environ` is given here.
    bypass_proxy(os.environ)
    path = folder / SETTINGS
    created = not path.exists() and (folder / EXAMPLE).exists()
    if created:
        shutil.copyfile(folder / EXAMPLE, path)
    for name, value in _values(path).items():
        environ.setdefault(name, value)
    environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    if STORAGE in environ:
        environ[STORAGE] = with_key_of_run(environ[STORAGE])
    return created


def bypass_proxy(environ: MutableMapping[str, str]) -> None:
    """Add the loopback addresses to NO_PROXY: a proxy of a company's network cannot reach this machine."""
    # Where both are set, programs read the lower-case one.
    given = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    if given.strip() == "*":
        return
    hosts = [host for each in given.split(",") if (host := each.strip())]
    bypassed = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])
    environ.update({"NO_PROXY": bypassed, "no_proxy": bypassed})


def connection_string(environ: MutableMapping[str, str]) -> str:
    """Return `AzureWebJobsStorage`; the shorthand for Azurite is replaced by a connection string with its ports."""
    value = environ.get(STORAGE, SHORTHAND)
    return development_storage(10000, 10001, 10002) if value == SHORTHAND else value


def development_storage(blob: int, queue: int, table: int, account_key: str = "") -> str:
    """Return the connection string of an Azurite at these ports; without a key, with the emulator's own."""
    connection = _with_key(DEVELOPMENT_STORAGE, account_key or _fields(DEVELOPMENT_STORAGE)[ACCOUNT_KEY])
    for standard, port in ((10000, blob), (10001, queue), (10002, table)):
        connection = connection.replace(f":{standard}/", f":{port}/")
    return connection


def with_key_of_run(connection: str, path: Path = RUN_FILE) -> str:
    """Replace the emulator's own account key by that of the Azurite that runs at this queue endpoint.

    Any other connection string is returned as it is.
    """
    given = _fields(connection_string({STORAGE: connection}))
    if given.get(ACCOUNT_KEY) != _fields(DEVELOPMENT_STORAGE)[ACCOUNT_KEY]:
        return connection
    for run in reversed(read(path)):
        running = _fields(run.storage)
        if running.get("QueueEndpoint") == given.get("QueueEndpoint"):
            return _with_key(connection_string({STORAGE: connection}), running[ACCOUNT_KEY])
    return connection


def queue_origin(connection: str) -> str:
    """Return the origin of a connection string's queues, as `http://127.0.0.1:10001`; "" without an endpoint."""
    endpoint = urlsplit(_fields(connection_string({STORAGE: connection})).get("QueueEndpoint", ""))
    return f"{endpoint.scheme}://{endpoint.netloc}" if endpoint.netloc else ""


def _fields(connection: str) -> dict[str, str]:
    """Return the fields of a connection string by name."""
    return {name: value for name, _, value in (part.partition("=") for part in connection.split(";"))}


def _with_key(connection: str, account_key: str) -> str:
    return connection.replace(_fields(connection)[ACCOUNT_KEY], account_key)


def _values(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text()).get("Values", {})
    except (ValueError, AttributeError) as error:
        raise SettingsError(f'{path.name}: not JSON of the form {{"Values": {{…}}}}: {error}') from error
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise SettingsError(f"{path.name}: these values must be strings: {', '.join(wrong)}")
    return dict(values)
