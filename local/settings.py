"""Reads local.settings.json as `func start` does: environment variables take precedence."""

from __future__ import annotations

import json
import shutil
from collections.abc import MutableMapping
from pathlib import Path

from local.errors import LocalError
from switchboard.adapters.storage_connection import DEVELOPMENT_STORAGE

ROOT = Path(__file__).parent.parent
NUMBERS_FILE = ROOT / "numbers.toml"
SETTINGS = "local.settings.json"
EXAMPLE = "local.settings.example.json"
STORAGE = "AzureWebJobsStorage"
SHORTHAND = "UseDevelopmentStorage=true"


class SettingsError(LocalError):
    """The settings file is invalid; the message says why."""


def load(folder: Path, environ: MutableMapping[str, str]) -> bool:
    """Add the file's values to the environment, except for names that it already has.

    Returns True when the file was absent and was created from the example. Raises SettingsError.
    """
    path = folder / SETTINGS
    created = not path.exists() and (folder / EXAMPLE).exists()
    if created:
        shutil.copyfile(folder / EXAMPLE, path)
    for name, value in _values(path).items():
        environ.setdefault(name, value)
    environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    return created


def connection_string(environ: MutableMapping[str, str]) -> str:
    """Return `AzureWebJobsStorage`; the shorthand for Azurite is replaced by a connection string with its ports."""
    value = environ.get(STORAGE, SHORTHAND)
    return development_storage(10000, 10001, 10002) if value == SHORTHAND else value


def development_storage(blob: int, queue: int, table: int) -> str:
    """Return the connection string of an Azurite at these ports."""
    connection = DEVELOPMENT_STORAGE
    for standard, port in ((10000, blob), (10001, queue), (10002, table)):
        connection = connection.replace(f":{standard}/", f":{port}/")
    return connection


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
